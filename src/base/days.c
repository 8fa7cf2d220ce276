/* Seconds to days with 32-bit arithmetic. */
#include "wafer/time.h"

/* A day has 675 times 128 seconds, and 16 bits at a time can be divided by 675. */
#define UNIT_SHIFT 7
#define DAY_UNITS  675u
#define SHIFT_DAYS 0x1000000 /* added, so that times before 1970 are positive */

int32_t wafer_days(int64_t seconds, int32_t *second)
{
    uint64_t shifted = (uint64_t)seconds + (uint64_t)SHIFT_DAYS * DAY_UNITS * (1u << UNIT_SHIFT);
    uint32_t high = (uint32_t)(shifted >> (UNIT_SHIFT + 16));
    uint32_t low = (high % DAY_UNITS) << 16 | ((uint32_t)(shifted >> UNIT_SHIFT) & 0xffffu);

    *second = (int32_t)((low % DAY_UNITS) << UNIT_SHIFT | ((uint32_t)shifted & ((1u << UNIT_SHIFT) - 1)));
    return (int32_t)((high / DAY_UNITS << 16) + low / DAY_UNITS) - SHIFT_DAYS;
}
