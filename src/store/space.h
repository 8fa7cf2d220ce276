/* How much of the store is taken, and whether a record still fits. */
#ifndef WAFER_STORE_SPACE_H
#define WAFER_STORE_SPACE_H

#include "wafer/store.h"

/* What room is asked for. */
enum wafer_space_use {
    WAFER_SPACE_VALUE, /* a part of a value */
    WAFER_SPACE_END    /* a tombstone or a commit: for these something is kept free */
};

/* Counts the octets of all live records. Returns 0 or WAFER_E_FLASH. */
int wafer_space_live(struct wafer_store *store, uint32_t *live) WAFER_MUST_CHECK;

/* Counts store->live anew: what is live, the open transaction and some more octets included. Returns
 * 0 or WAFER_E_FLASH. */
int wafer_space_recount(struct wafer_store *store, uint32_t octets) WAFER_MUST_CHECK;

/* Sees that there is room for some octets, and counts them as live. Returns 0, WAFER_E_STORE_FULL,
 * _WORN when it is the worn blocks that are missing, _FLASH. */
int wafer_space_claim(struct wafer_store *store, uint32_t octets, enum wafer_space_use use) WAFER_MUST_CHECK;

/* How many free blocks to keep: fewer than the reserve when what is live takes more of the blocks
 * that are left. */
uint32_t wafer_space_spare(const struct wafer_store *store);

#endif
