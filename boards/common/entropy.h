/* Random octets of a device without a random generator: the board's seed and a
 * record of the store, which is replaced at every start before anything is made of
 * it, so that no start repeats an earlier one. */
#ifndef WAFER_BOARD_ENTROPY_H
#define WAFER_BOARD_ENTROPY_H

#include "wafer/store.h"

/* Mixes board_seed, the seed record and the clock, and commits a new record.
 * Returns 0, WAFER_E_ENTROPY when the board has no seed, or the store's error:
 * entropy_get fails then. */
int entropy_start(struct wafer_store *store);

/* As wafer_port's. */
int entropy_get(void *data, size_t len);

#endif
