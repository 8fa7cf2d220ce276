/* Makes an empty store of whatever a region holds, and tries the blocks that are said to be worn. */
#include "wafer/store.h"
#include <string.h>
#include "store/block.h"
#include "store/flash.h"
#include "store/head.h"
#include "store/lock.h"
#include "store/worn.h"

/* Erases a block, programs it from end to end, and erases it again. */
static int exercise_block(struct wafer_store *store, uint32_t block)
{
    const struct wafer_flash *flash = store->flash;
    uint32_t end = (block + 1) * flash->block_size;
    int rc = wafer_flash_erase(flash, block);

    if (rc < 0) {
        return rc;
    }
    memset(store->buffer, flash->erased ^ 0xff, sizeof store->buffer);
    for (uint32_t at = end - flash->block_size; at != end; at += WAFER_STORE_PART) {
        rc = wafer_flash_program(flash, at, store->buffer, WAFER_STORE_PART);
        if (rc < 0) {
            return rc;
        }
    }
    return wafer_flash_erase(flash, block);
}

/* What trying a block told. */
enum tried { TRIED_WORKS, TRIED_WORN };

/* Has a block erased, with more care if it failed in the old store. Returns an enum tried, or
 * WAFER_E_FLASH when it can't even be read. */
static int try_block(struct wafer_store *store, uint32_t block, unsigned failures)
{
    const struct wafer_flash *flash = store->flash;
    int rc = wafer_flash_is_erased(flash, block * flash->block_size, flash->block_size);

    if (rc < 0) {
        return rc;
    }
    if (failures > 0) {
        rc = exercise_block(store, block);
    } else if (rc == 0) {
        rc = wafer_flash_erase(flash, block);
    }
    return rc < 0 ? TRIED_WORN : TRIED_WORKS;
}

/* Has all blocks erased; `old` knows which ones failed. */
static int erase_all(struct wafer_store *store, struct wafer_store *old)
{
    for (uint32_t block = 0; block < store->flash->block_count; block++) {
        unsigned failures = wafer_worn_failures(old, block);
        int rc = try_block(store, block, failures);

        if (rc < 0) {
            return rc;
        }
        if (rc == TRIED_WORN) {
            wafer_worn_strike(store, block);
        }
        if (rc == TRIED_WORN && failures > 0) {
            wafer_worn_strike(store, block); /* it failed before, so it is retired */
        }
    }
    return 0;
}

/* Opens the first block. */
static int open_log(struct wafer_store *store)
{
    /* What a worn block still holds must not pass for a part of the new store. */
    int rc = wafer_block_find_head(store, &store->sequence);

    if (rc < 0) {
        return rc;
    }
    store->floor = store->block_sequence;
    store->head = store->flash->block_count - 1;
    rc = wafer_head_advance(store, WAFER_HEAD_FULL);
    if (rc < 0) {
        return rc;
    }
    return wafer_flash_sync(store->flash);
}

/* Makes the empty log. */
static int make_log(struct wafer_store *store, struct wafer_store *old)
{
    memset(store, 0, sizeof *store);
    store->flash = old->flash;
    store->sequence = 1;
    int rc = erase_all(store, old);
    if (rc < 0) {
        return rc;
    }
    return open_log(store);
}

int wafer_store_format(struct wafer_store *store, const struct wafer_flash *flash)
{
    struct wafer_store old;
    int rc = wafer_store_mount(&old, flash);

    if (rc == WAFER_E_ARGUMENT || rc == WAFER_E_FLASH) {
        return rc;
    }
    wafer_lock(&old);
    rc = wafer_unlock(&old, make_log(store, &old));
    if (rc < 0) {
        return rc;
    }
    rc = wafer_store_begin(store);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_store_commit(store); /* the list of worn blocks, if there is one */
    if (rc < 0) {
        return rc;
    }
    return wafer_store_mount(store, flash);
}
