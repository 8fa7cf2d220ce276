/* Which records of the oldest blocks are live, and how they move. */
#include "store/compact.h"
#include "base/wipe.h"
#include "store/find.h"
#include "store/flash.h"
#include "store/space.h"
#include "store/worn.h"

static bool is_uncommitted(const struct wafer_store *store, const struct wafer_record *record)
{
    return store->open && record->sequence == store->sequence;
}

/* Whether an intact record of the oldest block must be kept. Its copy may be there already; a
 * tombstone must stay while there is something that it hides, or will hide after the commit. */
static int is_needed(struct wafer_store *store, const struct wafer_record *record, uint32_t oldest)
{
    struct wafer_cursor at;
    bool keep = !(record->flags & WAFER_FLAG_DELETED) || is_uncommitted(store, record);
    int rc;

    wafer_cursor_rewind(&at, store);
    while ((rc = wafer_cursor_next(&at)) > 0) {
        const struct wafer_record *other = &at.record;

        if (at.sequence <= oldest || other->kind != record->kind || other->slot != record->slot) {
            continue;
        }
        if (other->sequence == record->sequence && other->part == record->part) {
            rc = wafer_record_intact(store->flash, other);
            if (rc < 0) {
                return rc;
            }
            if (rc > 0) {
                return 0; /* here is its copy */
            }
        }
        keep = keep || other->sequence < record->sequence;
    }
    if (rc < 0) {
        return rc;
    }
    return keep;
}

/* Whether a record belongs to what is current now or after the commit. */
static int is_current(struct wafer_store *store, const struct wafer_record *record)
{
    struct wafer_value value;

    if (is_uncommitted(store, record)) {
        return 1;
    }
    int rc = wafer_find_version(store, record->kind, record->slot, 0, &value);
    if (rc == WAFER_E_FLASH) {
        return rc;
    }
    return rc >= 0 && value.sequence == record->sequence;
}

/* Whether a record of the oldest block is live: 1, 0, or WAFER_E_FLASH. */
static int is_live(struct wafer_store *store, const struct wafer_record *record, uint32_t oldest)
{
    if (record->kind == 0) {
        return 0; /* a commit or damage */
    }
    int rc = is_current(store, record);
    if (rc <= 0) {
        return rc;
    }
    rc = wafer_record_intact(store->flash, record);
    if (rc <= 0) {
        return rc;
    }
    return is_needed(store, record, oldest);
}

/* Moves a record to where the new block's records end; `record` is that one then. */
static int copy_record(struct wafer_store *store, struct wafer_record *record,
                       const struct wafer_compaction *to)
{
    const struct wafer_flash *flash = store->flash;
    uint8_t buffer[WAFER_STORE_PART];
    int rc = wafer_flash_read(flash, record->address, buffer, WAFER_RECORD_HEADER + (uint32_t)record->length);

    if (rc == 0) {
        record->address = to->block * flash->block_size + to->offset;
        if (!is_uncommitted(store, record)) {
            record->flags |= WAFER_FLAG_COPIED;
        }
        rc = wafer_record_write(flash, to->sequence, record, buffer);
    }
    wafer_wipe(buffer, sizeof buffer);
    return rc;
}

/* How a block's copying ended. */
enum copied { COPIED_WHOLE, COPIED_FULL };

/* Copies what is live in the cursor's block. Returns an enum copied or WAFER_E_FLASH. */
static int copy_block(struct wafer_cursor *at, struct wafer_compaction *to)
{
    struct wafer_store *store = at->store;
    int rc;

    at->left = 0; /* not beyond this block */
    while ((rc = wafer_cursor_next(at)) > 0) {
        uint32_t size = wafer_record_size(store->flash, &at->record);

        rc = is_live(store, &at->record, at->sequence);
        if (rc == 0) {
            continue;
        }
        if (rc > 0 && to->offset + size > store->flash->block_size) {
            return COPIED_FULL;
        }
        if (rc > 0) {
            rc = copy_record(store, &at->record, to);
        }
        if (rc < 0) {
            return rc;
        }
        to->offset += size;
    }
    if (rc < 0) {
        return rc;
    }
    return COPIED_WHOLE;
}

/* How many blocks between two can be used. */
static uint32_t free_between(struct wafer_store *store, uint32_t block, uint32_t end)
{
    uint32_t n = 0;

    while ((block = wafer_cursor_after(store, block)) != end) {
        n += wafer_worn_failures(store, block) != WAFER_WORN_RETIRED;
    }
    return n;
}

int wafer_compact(struct wafer_store *store, struct wafer_compaction *to)
{
    struct wafer_cursor at;
    int rc;

    wafer_cursor_rewind(&at, store);
    while ((rc = wafer_cursor_next_block(&at)) > 0) {
        uint32_t left = at.left;

        if (free_between(store, to->block, at.block) >= wafer_space_spare(store)) {
            return 0;
        }
        rc = copy_block(&at, to);
        if (rc < 0) {
            return rc;
        }
        if (rc == COPIED_FULL) {
            return 0;
        }
        to->floor = at.sequence;
        at.left = left;
    }
    return rc;
}
