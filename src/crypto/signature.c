/* Hashes the signed part of a certificate, and verifies the signature over it. */
#include "crypto/signature.h"

#include <string.h>
#include "format/public_key.h"

/* The algorithms (RFC 4055, RFC 5758) differ in the last octet of their OID, which counts from
 * the one with SHA-256 on: ecdsa-with-SHA256 .. 512, sha256 .. sha512WithRSAEncryption. */
#define SHA2_COUNT 3

static const struct {
    uint8_t key_type, len;
    uint8_t oid[9];
} families[] = {
    {BR_KEYTYPE_EC, 8, {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02}},
    {BR_KEYTYPE_RSA, 9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b}},
};

static const br_hash_class *const hashes[SHA2_COUNT] = {&br_sha256_vtable, &br_sha384_vtable, &br_sha512_vtable};

static size_t hash_size(const struct wafer_signature *signature)
{
    return br_sha256_SIZE + 16 * (size_t)signature->sha2;
}

static int take_algorithm(struct wafer_signature *signature, const struct wafer_der *oid)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        size_t last = families[i].len - 1u;
        if (oid->len != families[i].len || memcmp(oid->data, families[i].oid, last) != 0) {
            continue;
        }
        signature->key_type = families[i].key_type;
        signature->sha2 = (uint8_t)(oid->data[last] - families[i].oid[last]);
        return signature->sha2 < SHA2_COUNT ? 0 : WAFER_E_NOT_FOUND;
    }
    return WAFER_E_NOT_FOUND;
}

static void hash_signed(struct wafer_signature *signature, const uint8_t *data, size_t len)
{
    const br_hash_class *hash = hashes[signature->sha2];
    br_hash_compat_context context;
    hash->init(&context.vtable);
    hash->update(&context.vtable, data, len);
    hash->out(&context.vtable, signature->hash);
}

/*  Certificate ::= SEQUENCE { tbsCertificate SEQUENCE, signatureAlgorithm SEQUENCE { OID, ... },
 *                             signatureValue BIT STRING } */
int wafer_signature_take(struct wafer_signature *signature, const uint8_t *der, size_t len)
{
    enum { TBS, ALGORITHM, VALUE, PARTS };
    struct wafer_der in = {der, len}, whole, part[PARTS], oid;
    int rc = wafer_der_expect(&in, WAFER_DER_SEQUENCE, &whole);
    if (rc < 0) {
        return rc;
    }
    const uint8_t *tbs = whole.data; /* what is signed has its tag and length */
    rc = wafer_der_sequence(&whole, "\x30\x30\x03", part);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_der_expect(&part[ALGORITHM], WAFER_DER_OID, &oid);
    if (rc < 0) {
        return rc;
    }
    if (part[VALUE].len < 2 || part[VALUE].data[0] != 0) { /* no unused bits */
        return WAFER_E_SYNTAX;
    }
    rc = take_algorithm(signature, &oid);
    if (rc < 0 || part[VALUE].len - 1 > WAFER_SIGNATURE_MAX) {
        return WAFER_E_NOT_FOUND;
    }
    signature->value = part[VALUE].data + 1;
    signature->len = (uint16_t)(part[VALUE].len - 1);
    hash_signed(signature, tbs, (size_t)(part[TBS].data + part[TBS].len - tbs));
    return 0;
}

static int verify_rsa(const struct wafer_signature *signature, const br_rsa_public_key *key, br_rsa_pkcs1_vrfy verify)
{
    uint8_t oid[] = {9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01}; /* SHA-256 (RFC 8017 B.1) */
    uint8_t hash[br_sha512_SIZE];
    size_t size = hash_size(signature);
    oid[sizeof oid - 1] = (uint8_t)(oid[sizeof oid - 1] + signature->sha2);
    uint32_t opened = verify(signature->value, signature->len, oid, size, key, hash);
    return opened == 1 && memcmp(hash, signature->hash, size) == 0;
}

int wafer_signature_verify(const struct wafer_signature *signature, const struct wafer_der *spki,
                           const struct wafer_verifiers *verifiers)
{
    br_x509_pkey key;
    int rc = wafer_public_key(&key, *spki);
    if (rc < 0) {
        return WAFER_E_NOT_FOUND;
    }
    if (key.key_type != signature->key_type) {
        return 0;
    }
    if (key.key_type == BR_KEYTYPE_RSA) {
        return verify_rsa(signature, &key.key.rsa, verifiers->rsa);
    }
    return verifiers->ecdsa(verifiers->ec, signature->hash, hash_size(signature), &key.key.ec, signature->value,
                            signature->len) == 1;
}
