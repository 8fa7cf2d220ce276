/* Which blocks there are to work with and how much they hold: the geometry, and the
 * list of the worn ones. */
#include "store/log.h"
#include <string.h>

/* Free blocks that are kept: one to copy to, and more for blocks that turn out worn. */
static uint32_t reserve(const struct wafer_flash *flash)
{
    return flash->block_count < 4 ? 1 : 2 + flash->block_count / 32;
}

/* Octets of records that so many blocks hold: at worst the last record of each block
 * just does not fit. */
static uint32_t room(const struct wafer_flash *flash, uint32_t blocks)
{
    return blocks * (flash->block_size - wafer_log_align(flash, WAFER_BLOCK_HEADER) -
                     (WAFER_STORE_PART - wafer_log_align(flash, 1)));
}

/* Two small records stay free, so that a delete and its commit always fit. */
static uint32_t capacity(const struct wafer_flash *flash, uint32_t blocks, bool value)
{
    uint32_t all = room(flash, blocks), small = 2 * wafer_log_align(flash, 1);

    return all <= small + WAFER_STORE_PART ? 0 : value ? all - small : all;
}

uint32_t wafer_log_capacity(const struct wafer_store *store, bool value)
{
    uint32_t count = store->flash->block_count, blocks = count - reserve(store->flash);
    uint32_t working = count - store->worn[0];

    if (value && blocks > working - 1) {
        blocks = working - 1;
    }
    return capacity(store->flash, blocks, value);
}

uint32_t wafer_log_spare(const struct wafer_store *store)
{
    uint32_t count = store->flash->block_count, working = count - store->worn[0];
    uint32_t spare = count == 3 ? 2 : reserve(store->flash);

    while (spare > 1 && store->live > room(store->flash, working - spare)) {
        spare--;
    }
    return spare;
}

int wafer_log_geometry(const struct wafer_flash *flash)
{
    uint32_t block = flash->block_size, count = flash->block_count, unit = flash->program_unit;

    if (block < 512 || block > 1u << 24 || (block & (block - 1)) != 0 || count < 2 || count > 65535 ||
        count > UINT32_MAX / block || unit < 1 || unit > WAFER_PROGRAM_UNIT_MAX || (unit & (unit - 1)) != 0 ||
        (flash->erased != 0xff && flash->erased != 0) || capacity(flash, count - reserve(flash), true) == 0) {
        return WAFER_E_ARGUMENT;
    }
    return 0;
}

/* --- worn blocks --- */

/* Where a block's number stands in the list; behind its end when nowhere. */
static uint8_t *find(struct wafer_store *store, uint32_t block)
{
    uint8_t *at = store->worn + 1, *end = at + 2 * store->listed;

    while (at < end && (at[0] | (uint32_t)at[1] << 8) != block) {
        at += 2;
    }
    return at;
}

unsigned wafer_log_failures(struct wafer_store *store, uint32_t block)
{
    const uint8_t *list = store->worn + 1, *at = find(store, block);

    return at < list + 2 * store->worn[0] ? 2 : at < list + 2 * store->listed;
}

void wafer_log_strike(struct wafer_store *store, uint32_t block)
{
    uint8_t *at = find(store, block), *suspects = store->worn + 1 + 2 * store->worn[0];

    if (at < suspects) {
        return;
    }
    if (at == store->worn + 1 + 2 * store->listed) { /* for the first time */
        if (store->listed < WAFER_STORE_WORN) {
            store->listed++;
        } else if ((at -= 2) < suspects) { /* in a full list one that failed once gives way */
            return;
        }
    } else {
        store->worn[0]++;
        if (wafer_log_capacity(store, true) == 0) {
            store->worn[0]--;
            return;
        }
        memcpy(at, suspects, 2);
        at = suspects;
    }
    at[0] = (uint8_t)block;
    at[1] = (uint8_t)(block >> 8);
    store->unsaved = true;
}
