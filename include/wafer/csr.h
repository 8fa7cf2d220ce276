/* Certification requests (PKCS#10, RFC 2986). A request that somebody else made lets its
 * key stay where it is: wafer only gets the certificate. The functions here keep nothing
 * and may be called from any task, also at the same time. */
#ifndef WAFER_CSR_H
#define WAFER_CSR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"
#include "wafer/ip.h"
#include "wafer/signer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes a request for `count` names, in their order, signed by `signer`: dNSName for
 * DNS names, iPAddress for what `ip` reads as an address (wafer_ip_parse, RFC 8738; NULL:
 * there are DNS names alone). The subject is empty: the names stand in the subjectAltName.
 * Asks the signer for its public key once and for one signature. Returns the length of the
 * DER at the start of `out` (about 270 octets and the names), WAFER_E_SPACE when `size` is
 * too small, WAFER_E_KEY when the signer fails. */
int wafer_csr_write(uint8_t *out, size_t size, const char *const *names, size_t count,
                    const struct wafer_signer *signer, wafer_ip_reader ip) WAFER_MUST_CHECK;

/* Copies name number `index` of the request's subjectAltName with a NUL: a DNS name, or
 * an IP address as text. Returns its length, WAFER_E_NOT_FOUND past the last,
 * WAFER_E_SPACE, or WAFER_E_SYNTAX for what is no request in DER or has names of
 * other kinds. The signature is not checked. */
int wafer_csr_name(const uint8_t *der, size_t len, unsigned index, char *name, size_t size) WAFER_MUST_CHECK;

/* A request that somebody else made and signed, for wafer_issue. */
struct wafer_csr {
    const uint8_t *der;
    size_t len;
    /* Whether a certificate (SubjectPublicKeyInfo, content of the SEQUENCE) is for its key. */
    bool (*has_key)(const struct wafer_csr *csr, const uint8_t *spki, size_t len);
};

/* Takes a request in DER, which must stay as long as `csr` is used. Returns 0, or
 * WAFER_E_SYNTAX for what is none. The signature is not checked. */
int wafer_csr_open(struct wafer_csr *csr, const uint8_t *der, size_t len) WAFER_MUST_CHECK;

/* Whether a certificate in DER is for the request's key: 1 or 0; WAFER_E_SYNTAX for what is no certificate. */
int wafer_csr_fits(const struct wafer_csr *csr, const uint8_t *certificate, size_t len) WAFER_MUST_CHECK;

/* The names that a request asks for, as struct wafer_request takes them: up to `max` pointers
 * in `names` to strings that are packed in `memory` of `size` octets. Both must stay as long
 * as they are used. Returns how many there are, WAFER_E_NOT_FOUND when there is none,
 * WAFER_E_SPACE when they do not fit, WAFER_E_SYNTAX for names of other kinds. */
int wafer_csr_names(const struct wafer_csr *csr, const char **names, size_t max, char *memory,
                    size_t size) WAFER_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
