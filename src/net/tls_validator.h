/* An X.509 validator that wraps BearSSL's and does what that does not. It refuses more, or
 * leaves certificates out, so that BearSSL's gets a chain, in which each certificate is
 * issued by the next:
 *
 *  - a server that is named by its address must have it as iPAddress (RFC 2818 3.1, RFC 6125 1.7.2);
 *  - certificates that are not the issuer of the one before are passed over: sent twice, or
 *    of somebody else; so are issuers that have expired, for another may follow;
 *  - RSA keys have 2048 bits or more, a certificate with extKeyUsage serverAuth; and the wanted
 *    name and those of the server's certificate observe the nameConstraints above it.
 *
 * get_pkey is of use only after end_chain has returned 0. */
#ifndef WAFER_TLS_VALIDATOR_H
#define WAFER_TLS_VALIDATOR_H

#include "wafer/context.h"
#include "wafer/ip.h"

/* Prepares for one handshake with `host` at `now`; the engine gets &v->vtable. `minimal` is
 * BearSSL's validator. `der` takes one certificate after the other, and the names of the
 * first: what does not fit is left out. */
void wafer_tls_validator_init(struct wafer_tls_validator *v, br_x509_minimal_context *minimal, const char *host,
                              wafer_ip_reader ip, int64_t now, uint8_t *der, size_t size);

/* The latest notBefore of the chain that the server showed, trusted or not: the time at which
 * all of it has begun. Returns 0, or WAFER_E_NOT_FOUND when none was read. */
int wafer_tls_validator_not_before(const struct wafer_tls_validator *v, int64_t *seconds) WAFER_MUST_CHECK;

#endif
