/* Mounting, for who holds the lock and has checked the geometry. */
#ifndef WAFER_STORE_MOUNT_H
#define WAFER_STORE_MOUNT_H

#include "wafer/store.h"

/* As wafer_store_mount. */
int wafer_mount(struct wafer_store *store, const struct wafer_flash *flash) WAFER_MUST_CHECK;

#endif
