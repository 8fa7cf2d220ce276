/* Certification requests that somebody else made (PKCS#10, RFC 2986): their key stays
 * where it is, and wafer only gets the certificate. */
#ifndef WAFER_CSR_NAMES_H
#define WAFER_CSR_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Copies name number `index` of the request's subjectAltName with a NUL: a DNS name, or
 * an IP address as text. Returns its length, WAFER_E_NOT_FOUND past the last,
 * WAFER_E_SPACE, or WAFER_E_SYNTAX for what is no request in DER or has names of
 * other kinds. */
int wafer_csr_name(const uint8_t *der, size_t len, unsigned index, char *name, size_t size) WAFER_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
