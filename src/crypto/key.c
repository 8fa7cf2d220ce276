/* The software key: P-256 in RAM behind the signer's two functions. */
#include "wafer/signer.h"

#include <stdbool.h>
#include <string.h>
#include "base/wipe.h"
#include "crypto/drbg.h"
#include "wafer/config.h"

/* The arithmetic modulo the group order, as constant-time on the target as
 * WAFER_EC_PRIVATE is: i31 needs a 32x32->64 multiplication that takes the same
 * time for all operands, which Cortex-M3 and ARM9 have not. */
#ifndef WAFER_ECDSA_SIGN
#if defined(__LP64__) || defined(_WIN64)
#define WAFER_ECDSA_SIGN br_ecdsa_i31_sign_raw
#else
#define WAFER_ECDSA_SIGN br_ecdsa_i15_sign_raw
#endif
#endif

/* Whether the scalar is in 1 .. n-1; constant-time. */
static bool is_in_range(const uint8_t secret[WAFER_KEY_SIZE])
{
    size_t len;
    const unsigned char *order = WAFER_EC_PRIVATE.order(BR_EC_secp256r1, &len);
    unsigned borrow = 0, any = 0;

    for (size_t i = WAFER_KEY_SIZE; i-- > 0;) {
        borrow = ((unsigned)secret[i] - order[i] - borrow) >> 8 & 1;
        any |= secret[i];
    }
    return borrow != 0 && any != 0;
}

static void compute_point(struct wafer_key *key)
{
    WAFER_EC_PRIVATE.mulgen(key->point, key->secret, WAFER_KEY_SIZE, BR_EC_secp256r1);
}

int wafer_key_generate(struct wafer_key *key, const struct wafer_port *port)
{
    br_hmac_drbg_context drbg;
    int rc = wafer_drbg_init(&drbg, port);

    if (rc < 0) {
        wafer_key_wipe(key);
        return rc;
    }
    do {
        br_hmac_drbg_generate(&drbg, key->secret, WAFER_KEY_SIZE);
    } while (!is_in_range(key->secret)); /* 2^-32 */
    wafer_wipe(&drbg, sizeof drbg);
    compute_point(key);
    return 0;
}

int wafer_key_load(struct wafer_key *key, const uint8_t secret[WAFER_KEY_SIZE])
{
    if (!is_in_range(secret)) {
        wafer_key_wipe(key);
        return WAFER_E_KEY;
    }
    memmove(key->secret, secret, WAFER_KEY_SIZE);
    compute_point(key);
    return 0;
}

static int key_public(void *ctx, uint8_t point[WAFER_POINT_SIZE])
{
    const struct wafer_key *key = ctx;

    memcpy(point, key->point, WAFER_POINT_SIZE);
    return 0;
}

static int key_sign(void *ctx, const uint8_t hash[32], uint8_t signature[WAFER_SIGNATURE_SIZE])
{
    struct wafer_key *key = ctx;
    br_ec_private_key private_key = {BR_EC_secp256r1, key->secret, WAFER_KEY_SIZE};
    size_t len = WAFER_ECDSA_SIGN(&WAFER_EC_PRIVATE, &br_sha256_vtable, hash, &private_key, signature);

    if (len != WAFER_SIGNATURE_SIZE) {
        return WAFER_E_KEY;
    }
    return 0;
}

struct wafer_signer wafer_key_signer(struct wafer_key *key)
{
    struct wafer_signer signer = {key, key_public, key_sign};

    return signer;
}

void wafer_key_wipe(struct wafer_key *key)
{
    wafer_wipe(key, sizeof *key);
}
