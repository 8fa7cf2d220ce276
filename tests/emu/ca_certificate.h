/* Certificates of the emulated CA, and of its server. */
#ifndef EMU_CA_CERTIFICATE_H
#define EMU_CA_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wafer/signer.h"

#define CA_DER 2048

struct ca_certificate {
    const char *issuer, *subject; /* commonName */
    int64_t not_before, not_after;
    const uint8_t *point; /* of the public key */
    const char *const *names;
    unsigned name_count;
    bool is_ca;
    uint32_t serial;
    struct wafer_key *signer; /* NULL: a signature that nobody looks at */
    bool breaks;              /* the signature is a wrong one */
};

/* Writes it in DER. Returns its length. */
size_t ca_write_certificate(const struct ca_certificate *what, uint8_t der[CA_DER]);

/* The keys of the CA: of its root, of two issuers, and of its server. */
enum ca_key { CA_ROOT_KEY, CA_ISSUER_KEY, CA_OTHER_ISSUER_KEY, CA_SERVER_KEY, CA_STRANGER_KEY, CA_KEYS };
struct wafer_key *ca_key(enum ca_key which);

#endif
