/* Signatures on certificates (RFC 5280 4.1.1.3), verified once the issuer's key is known: the
 * certificate itself may be gone by then. */
#ifndef WAFER_SIGNATURE_H
#define WAFER_SIGNATURE_H

#include <bearssl.h>
#include "format/der.h"

#define WAFER_SIGNATURE_MAX 512 /* RSA with 4096 bits */

/* What verifies: one implementation for each kind of key. */
struct wafer_verifiers {
    const br_ec_impl *ec;
    br_ecdsa_vrfy ecdsa;
    br_rsa_pkcs1_vrfy rsa;
};

/* The hash of what was signed, and the signature over it. */
struct wafer_signature {
    uint8_t key_type; /* BR_KEYTYPE_EC or _RSA */
    uint8_t sha2;     /* 0: SHA-256, 1: SHA-384, 2: SHA-512 */
    uint16_t len;
    const uint8_t *value;
    uint8_t hash[br_sha512_SIZE];
};

/* Takes the signature out of a certificate in DER, and hashes what it covers; the value points
 * into the DER. Returns 0; WAFER_E_NOT_FOUND when its algorithm is none of ECDSA and RSA
 * PKCS #1 with SHA-256, -384 and -512; WAFER_E_SYNTAX. */
int wafer_signature_take(struct wafer_signature *signature, const uint8_t *der, size_t len) WAFER_MUST_CHECK;

/* Whether the owner of a SubjectPublicKeyInfo (its content) has signed: 1 or 0.
 * WAFER_E_NOT_FOUND when that can't be told, for the key is on a curve or of a size that
 * `verifiers` don't know. */
int wafer_signature_verify(const struct wafer_signature *signature, const struct wafer_der *spki,
                           const struct wafer_verifiers *verifiers) WAFER_MUST_CHECK;

#endif
