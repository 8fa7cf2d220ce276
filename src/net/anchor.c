/* Trust anchors from certificates in memory, as BearSSL wants them. */
#include "wafer/anchors.h"

#include <stdbool.h>
#include <string.h>
#include "format/x509.h"
#include "wafer/pem.h"

#define RSA_MAX 512 /* octets of a modulus: BR_MAX_RSA_SIZE, the largest that is verified */

/* BearSSL's pointers lack const, but it only reads. */
static unsigned char *octets_of(const struct wafer_der *der)
{
    return (unsigned char *)(uintptr_t)der->data;
}

static bool is_oid(const struct wafer_der *oid, const char *octets, size_t len)
{
    return oid->len == len && memcmp(oid->data, octets, len) == 0;
}

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

/* A positive INTEGER without leading zeros. */
static int take_unsigned(struct wafer_der *in, struct wafer_der *number)
{
    int rc = wafer_der_expect(in, WAFER_DER_INTEGER, number);
    if (rc < 0) {
        return rc;
    }
    if (number->len == 0 || (number->data[0] & 0x80) != 0) {
        return WAFER_E_SYNTAX;
    }
    while (number->len > 0 && number->data[0] == 0) {
        number->data++;
        number->len--;
    }
    return number->len > 0 ? 0 : WAFER_E_SYNTAX;
}

/*  RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } (RFC 3279 2.3.1) */
static int take_rsa(br_x509_pkey *key, struct wafer_der *bits)
{
    struct wafer_der pair, n, e;
    int rc = wafer_der_expect(bits, WAFER_DER_SEQUENCE, &pair);
    if (rc < 0) {
        return rc;
    }
    rc = take_unsigned(&pair, &n);
    if (rc < 0) {
        return rc;
    }
    rc = take_unsigned(&pair, &e);
    if (rc < 0) {
        return rc;
    }
    if (pair.len != 0 || bits->len != 0) {
        return WAFER_E_SYNTAX;
    }
    if (n.len > RSA_MAX || e.len > n.len) {
        return WAFER_E_KEY;
    }
    key->key_type = BR_KEYTYPE_RSA;
    key->key.rsa = (br_rsa_public_key){octets_of(&n), n.len, octets_of(&e), e.len};
    return 0;
}

/* An uncompressed point on one of two curves (RFC 5480 2.1.1, 2.2). */
static int take_ec(br_x509_pkey *key, struct wafer_der *parameters, const struct wafer_der *point)
{
    struct wafer_der curve;
    int id;
    size_t len;
    int rc = wafer_der_expect(parameters, WAFER_DER_OID, &curve);
    if (rc < 0) {
        return WAFER_E_KEY; /* parameters of a curve without a name */
    }
    if (is_oid(&curve, "\x2a\x86\x48\xce\x3d\x03\x01\x07", 8)) {
        id = BR_EC_secp256r1;
        len = 1 + 2 * 32;
    } else if (is_oid(&curve, "\x2b\x81\x04\x00\x22", 5)) {
        id = BR_EC_secp384r1;
        len = 1 + 2 * 48;
    } else {
        return WAFER_E_KEY;
    }
    if (point->len != len || point->data[0] != 4) {
        return WAFER_E_KEY;
    }
    key->key_type = BR_KEYTYPE_EC;
    key->key.ec = (br_ec_public_key){id, octets_of(point), point->len};
    return 0;
}

/*  SubjectPublicKeyInfo ::= SEQUENCE { SEQUENCE { algorithm OBJECT IDENTIFIER, parameters },
 *                                      subjectPublicKey BIT STRING } */
static int take_key(br_x509_pkey *key, struct wafer_der spki)
{
    struct wafer_der part[2], oid;
    struct wafer_der *algorithm = &part[0], *bits = &part[1];
    int rc = wafer_der_sequence(&spki, "\x30\x03", part);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_der_expect(algorithm, WAFER_DER_OID, &oid);
    if (rc < 0) {
        return rc;
    }
    if (spki.len != 0 || bits->len == 0 || bits->data[0] != 0) { /* no unused bits */
        return WAFER_E_SYNTAX;
    }
    bits->data++;
    bits->len--;
    if (is_oid(&oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9)) {
        return take_rsa(key, bits);
    }
    if (is_oid(&oid, "\x2a\x86\x48\xce\x3d\x02\x01", 7)) {
        return take_ec(key, algorithm, bits);
    }
    return WAFER_E_KEY;
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

/* Looks for basicConstraints. Returns 1 for a CA, 0 or an error. */
static int read_ca(struct wafer_der extensions)
{
    struct wafer_der oid, value;
    int rc;
    while ((rc = wafer_x509_extension_next(&extensions, &oid, &value)) > 0) {
        if (is_oid(&oid, "\x55\x1d\x13", 3)) {
            return read_constraints(&value);
        }
    }
    return rc;
}

int wafer_anchor_from_der(br_x509_trust_anchor *anchor, const uint8_t *der, size_t len)
{
    struct wafer_x509 cert;
    memset(anchor, 0, sizeof *anchor);
    int rc = wafer_x509_parse(&cert, der, len);
    if (rc < 0) {
        return rc;
    }
    rc = take_key(&anchor->pkey, cert.spki);
    if (rc < 0) {
        return rc;
    }
    rc = read_ca(cert.extensions);
    if (rc < 0) {
        return rc;
    }
    size_t header = header_size(cert.subject.len); /* BearSSL compares whole elements */
    anchor->dn.data = octets_of(&cert.subject) - header;
    anchor->dn.len = cert.subject.len + header;
    anchor->flags = rc > 0 ? BR_X509_TA_CA : 0;
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
