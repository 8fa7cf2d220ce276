/* The list of blocks that failed: once, or twice, and then they are retired. docs/store-format.md
 * has it under "Worn blocks". */
#ifndef WAFER_STORE_WORN_H
#define WAFER_STORE_WORN_H

#include "wafer/store.h"

/* Failures after which a block is used no more. */
#define WAFER_WORN_RETIRED 2

/* How often a block failed, as far as known: 0, 1, WAFER_WORN_RETIRED. */
unsigned wafer_worn_failures(struct wafer_store *store, uint32_t block);

/* Notes that a block failed. The second time it is retired, if enough are left without it. The
 * list is saved with the next commit. */
void wafer_worn_strike(struct wafer_store *store, uint32_t block);

#endif
