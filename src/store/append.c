/* Finds a place for a record: room in the store, in a block, in a block that works. */
#include "store/append.h"
#include "store/head.h"
#include "store/space.h"

/* Goes on to the next block for a record of some octets. */
static int open_next_block(struct wafer_store *store, uint32_t size, enum wafer_head_end why)
{
    if (store->flash->block_count > 2 && wafer_space_spare(store) == 1) {
        int rc = wafer_space_recount(store, size); /* perhaps there is room for another one */
        if (rc < 0) {
            return rc;
        }
    }
    return wafer_head_advance(store, why);
}

/* Writes a record where the head's records end. */
static int write_here(struct wafer_store *store, struct wafer_record *record, uint32_t size, uint8_t *buffer)
{
    record->address = store->head * store->flash->block_size + store->offset;
    int rc = wafer_record_write(store->flash, store->block_sequence, record, buffer);
    if (rc < 0) {
        store->offset = store->flash->block_size; /* left as it is */
        return rc;
    }
    store->offset += size;
    store->written += size;
    return 0;
}

int wafer_append(struct wafer_store *store, struct wafer_record *record, uint8_t *buffer)
{
    uint32_t size = wafer_record_size(store->flash, record);
    bool end = (record->flags & (WAFER_FLAG_DELETED | WAFER_FLAG_COMMIT)) != 0;
    enum wafer_head_end why = WAFER_HEAD_FULL;
    int rc = wafer_space_claim(store, size, end ? WAFER_SPACE_END : WAFER_SPACE_VALUE);

    if (rc < 0) {
        return rc;
    }
    /* Twice around: worn blocks fail on the way, live ones move on. */
    for (uint32_t tries = 2 * store->flash->block_count; tries > 0; tries--) {
        if (store->offset + size <= store->flash->block_size) {
            rc = write_here(store, record, size, buffer);
            if (rc == 0) {
                return 0;
            }
            why = WAFER_HEAD_FAILED;
        } else {
            rc = open_next_block(store, size, why);
            if (rc < 0) {
                return rc;
            }
            why = WAFER_HEAD_FULL;
        }
    }
    return WAFER_E_STORE_FULL;
}
