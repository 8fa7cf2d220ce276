/* Keys. A signer is a P-256 private key that somebody holds: the software signer
 * (wafer_key) in RAM, or a secure element or token behind the same two functions.
 * The private key of a signer never enters the client.
 *
 * Rules for callbacks and tasks:
 *  1. wafer calls a signer's functions from the task that called wafer, one at a time. They
 *     may block as long as a signature takes; meanwhile the port's idle is not called.
 *  2. They may not call wafer with the same struct wafer. What they are given is valid during
 *     the call only.
 *  3. struct wafer_signer and its ctx must stay as long as the configuration or request that
 *     names it is used.
 *  4. The functions on struct wafer_key touch only that key: they may run in any task, for
 *     different keys at the same time. */
#ifndef WAFER_SIGNER_H
#define WAFER_SIGNER_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WAFER_KEY_SIZE 32       /* secret scalar, big-endian */
#define WAFER_POINT_SIZE 65     /* 0x04, x, y: each coordinate 32 octets */
#define WAFER_SIGNATURE_SIZE 64 /* r, s: each 32 octets (RFC 7518 3.4) */

struct wafer_signer {
    void *ctx;

    /* Writes the public key as an uncompressed point (SEC 1, 2.3.3).
     * Returns 0 or a negative error. */
    int (*public_key)(void *ctx, uint8_t point[WAFER_POINT_SIZE]);

    /* Signs a SHA-256 hash with ECDSA. Returns 0 or a negative error. */
    int (*sign)(void *ctx, const uint8_t hash[32], uint8_t signature[WAFER_SIGNATURE_SIZE]);
};

/* A software key. Whoever declares one wipes it with wafer_key_wipe. */
struct wafer_key {
    uint8_t secret[WAFER_KEY_SIZE];
    uint8_t point[WAFER_POINT_SIZE];
};

struct wafer_port;

/* Makes a new key from the port's entropy. Returns 0, or WAFER_E_ENTROPY: then
 * the key is all zero. */
int wafer_key_generate(struct wafer_key *key, const struct wafer_port *port) WAFER_MUST_CHECK;

/* Loads a secret scalar and computes its public point (one multiplication).
 * Returns 0, or WAFER_E_KEY when it is not in 1 .. n-1. */
int wafer_key_load(struct wafer_key *key, const uint8_t secret[WAFER_KEY_SIZE]) WAFER_MUST_CHECK;

/* A signer over a software key (deterministic ECDSA, RFC 6979, SHA-256). The
 * signer keeps the pointer: the key must outlive it. */
struct wafer_signer wafer_key_signer(struct wafer_key *key);

/* Forgets the key, in a way that the compiler cannot drop. */
void wafer_key_wipe(struct wafer_key *key);

/* Largest result of wafer_key_to_pkcs8. */
#define WAFER_KEY_PKCS8_MAX 138

/* Writes the key as PKCS#8 PrivateKeyInfo in DER (RFC 5958, RFC 5915): what
 * privkey.pem holds. Returns its length, at most WAFER_KEY_PKCS8_MAX, or
 * WAFER_E_SPACE. */
int wafer_key_to_pkcs8(const struct wafer_key *key, uint8_t *der, size_t size) WAFER_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
