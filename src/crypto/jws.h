/* JSON Web Signatures as ACME uses them (RFC 8555 6.2, RFC 7515 flattened JSON):
 * ES256 over a protected header with nonce, url and kid or jwk; and the JWK
 * thumbprint (RFC 7638). */
#ifndef WAFER_JWS_H
#define WAFER_JWS_H

#include "base/buf.h"
#include "wafer/signer.h"

#define WAFER_THUMBPRINT_LEN 43 /* base64url of a SHA-256, without NUL */

struct wafer_jws {
    const struct wafer_signer *signer;
    const char *kid;   /* account URL; NULL: the JWK is sent instead */
    const char *nonce; /* NULL: none (the inner JWS of a key change, EAB) */
    const char *url;
};

/* Writes the payload's JSON. It is called once for each signature: after a
 * badNonce the request is written anew. Returns 0 or a negative error. */
typedef int (*wafer_payload)(void *ctx, struct wafer_buf *out);

/* Appends the whole JWS to out. `payload` NULL: an empty payload (POST-as-GET,
 * RFC 8555 6.3). Returns 0, WAFER_E_SPACE, WAFER_E_KEY, or the payload's error.
 * Works inside `out`: no other memory but some stack. */
int wafer_jws_append(struct wafer_buf *out, const struct wafer_jws *jws, wafer_payload payload,
                     void *ctx) WAFER_MUST_CHECK;

/* Appends an external account binding (RFC 8555 7.3.4): the JWK of the signer,
 * authenticated with HS256 by the CA's MAC key, whose identifier is jws->kid. */
int wafer_jws_append_eab(struct wafer_buf *out, const struct wafer_jws *jws, const uint8_t *mac_key,
                         size_t mac_key_len) WAFER_MUST_CHECK;

/* The thumbprint of a signer's key, with a NUL. 0, or WAFER_E_KEY. */
int wafer_jwk_thumbprint(const struct wafer_signer *signer,
                         char text[WAFER_THUMBPRINT_LEN + 1]) WAFER_MUST_CHECK;

#endif
