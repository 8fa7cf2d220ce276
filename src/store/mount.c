/* Learns from the flash what a store must know to go on: its head, the head's end, the next sequence,
 * the worn blocks. Writes nothing. */
#include "wafer/store.h"
#include <string.h>
#include "store/block.h"
#include "store/cursor.h"
#include "store/flash.h"
#include "store/lock.h"

/* Finds where the head block's records end. A block with anything behind them, torn by a power cut,
 * is written no more. */
static int find_end(struct wafer_store *store)
{
    const struct wafer_flash *flash = store->flash;
    uint32_t end = wafer_geometry_align(flash, WAFER_BLOCK_HEADER), size = flash->block_size;
    struct wafer_cursor at;
    int rc;

    wafer_cursor_start(&at, store, store->head);
    at.left = 1;
    while ((rc = wafer_cursor_next(&at)) > 0) {
        rc = wafer_record_intact(flash, &at.record);
        if (rc < 0) {
            return rc;
        }
        if (rc > 0) {
            end = at.offset;
            if (at.record.sequence >= store->sequence) {
                store->sequence = at.record.sequence + 1;
            }
        }
    }
    if (rc < 0) {
        return rc;
    }
    rc = wafer_flash_is_erased(flash, store->head * size + end, size - end);
    if (rc < 0) {
        return rc;
    }
    if (rc == 0) {
        end = size;
        store->sequence++; /* what is torn may have been of this transaction */
    }
    store->offset = end;
    return 0;
}

/* Reads the list of worn blocks. One that cannot be read, or would leave too few, is none. */
static int load_worn_list(struct wafer_store *store)
{
    struct wafer_value value;
    int rc = wafer_store_find(store, WAFER_KIND_WORN, 0, 0, &value);

    if (rc == 0) {
        rc = wafer_store_read(store, &value, 0, store->worn, sizeof store->worn);
    }
    if (rc == WAFER_E_FLASH) {
        return rc;
    }
    store->listed = (uint8_t)(rc > 0 ? (rc - 1) / 2 : 0); /* half a number is none */
    if (store->worn[0] > store->listed || store->worn[0] >= store->flash->block_count ||
        wafer_geometry_capacity(store->flash, store->worn[0]) == 0) {
        store->worn[0] = store->listed = 0;
    }
    return 0;
}

/* Finds the head and its end, or what there is in place of a store. */
static int find_log(struct wafer_store *store)
{
    int rc = wafer_block_find_head(store, &store->sequence);

    if (rc < 0) {
        return rc;
    }
    if (store->block_sequence == 0) {
        return wafer_block_no_store(store->flash);
    }
    return find_end(store);
}

int wafer_store_mount(struct wafer_store *store, const struct wafer_flash *flash)
{
    memset(store, 0, sizeof *store);
    store->flash = flash;
    store->live = UINT32_MAX; /* not known yet */
    int rc = wafer_geometry_check(flash);
    if (rc < 0) {
        return rc;
    }
    wafer_lock(store);
    rc = wafer_unlock(store, find_log(store));
    if (rc < 0) {
        return rc;
    }
    return load_worn_list(store);
}
