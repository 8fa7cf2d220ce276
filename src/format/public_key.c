/* A SubjectPublicKeyInfo (RFC 5280 4.1.2.7) as a key of BearSSL. */
#include "format/public_key.h"

#define RSA_MAX 512 /* octets of a modulus: BR_MAX_RSA_SIZE, the largest that is verified */
#define RSA_MIN 256 /* 2048 bits */

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
    key->key.rsa = (br_rsa_public_key){wafer_der_octets(&n), n.len, wafer_der_octets(&e), e.len};
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
    if (wafer_der_equals(&curve, "\x2a\x86\x48\xce\x3d\x03\x01\x07", 8)) {
        id = BR_EC_secp256r1;
        len = 1 + 2 * 32;
    } else if (wafer_der_equals(&curve, "\x2b\x81\x04\x00\x22", 5)) {
        id = BR_EC_secp384r1;
        len = 1 + 2 * 48;
    } else {
        return WAFER_E_KEY;
    }
    if (point->len != len || point->data[0] != 4) {
        return WAFER_E_KEY;
    }
    key->key_type = BR_KEYTYPE_EC;
    key->key.ec = (br_ec_public_key){id, wafer_der_octets(point), point->len};
    return 0;
}

/*  SubjectPublicKeyInfo ::= SEQUENCE { SEQUENCE { algorithm OBJECT IDENTIFIER, parameters },
 *                                      subjectPublicKey BIT STRING } */
int wafer_public_key(br_x509_pkey *key, struct wafer_der spki)
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
    if (wafer_der_equals(&oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9)) {
        return take_rsa(key, bits);
    }
    if (wafer_der_equals(&oid, "\x2a\x86\x48\xce\x3d\x02\x01", 7)) {
        return take_ec(key, algorithm, bits);
    }
    return WAFER_E_KEY;
}

bool wafer_public_key_is_weak(const br_x509_pkey *key)
{
    const br_rsa_public_key *rsa = &key->key.rsa; /* without leading zeros */
    if (key->key_type != BR_KEYTYPE_RSA) {
        return false;
    }
    return rsa->nlen < RSA_MIN || (rsa->nlen == RSA_MIN && rsa->n[0] < 0x80);
}
