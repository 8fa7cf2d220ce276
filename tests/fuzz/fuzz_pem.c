/* Any octets as a PEM chain: what it yields comes back through BearSSL's writer. */
#include <bearssl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "wafer/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DER_MAX 96

static void require(int truth)
{
    if (!truth) {
        abort();
    }
}

static void check_block(const struct wafer_pem *pem)
{
    char text[DER_MAX * 2 + 64];
    uint8_t again[DER_MAX];
    size_t len = pem->len, text_len;
    struct wafer_pem second;

    require(len > 0 && len <= DER_MAX);
    text_len = br_pem_encode(text, pem->der, len, pem->label, BR_PEM_LINE64);
    wafer_pem_init(&second, pem->label, WAFER_PEM_REFUSE_OTHERS, again, sizeof again);
    for (size_t i = 0; i < text_len; i++) {
        require(wafer_pem_feed(&second, text[i]) == (i == text_len - 2)); /* a line end follows */
    }
    require(second.len == len && memcmp(again, pem->der, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *der = malloc(DER_MAX);
    struct wafer_pem pem;
    int result = 0;

    require(der != NULL);
    bool strict = size > 0 && data[0] < 0x80;
    wafer_pem_init(&pem, strict ? "CERTIFICATE" : "CERTIFICATE REQUEST",
                   strict ? WAFER_PEM_REFUSE_OTHERS : WAFER_PEM_SKIP_OTHERS, der, DER_MAX);
    for (size_t i = 0; i < size && result >= 0; i++) {
        result = wafer_pem_feed(&pem, (char)data[i]);
        require(result >= 0 || result == WAFER_E_SYNTAX || result == WAFER_E_SPACE);
        require(pem.len <= DER_MAX);
        if (result > 0) {
            require(result == 1 && wafer_pem_end(&pem) == 0);
            check_block(&pem);
        }
    }
    free(der);
    return 0;
}
