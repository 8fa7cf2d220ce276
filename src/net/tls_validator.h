/* An X.509 validator that wraps BearSSL's and does what that does not: checks the
 * iPAddress of a server that is named by its address (RFC 2818 3.1, RFC 6125 1.7.2),
 * and keeps the server's certificate. */
#ifndef WAFER_TLS_VALIDATOR_H
#define WAFER_TLS_VALIDATOR_H

#include "wafer/context.h"
#include "wafer/ip.h"

/* Prepares for one handshake with `host`; the engine gets &validator->vtable. `minimal`
 * is BearSSL's validator. `der` takes the server's certificate, for as long as the
 * validator is asked; an address can be checked, and a time told, only when it fits. */
void wafer_tls_validator_init(struct wafer_tls_validator *validator, br_x509_minimal_context *minimal,
                              const char *host, wafer_ip_reader ip, uint8_t *der, size_t size);

/* The notBefore of the certificate that the server showed, trusted or not. Returns 0,
 * or WAFER_E_NOT_FOUND when none was kept. */
int wafer_tls_validator_not_before(const struct wafer_tls_validator *validator,
                                   int64_t *seconds) WAFER_MUST_CHECK;

/* From when and until when that certificate is valid; both are 0 when none was kept. */
void wafer_tls_validator_validity(const struct wafer_tls_validator *validator, int64_t *not_before,
                                  int64_t *not_after);

#endif
