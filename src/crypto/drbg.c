/* The random generator and its seed. */
#include "crypto/drbg.h"

#include "base/wipe.h"

#define SEED_SIZE 48 /* SP 800-90A 8.6.7: 256 bits of entropy and a nonce of 128 */

int wafer_drbg_init(br_hmac_drbg_context *drbg, const struct wafer_port *port)
{
    uint8_t seed[SEED_SIZE];
    int rc = port->entropy(port->ctx, seed, sizeof seed);

    if (rc == 0) {
        br_hmac_drbg_init(drbg, &br_sha256_vtable, seed, sizeof seed);
    }
    wafer_wipe(seed, sizeof seed);
    return rc == 0 ? 0 : WAFER_E_ENTROPY;
}

uint32_t wafer_drbg_uint32(br_hmac_drbg_context *drbg)
{
    uint32_t value;

    br_hmac_drbg_generate(drbg, &value, sizeof value);
    return value;
}
