/* Copies live records out of the way, so that the oldest blocks become free. docs/store-format.md says
 * under "The next block" when and under "Worn blocks" around which blocks. */
#ifndef WAFER_STORE_COMPACT_H
#define WAFER_STORE_COMPACT_H

#include "wafer/store.h"

/* The block that is becoming the head, while it is filled. */
struct wafer_compaction {
    uint32_t block;
    uint32_t sequence; /* that it will have */
    uint32_t offset;   /* where its records end */
    uint32_t floor;    /* blocks up to this sequence are needed no more */
};

/* Copies the live records of the oldest blocks to to->block until enough blocks will be free behind
 * it, or it is full; raises to->floor over the blocks that were copied whole. Returns 0 or
 * WAFER_E_FLASH. */
int wafer_compact(struct wafer_store *store, struct wafer_compaction *to) WAFER_MUST_CHECK;

#endif
