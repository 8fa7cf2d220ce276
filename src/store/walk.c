/* Shows every record of the log and what it counts for. */
#include "wafer/store.h"
#include "store/find.h"
#include "store/lock.h"

/* Whether the transaction of a record in a block was committed: 1, 0, or WAFER_E_FLASH. */
static int is_committed(struct wafer_store *store, const struct wafer_record *record, uint32_t block)
{
    struct wafer_cursor at;
    int rc;

    if (record->flags & WAFER_FLAG_COPIED) {
        return 1;
    }
    wafer_cursor_start(&at, store, block);
    while ((rc = wafer_cursor_next(&at)) > 0) {
        if (at.record.sequence == record->sequence &&
            (at.record.flags & (WAFER_FLAG_COMMIT | WAFER_FLAG_COPIED))) {
            rc = wafer_record_intact(store->flash, &at.record);
            if (rc != 0) {
                return rc;
            }
        }
    }
    return rc;
}

/* An enum wafer_record_state, or WAFER_E_FLASH. */
static int state_of(struct wafer_store *store, const struct wafer_record *record, uint32_t block)
{
    struct wafer_value value;
    int rc = wafer_record_intact(store->flash, record);

    if (rc < 0) {
        return rc;
    }
    if (rc == 0) {
        return WAFER_RECORD_DAMAGED;
    }
    if (record->flags & WAFER_FLAG_COMMIT) {
        return WAFER_RECORD_LIVE;
    }
    rc = wafer_find_version(store, record->kind, record->slot, 0, &value);
    if (rc == WAFER_E_FLASH) {
        return rc;
    }
    if (rc >= 0 && value.sequence == record->sequence) {
        return WAFER_RECORD_LIVE;
    }
    rc = is_committed(store, record, block);
    if (rc < 0) {
        return rc;
    }
    return rc > 0 ? WAFER_RECORD_OLD : WAFER_RECORD_UNCOMMITTED;
}

/* Whether a record is the next part of the value that was shown last, and so in the same state, unless
 * one of them is damaged. */
static bool goes_on(struct wafer_store *store, const struct wafer_record *record,
                    const struct wafer_record_view *last)
{
    return last->kind == record->kind && last->slot == record->slot && last->sequence == record->sequence &&
           last->state != WAFER_RECORD_DAMAGED && wafer_record_intact(store->flash, record) > 0;
}

static void show(struct wafer_record_view *view, const struct wafer_record *record)
{
    view->sequence = record->sequence;
    view->part = record->part;
    view->length = record->length;
    view->kind = record->kind;
    view->slot = record->slot;
    view->last = (record->flags & WAFER_FLAG_LAST) != 0;
    view->deleted = (record->flags & WAFER_FLAG_DELETED) != 0;
    view->commit = (record->flags & WAFER_FLAG_COMMIT) != 0;
    view->encrypted = (record->flags & WAFER_FLAG_ENCRYPTED) != 0;
}

static int walk(struct wafer_store *store, int (*visit)(void *ctx, const struct wafer_record_view *view),
                void *ctx)
{
    struct wafer_cursor at;
    struct wafer_record_view view = {.state = WAFER_RECORD_DAMAGED};
    int rc;

    wafer_cursor_rewind(&at, store);
    while ((rc = wafer_cursor_next(&at)) > 0) {
        if (!goes_on(store, &at.record, &view)) {
            rc = state_of(store, &at.record, at.block);
            if (rc < 0) {
                return rc;
            }
            view.state = (enum wafer_record_state)rc;
        }
        view.block = at.block;
        view.offset = at.record.address & (store->flash->block_size - 1);
        show(&view, &at.record);
        rc = visit(ctx, &view);
        if (rc != 0) {
            return rc;
        }
    }
    return rc;
}

int wafer_store_walk(struct wafer_store *store, int (*visit)(void *ctx, const struct wafer_record_view *view),
                     void *ctx)
{
    wafer_lock(store);
    int rc = walk(store, visit, ctx);
    return wafer_unlock(store, rc);
}
