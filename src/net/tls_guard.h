/* Stands before BearSSL's X.509 validator and does what that does not: checks the
 * iPAddress of a server that is named by its address (RFC 2818 3.1, RFC 6125 1.7.2),
 * and keeps the server's certificate. */
#ifndef WAFER_TLS_GUARD_H
#define WAFER_TLS_GUARD_H

#include "wafer/context.h"

/* Prepares for one handshake with `host`. The guard is then an X.509 validator:
 * &guard->vtable. `der` takes the server's certificate, for as long as the guard is
 * asked; an address can be checked, and a time told, only when it fits. */
void wafer_tls_guard_init(struct wafer_tls_guard *guard, br_x509_minimal_context *minimal, const char *host,
                          uint8_t *der, size_t size);

/* The notBefore of the certificate that the server showed, trusted or not. Returns 0,
 * or WAFER_E_NOT_FOUND when none was kept. */
int wafer_tls_guard_not_before(const struct wafer_tls_guard *guard, int64_t *seconds) WAFER_MUST_CHECK;

#endif
