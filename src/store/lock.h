/* The device's lock around a public call of the store: taken first, and given back on the one way
 * out. No function that holds it calls a public one. */
#ifndef WAFER_STORE_LOCK_H
#define WAFER_STORE_LOCK_H

#include "wafer/store.h"

void wafer_lock(const struct wafer_store *store);

/* Returns rc, so that a call can end with it. */
int wafer_unlock(const struct wafer_store *store, int rc);

#endif
