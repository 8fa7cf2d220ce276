/* Wiping, for what the command itself holds of keys. */
#include "wipe.h"

void wipe(void *data, size_t len)
{
    volatile unsigned char *at = data;
    while (len-- > 0) {
        *at++ = 0;
    }
}
