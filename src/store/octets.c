/* One copy of what compilers write out octet by octet. */
#include "store/octets.h"

void wafer_octets_put32(uint8_t *at, uint32_t number)
{
    for (int i = 0; i < 4; i++, number >>= 8) {
        at[i] = (uint8_t)number;
    }
}
