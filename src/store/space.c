/* Counts what is live, and lets no more be written than the blocks that work can hold. */
#include "store/space.h"
#include "store/find.h"

/* Octets that the records of a value take on the flash. */
static uint32_t size_of(const struct wafer_flash *flash, const struct wafer_value *value)
{
    uint32_t room = WAFER_RECORD_PAYLOAD - (uint32_t)value->overhead;
    uint32_t full = value->length == 0 ? 0 : (value->length - 1) / room;

    return full * WAFER_STORE_PART +
           wafer_geometry_align(flash, WAFER_RECORD_HEADER + value->overhead + value->length - full * room);
}

int wafer_space_live(struct wafer_store *store, uint32_t *live)
{
    struct wafer_value value;
    int name;

    *live = 0;
    for (unsigned from = 0; (name = wafer_find_name(store, from)) >= 0; from = (unsigned)name + 1) {
        int rc = wafer_find_version(store, (uint8_t)(name >> 8), (uint8_t)name, 0, &value);
        if (rc >= 0) {
            *live += size_of(store->flash, &value);
        } else if (rc != WAFER_E_NOT_FOUND) {
            return rc;
        }
    }
    if (name != WAFER_E_NOT_FOUND) {
        return name;
    }
    return 0;
}

int wafer_space_recount(struct wafer_store *store, uint32_t octets)
{
    int rc = wafer_space_live(store, &store->live);

    if (rc < 0) {
        store->live = UINT32_MAX; /* not known */
        return rc;
    }
    store->live += store->written + octets;
    return 0;
}

int wafer_space_claim(struct wafer_store *store, uint32_t octets, enum wafer_space_use use)
{
    const struct wafer_flash *flash = store->flash;
    uint32_t all = wafer_geometry_room(flash, flash->block_count - wafer_geometry_reserve(flash));
    uint32_t limit = use == WAFER_SPACE_VALUE ? wafer_geometry_capacity(flash, store->worn[0]) : all;

    if (octets <= limit && store->live <= limit - octets) {
        store->live += octets;
        return 0;
    }
    int rc = wafer_space_recount(store, octets);
    if (rc < 0 || store->live <= limit) {
        return rc;
    }
    bool fitted = store->live <= all; /* before blocks wore out */
    store->live -= octets;
    if (fitted && store->worn[0] > 0) {
        return WAFER_E_WORN;
    }
    return WAFER_E_STORE_FULL;
}

uint32_t wafer_space_spare(const struct wafer_store *store)
{
    const struct wafer_flash *flash = store->flash;
    uint32_t working = flash->block_count - store->worn[0];
    uint32_t spare = flash->block_count == 3 ? 2 : wafer_geometry_reserve(flash);

    while (spare > 1 && store->live > wafer_geometry_room(flash, working - spare)) {
        spare--;
    }
    return spare;
}
