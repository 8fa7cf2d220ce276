/* Certification requests (PKCS#10, RFC 2986). A request that somebody else made lets its
 * key stay where it is: wafer only gets the certificate. The functions here keep nothing
 * and may be called from any task, also at the same time. */
#ifndef WAFER_CSR_H
#define WAFER_CSR_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"
#include "wafer/signer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes a request for `count` names, in their order, signed by `signer`: dNSName for
 * DNS names, iPAddress for IP addresses (RFC 8738). The subject is empty: the names
 * stand in the subjectAltName alone. Asks the signer for its public key once and for one
 * signature. Returns the length of the DER at the start of `out` (about 270 octets and
 * the names), WAFER_E_SPACE when `size` is too small, WAFER_E_KEY when the signer fails. */
int wafer_csr_write(uint8_t *out, size_t size, const char *const *names, size_t count,
                    const struct wafer_signer *signer) WAFER_MUST_CHECK;

/* Copies name number `index` of the request's subjectAltName with a NUL: a DNS name, or
 * an IP address as text. Returns its length, WAFER_E_NOT_FOUND past the last,
 * WAFER_E_SPACE, or WAFER_E_SYNTAX for what is no request in DER or has names of
 * other kinds. The signature is not checked. */
int wafer_csr_name(const uint8_t *der, size_t len, unsigned index, char *name, size_t size) WAFER_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
