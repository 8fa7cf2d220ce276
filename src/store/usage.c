/* Tells how full a store is and how worn its flash. */
#include "wafer/store.h"
#include "store/block.h"
#include "store/geometry.h"
#include "store/lock.h"
#include "store/space.h"

static int measure_usage(struct wafer_store *store, struct wafer_store_usage *usage)
{
    const struct wafer_flash *flash = store->flash;
    struct wafer_block header;

    usage->capacity = wafer_geometry_capacity(flash, store->worn[0]);
    usage->retired = store->worn[0];
    usage->failed = store->listed - usage->retired;
    usage->erases_min = UINT32_MAX;
    usage->erases_max = 0;
    for (uint32_t block = 0; block < flash->block_count; block++) {
        int rc = wafer_block_read(flash, block, &header);
        if (rc < 0) {
            return rc;
        }
        if (rc > 0) {
            usage->erases_min = header.erases < usage->erases_min ? header.erases : usage->erases_min;
            usage->erases_max = header.erases > usage->erases_max ? header.erases : usage->erases_max;
        }
    }
    return wafer_space_live(store, &usage->live);
}

int wafer_store_usage(struct wafer_store *store, struct wafer_store_usage *usage)
{
    wafer_lock(store);
    int rc = measure_usage(store, usage);
    return wafer_unlock(store, rc);
}
