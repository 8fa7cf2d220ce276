/* Any octets as a PEM chain: it yields the same whole, in two pieces and octet by octet,
 * and what it yields comes back through BearSSL's writer. */
#include <bearssl.h>
#include <stdlib.h>
#include <string.h>
#include "crc32.h"
#include "guard.h"
#include "pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DER_MAX 96

static void require(int truth)
{
    if (!truth) {
        abort();
    }
}

struct result {
    int status, blocks;
    uint32_t digest; /* of all certificates with their lengths */
};

static void check_block(const struct wafer_pem *pem)
{
    uint8_t text[DER_MAX * 2 + 64], again[DER_MAX];
    size_t len = pem->der.len, text_len;
    struct wafer_pem second;
    int block;

    require(len > 0 && len <= DER_MAX && !pem->der.overflow);
    text_len = br_pem_encode(text, pem->der.data, len, "CERTIFICATE", BR_PEM_LINE64);
    wafer_pem_init(&second, again, sizeof again);
    require(wafer_pem_feed(&second, text, text_len, &block) == (int)text_len - 1 && block == 1);
    require(second.der.len == len && memcmp(again, pem->der.data, len) == 0);
}

/* Feeds pieces of `step` octets, the first of `first`. */
static struct result decode(const uint8_t *data, size_t size, size_t first, size_t step, int check)
{
    uint8_t *der = malloc(DER_MAX);
    struct result result = {0, 0, 0};
    struct wafer_pem pem;
    size_t at = 0;

    require(der != NULL);
    wafer_pem_init(&pem, der, DER_MAX);
    while (at < size && result.status == 0) {
        size_t piece = at < first ? first - at : step;
        int block, taken = wafer_pem_feed(&pem, data + at, piece < size - at ? piece : size - at, &block);

        require(pem.der.len <= DER_MAX);
        if (taken < 0) {
            require(taken == WAFER_E_SYNTAX || taken == WAFER_E_SPACE);
            result.status = taken;
            break;
        }
        require(taken > 0 && (size_t)taken <= size - at);
        at += (size_t)taken;
        if (block) {
            result.blocks++;
            result.digest = wafer_crc32(result.digest, &pem.der.len, sizeof pem.der.len);
            result.digest = wafer_crc32(result.digest, der, pem.der.len);
            if (check) {
                check_block(&pem);
            }
        }
    }
    if (result.status == 0) {
        result.status = wafer_pem_end(&pem);
    }
    free(der);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guard guard = guard_copy(data, size);
    struct result whole = decode(guard.data, size, 0, size + 1, 1);

    for (size_t i = 0; i < 3; i++) {
        struct result other = i == 0   ? decode(guard.data, size, 0, 1, 0)
                              : i == 1 ? decode(guard.data, size, size / 2, size + 1, 0)
                                       : decode(guard.data, size, size > 0 ? data[0] % size : 0, 7, 0);

        require(other.status == whole.status && other.blocks == whole.blocks && other.digest == whole.digest);
    }
    guard_free(&guard);
    return 0;
}
