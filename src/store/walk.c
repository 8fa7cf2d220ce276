#include "store/log.h"

/* Whether a record's transaction was committed: 1, 0, or WAFER_E_FLASH. */
static int is_committed(struct wafer_store *store, const struct wafer_entry *entry)
{
    struct wafer_cursor at;
    int rc;

    if (entry->flags & WAFER_FLAG_COPIED) {
        return 1;
    }
    wafer_cursor_start(&at, store, entry->block);
    while ((rc = wafer_cursor_next(&at)) > 0) {
        if (at.entry.sequence == entry->sequence &&
            (at.entry.flags & (WAFER_FLAG_COMMIT | WAFER_FLAG_COPIED)) &&
            (rc = wafer_entry_intact(store->flash, &at.entry)) != 0) {
            return rc;
        }
    }
    return rc;
}

static int state_of(struct wafer_store *store, const struct wafer_entry *entry)
{
    struct wafer_value value;
    int rc = wafer_entry_intact(store->flash, entry);

    if (rc <= 0) {
        return rc < 0 ? rc : WAFER_RECORD_DAMAGED;
    }
    if (entry->flags & WAFER_FLAG_COMMIT) {
        return WAFER_RECORD_LIVE;
    }
    rc = wafer_log_lookup(store, entry->kind, entry->slot, 0, &value);
    if (rc == WAFER_E_FLASH) {
        return rc;
    }
    if (rc >= 0 && value.sequence == entry->sequence) {
        return WAFER_RECORD_LIVE;
    }
    rc = is_committed(store, entry);
    return rc < 0 ? rc : rc > 0 ? WAFER_RECORD_OLD : WAFER_RECORD_UNCOMMITTED;
}

int wafer_store_walk(struct wafer_store *store, int (*visit)(void *ctx, const struct wafer_record_view *view),
                     void *ctx)
{
    struct wafer_cursor at;
    struct wafer_record_view view = {0};
    int rc, known = WAFER_RECORD_DAMAGED;

    wafer_cursor_rewind(&at, store);
    while ((rc = wafer_cursor_next(&at)) > 0) {
        const struct wafer_entry *entry = &at.entry;
        /* The next part of a value is as the one before, unless it is damaged. */
        bool same = view.kind == entry->kind && view.slot == entry->slot &&
                    view.sequence == entry->sequence && known != WAFER_RECORD_DAMAGED &&
                    wafer_entry_intact(store->flash, entry) > 0;

        known = same ? known : state_of(store, entry);
        if (known < 0) {
            return known;
        }
        view.block = entry->block;
        view.offset = entry->offset;
        view.sequence = entry->sequence;
        view.part = entry->part;
        view.length = entry->length;
        view.kind = entry->kind;
        view.slot = entry->slot;
        view.last = (entry->flags & WAFER_FLAG_LAST) != 0;
        view.deleted = (entry->flags & WAFER_FLAG_DELETED) != 0;
        view.commit = (entry->flags & WAFER_FLAG_COMMIT) != 0;
        view.encrypted = (entry->flags & WAFER_FLAG_ENCRYPTED) != 0;
        view.state = (enum wafer_record_state)known;
        if ((rc = visit(ctx, &view)) != 0) {
            break;
        }
    }
    return rc;
}
