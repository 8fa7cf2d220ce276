/* Which geometries the store works with, and how much of their blocks it can use. */
#include "store/geometry.h"

#if WAFER_PROGRAM_UNIT_MAX > WAFER_STORE_PART
#error "WAFER_PROGRAM_UNIT_MAX is at most WAFER_STORE_PART"
#endif

uint32_t wafer_geometry_align(const struct wafer_flash *flash, uint32_t octets)
{
    uint32_t step = flash->program_unit < WAFER_RECORD_HEADER ? WAFER_RECORD_HEADER : flash->program_unit;

    return (octets + step - 1) & ~(step - 1);
}

uint32_t wafer_geometry_reserve(const struct wafer_flash *flash)
{
    return flash->block_count < 4 ? 1 : 2 + flash->block_count / 32;
}

/* At worst the last record of each block just does not fit. */
uint32_t wafer_geometry_room(const struct wafer_flash *flash, uint32_t blocks)
{
    return blocks * (flash->block_size - wafer_geometry_align(flash, WAFER_BLOCK_HEADER) -
                     (WAFER_STORE_PART - wafer_geometry_align(flash, 1)));
}

uint32_t wafer_geometry_capacity(const struct wafer_flash *flash, uint32_t retired)
{
    /* Two small records stay free, so that a delete and its commit always fit. */
    uint32_t small = 2 * wafer_geometry_align(flash, 1);
    uint32_t reserve = wafer_geometry_reserve(flash);
    uint32_t unused = retired + 1 > reserve ? retired + 1 : reserve;
    uint32_t room = wafer_geometry_room(flash, flash->block_count - unused);

    return room <= small + WAFER_STORE_PART ? 0 : room - small;
}

static bool is_power_of_two(uint32_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

int wafer_geometry_check(const struct wafer_flash *flash)
{
    uint32_t size = flash->block_size, count = flash->block_count, unit = flash->program_unit;

    /* An erased octet reads as 0xff or 0. */
    if (!is_power_of_two(size) || size < 512 || size > 1u << 24 || count < 2 || count > 65535 ||
        count > UINT32_MAX / size || !is_power_of_two(unit) || unit > WAFER_PROGRAM_UNIT_MAX ||
        (uint8_t)(flash->erased + 1) > 1 || (flash->lock == NULL) != (flash->unlock == NULL) ||
        wafer_geometry_capacity(flash, 0) == 0) {
        return WAFER_E_ARGUMENT;
    }
    return 0;
}
