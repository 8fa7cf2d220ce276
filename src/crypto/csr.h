/* PKCS#10 certification requests (RFC 2986) with subjectAltName. */
#ifndef WAFER_CSR_H
#define WAFER_CSR_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/signer.h"

/* Writes a request for the names, in their order, signed by `signer`: dNSName for
 * DNS names, iPAddress for IP addresses (RFC 8738). The subject is empty: the names
 * stand in the SAN alone. Returns the length of the DER at the start of `out`, or
 * WAFER_E_SPACE, WAFER_E_KEY. */
int wafer_csr_write(uint8_t *out, size_t size, const char *const *names, size_t count,
                    const struct wafer_signer *signer) WAFER_MUST_CHECK;

#endif
