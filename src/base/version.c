/* The library's version, in an object of its own that costs nothing when nobody asks. */
#include "wafer/version.h"

const char *wafer_version(void)
{
    return WAFER_VERSION;
}
