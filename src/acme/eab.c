/* External account binding, for who configures it. */
#include "crypto/jws.h"
#include "wafer/wafer.h"

struct wafer_eab wafer_eab_hs256(const char *kid, const uint8_t *key, size_t key_len)
{
    struct wafer_eab eab = {kid, key, key_len, wafer_jws_append_eab};
    return eab;
}
