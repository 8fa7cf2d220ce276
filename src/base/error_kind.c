/* Which kind each error is of: by itself, so that it costs no texts. */
#include "wafer/error.h"
#include <stdint.h>

/* In the order of the values, as error.c proves. */
#define KIND(name, value, kind, text) WAFER_ERROR_##kind,
static const uint8_t kinds[] = {WAFER_ERRORS(KIND)};

enum wafer_error_kind wafer_error_kind(int error)
{
    uint32_t row = ~(uint32_t)error; /* -1: the first */

    if (row >= sizeof kinds) {
        return WAFER_ERROR_PERSON;
    }
    return (enum wafer_error_kind)kinds[row];
}
