/* Public keys of others, to verify what they have signed. */
#ifndef WAFER_PUBLIC_KEY_H
#define WAFER_PUBLIC_KEY_H

#include <bearssl.h>
#include "format/der.h"

/* Octets for BearSSL, whose pointers lack const though it only reads. */
static inline unsigned char *wafer_der_octets(const struct wafer_der *der)
{
    return (unsigned char *)(uintptr_t)der->data;
}

/* Reads the content of a SubjectPublicKeyInfo: an RSA key of up to 4096 bits, or a point on
 * P-256 or P-384 (RFC 3279, RFC 5480). The key points into it. Returns 0, WAFER_E_SYNTAX, or
 * WAFER_E_KEY for a key of another kind. */
int wafer_public_key(br_x509_pkey *key, struct wafer_der spki) WAFER_MUST_CHECK;

/* Whether it is an RSA key of less than 2048 bits, as no public CA has had since 2014. */
bool wafer_public_key_is_weak(const br_x509_pkey *key);

#endif
