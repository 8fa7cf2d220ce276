/* Reading a certification request (RFC 2986). */
#ifndef WAFER_CSR_READER_H
#define WAFER_CSR_READER_H

#include "format/x509.h"
#include "wafer/csr.h"

/* Reads subject, key and requested names of a request in DER into the same places
 * that a certificate has them; the rest is zero. It checks form, not the signature.
 * Returns 0, or WAFER_E_SYNTAX. */
int wafer_csr_read(struct wafer_x509 *x509, const uint8_t *der, size_t len) WAFER_MUST_CHECK;

#endif
