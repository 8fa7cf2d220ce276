/* Wiping that the compiler cannot drop. */
#include "base/wipe.h"

/* Each store goes through a volatile lvalue, so none can be dropped as dead. */
void wafer_wipe(void *data, size_t len)
{
    volatile unsigned char *at = data;

    while (len-- > 0) {
        *at++ = 0;
    }
}
