/* Chooses the next head, erases it, has it filled, and makes it the head by its header. */
#include "store/head.h"
#include "store/block.h"
#include "store/compact.h"
#include "store/cursor.h"
#include "store/flash.h"
#include "store/worn.h"

/* What made blocks dead is synced before one of them is erased. And a header that was reported as
 * failed may be right: a reset would find it, so it is the head. */
static int settle(struct wafer_store *store)
{
    uint32_t next;
    int rc = wafer_flash_sync(store->flash);

    if (rc < 0) {
        return rc;
    }
    return wafer_block_find_head(store, &next);
}

/* The oldest block of the log; the head when there is no log yet. */
static int find_oldest(struct wafer_store *store, uint32_t *oldest)
{
    struct wafer_cursor at;

    wafer_cursor_rewind(&at, store);
    int rc = wafer_cursor_next_block(&at);
    if (rc < 0) {
        return rc;
    }
    if (rc == 0 && store->block_sequence > store->floor) {
        return WAFER_E_FLASH; /* there is one, which can't be read now */
    }
    *oldest = at.block;
    return 0;
}

/* What the next header of a block tells of its erases. */
static int count_erases(struct wafer_store *store, uint32_t block, struct wafer_block *header)
{
    int rc = wafer_block_read(store->flash, block, header);

    if (rc != 0) {
        header->erases++;
        return rc;
    }
    rc = wafer_block_read(store->flash, store->head, header); /* as often as others, and once more */
    if (rc == 0) {
        header->erases = 1;
    }
    return rc;
}

/* Erases a block and makes it the head. Its header comes last: without it the copies in the block
 * count for nothing, with it the blocks that they came from are dead. */
static int open_block(struct wafer_store *store, uint32_t block, uint32_t sequence)
{
    const struct wafer_flash *flash = store->flash;
    struct wafer_block header;
    struct wafer_compaction to = {block, sequence, wafer_geometry_align(flash, WAFER_BLOCK_HEADER),
                                  store->floor};
    int rc = count_erases(store, block, &header);

    if (rc < 0) {
        return rc;
    }
    rc = wafer_flash_erase(flash, block);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_compact(store, &to);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_flash_sync(flash);
    if (rc < 0) {
        return rc;
    }
    header.sequence = sequence;
    header.floor = to.floor;
    header.next = store->sequence + store->open;
    rc = wafer_block_write(flash, block, &header);
    if (rc < 0) {
        /* It may be right all the same, and then the old head is out of date after a reset. */
        store->offset = flash->block_size;
        return rc;
    }
    store->head = block;
    store->offset = to.offset;
    store->block_sequence = sequence;
    store->floor = to.floor;
    return 0;
}

/* Opens the first block between the head and the oldest that works. Each try has a sequence of its
 * own. */
static int open_next(struct wafer_store *store, uint32_t oldest)
{
    uint32_t sequence = store->block_sequence, block = store->head;
    int rc = WAFER_E_STORE_FULL;

    while (rc < 0 && (block = wafer_cursor_after(store, block)) != oldest &&
           sequence + 1 < WAFER_SEQUENCE_END) {
        if (wafer_worn_failures(store, block) != WAFER_WORN_RETIRED) {
            rc = open_block(store, block, ++sequence);
        }
    }
    return rc;
}

int wafer_head_advance(struct wafer_store *store, enum wafer_head_end why)
{
    uint32_t oldest;
    int rc = settle(store);

    if (rc < 0) {
        return rc;
    }
    rc = find_oldest(store, &oldest);
    if (rc < 0) {
        return rc;
    }
    uint32_t failed = why == WAFER_HEAD_FAILED ? store->head : wafer_cursor_after(store, store->head);
    rc = open_next(store, oldest);
    if (rc < 0 && store->worn[0] > 0) {
        return WAFER_E_WORN;
    }
    if (rc < 0) {
        return rc;
    }
    /* Only now: when no block works it is the device that fails, and that may pass. */
    for (; failed != store->head; failed = wafer_cursor_after(store, failed)) {
        wafer_worn_strike(store, failed);
    }
    return 0;
}
