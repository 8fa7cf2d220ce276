/* Trust anchors from certificates in memory, as BearSSL wants them. */
#include "wafer/anchors.h"

#include <stdbool.h>
#include <string.h>
#include "format/public_key.h"
#include "format/x509.h"
#include "wafer/pem.h"

/* Octets of tag and length before content of `len` octets; the reader takes the shortest
 * form only (X.690 10.1). */
static size_t header_size(size_t len)
{
    size_t size = 2;
    for (size_t rest = len; len >= 0x80 && rest > 0; rest >>= 8) {
        size++;
    }
    return size;
}

/*  BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, ... } (RFC 5280 4.2.1.9)
 * Returns 1 for a CA, 0 or an error. */
static int read_constraints(struct wafer_der *value)
{
    struct wafer_der constraints, is_ca;
    int rc = wafer_der_expect(value, WAFER_DER_SEQUENCE, &constraints);
    if (rc < 0) {
        return rc;
    }
    int tag = wafer_der_next(&constraints, &is_ca);
    if (tag != WAFER_DER_BOOLEAN) {
        return tag == WAFER_E_SYNTAX ? tag : 0;
    }
    if (is_ca.len != 1) {
        return WAFER_E_SYNTAX;
    }
    return is_ca.data[0] != 0;
}

/* A root of version 1 cannot say that it is a CA's: whoever names it as an anchor does
 * (RFC 5280 6.1.4 (k)). Returns 1 for a CA, 0 or an error. */
static int read_ca(const struct wafer_x509 *cert)
{
    struct wafer_der value;
    if (cert->version_1) {
        return wafer_x509_is_self_issued(cert);
    }
    int rc = wafer_x509_extension(cert->extensions, WAFER_X509_BASIC_CONSTRAINTS, &value);
    return rc > 0 ? read_constraints(&value) : rc;
}

int wafer_anchor_from_der(br_x509_trust_anchor *anchor, const uint8_t *der, size_t len)
{
    struct wafer_x509 cert;
    memset(anchor, 0, sizeof *anchor);
    int rc = wafer_x509_parse(&cert, der, len);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_public_key(&anchor->pkey, cert.spki);
    if (rc < 0) {
        return rc;
    }
    rc = read_ca(&cert);
    if (rc < 0) {
        return rc;
    }
    size_t header = header_size(cert.subject.len); /* BearSSL compares whole elements */
    anchor->dn.data = wafer_der_octets(&cert.subject) - header;
    anchor->dn.len = cert.subject.len + header;
    anchor->flags = rc > 0 && !wafer_public_key_is_weak(&anchor->pkey) ? BR_X509_TA_CA : 0;
    return 0;
}

int wafer_anchor_from_pem(br_x509_trust_anchor *anchor, const char **pem, size_t *len, void *memory,
                          size_t size)
{
    struct wafer_pem decoder;
    wafer_pem_init(&decoder, "CERTIFICATE", WAFER_PEM_SKIP_OTHERS, memory, size);
    while (*len > 0) {
        char c = *(*pem)++;
        (*len)--;
        int rc = wafer_pem_feed(&decoder, c);
        if (rc < 0) {
            return rc;
        }
        if (rc == 0) {
            continue;
        }
        rc = wafer_anchor_from_der(anchor, decoder.der, decoder.len);
        return rc < 0 ? rc : (int)decoder.len;
    }
    return wafer_pem_end(&decoder);
}

int wafer_anchor_is_weak(const br_x509_trust_anchor *anchor)
{
    return wafer_public_key_is_weak(&anchor->pkey);
}
