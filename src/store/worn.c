/* Keeps the list of worn blocks in struct wafer_store: the retired ones first, then the suspects,
 * which failed once. Two octets a block. */
#include "store/worn.h"
#include <string.h>
#include "store/geometry.h"

/* Where the suspects begin. */
static uint8_t *suspects(struct wafer_store *store)
{
    return store->worn + 1 + 2 * store->worn[0];
}

/* Where the list ends. */
static uint8_t *end_of_list(struct wafer_store *store)
{
    return store->worn + 1 + 2 * store->listed;
}

/* Where a block's number stands in the list; its end when nowhere. */
static uint8_t *find_listed(struct wafer_store *store, uint32_t block)
{
    uint8_t *at = store->worn + 1, *end = end_of_list(store);

    while (at < end && (at[0] | (uint32_t)at[1] << 8) != block) {
        at += 2;
    }
    return at;
}

unsigned wafer_worn_failures(struct wafer_store *store, uint32_t block)
{
    const uint8_t *at = find_listed(store, block);

    if (at < suspects(store)) {
        return WAFER_WORN_RETIRED;
    }
    return at < end_of_list(store);
}

/* A place for a new suspect: in a full list the last one gives way. NULL: all are retired. */
static uint8_t *add_suspect(struct wafer_store *store)
{
    if (store->listed < WAFER_STORE_WORN) {
        store->listed++;
    }
    uint8_t *at = end_of_list(store) - 2;
    return at < suspects(store) ? NULL : at;
}

/* Makes the suspect at a place a retired one, by changing places with the first. Its new place;
 * NULL: too few blocks would be left. */
static uint8_t *retire(struct wafer_store *store, uint8_t *at)
{
    uint8_t *first = suspects(store);

    if (wafer_geometry_capacity(store->flash, store->worn[0] + 1u) == 0) {
        return NULL;
    }
    memcpy(at, first, 2);
    store->worn[0]++;
    return first;
}

void wafer_worn_strike(struct wafer_store *store, uint32_t block)
{
    uint8_t *at = find_listed(store, block);

    if (at < suspects(store)) {
        return; /* retired already */
    }
    at = at == end_of_list(store) ? add_suspect(store) : retire(store, at);
    if (at != NULL) {
        at[0] = (uint8_t)block;
        at[1] = (uint8_t)(block >> 8);
        store->unsaved = true;
    }
}
