/* Calls the device's lock and unlock, if it has them. */
#include "store/lock.h"

void wafer_lock(const struct wafer_store *store)
{
    const struct wafer_flash *flash = store->flash;

    if (flash->lock != NULL) {
        flash->lock(flash->ctx);
    }
}

int wafer_unlock(const struct wafer_store *store, int rc)
{
    const struct wafer_flash *flash = store->flash;

    if (flash->unlock != NULL) {
        flash->unlock(flash->ctx);
    }
    return rc;
}
