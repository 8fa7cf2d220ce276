/* Any octets as a certificate that becomes a trust anchor: it points into them, and
 * where BearSSL's decoder takes the certificate, too, it is the same. */
#include <bearssl.h>
#include <stdlib.h>
#include <string.h>
#include "wafer/anchors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DN_MAX 4096

static unsigned char dn[DN_MAX];
static size_t dn_len;

static void require(int truth)
{
    if (!truth) {
        abort();
    }
}

static void take_dn(void *ctx, const void *part, size_t len)
{
    (void)ctx;
    if (len <= DN_MAX - dn_len) {
        memcpy(dn + dn_len, part, len);
    }
    dn_len += len;
}

static void check_inside(const unsigned char *part, size_t len, const uint8_t *data, size_t size)
{
    require(len > 0 && part >= data && len <= size && (size_t)(part - data) <= size - len);
}

static void check_same(const unsigned char *one, size_t one_len, const unsigned char *other, size_t other_len)
{
    require(one_len == other_len && memcmp(one, other, one_len) == 0);
}

static void compare(const br_x509_trust_anchor *anchor, const uint8_t *data, size_t size)
{
    br_x509_decoder_context decoder;
    dn_len = 0;
    br_x509_decoder_init(&decoder, take_dn, NULL);
    br_x509_decoder_push(&decoder, data, size);
    const br_x509_pkey *key = br_x509_decoder_get_pkey(&decoder);
    if (key == NULL || dn_len > DN_MAX) {
        return;
    }
    check_same(anchor->dn.data, anchor->dn.len, dn, dn_len);
    require(anchor->pkey.key_type == key->key_type);
    if (key->key_type == BR_KEYTYPE_RSA) {
        check_same(anchor->pkey.key.rsa.n, anchor->pkey.key.rsa.nlen, key->key.rsa.n, key->key.rsa.nlen);
        check_same(anchor->pkey.key.rsa.e, anchor->pkey.key.rsa.elen, key->key.rsa.e, key->key.rsa.elen);
    } else {
        check_same(anchor->pkey.key.ec.q, anchor->pkey.key.ec.qlen, key->key.ec.q, key->key.ec.qlen);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    br_x509_trust_anchor anchor;
    if (wafer_anchor_from_der(&anchor, data, size) < 0) {
        return 0;
    }
    check_inside(anchor.dn.data, anchor.dn.len, data, size);
    if (anchor.pkey.key_type == BR_KEYTYPE_RSA) {
        check_inside(anchor.pkey.key.rsa.n, anchor.pkey.key.rsa.nlen, data, size);
        check_inside(anchor.pkey.key.rsa.e, anchor.pkey.key.rsa.elen, data, size);
    } else {
        check_inside(anchor.pkey.key.ec.q, anchor.pkey.key.ec.qlen, data, size);
    }
    compare(&anchor, data, size);
    return 0;
}
