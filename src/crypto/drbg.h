/* HMAC-DRBG with SHA-256 (NIST SP 800-90A), seeded from the port. For
 * jitter and TLS; keys are made by wafer_key_generate with a fresh seed. */
#ifndef WAFER_DRBG_H
#define WAFER_DRBG_H

#include <bearssl.h>
#include "wafer/port.h"

/* Seeds with 48 octets of the port's entropy. Returns 0, or WAFER_E_ENTROPY. */
int wafer_drbg_init(br_hmac_drbg_context *drbg, const struct wafer_port *port) WAFER_MUST_CHECK;

uint32_t wafer_drbg_uint32(br_hmac_drbg_context *drbg);

#endif
