/* What wafer needs to know of an X.509 certificate (RFC 5280), read from DER in
 * memory. It checks form, not signatures. */
#ifndef WAFER_X509_H
#define WAFER_X509_H

#include <stdbool.h>
#include "format/der.h"
#include "wafer/signer.h"

/* The SubjectPublicKeyInfo of a P-256 key (RFC 5480) up to its point. */
#define WAFER_SPKI_P256_SIZE 26
extern const uint8_t wafer_spki_p256[WAFER_SPKI_P256_SIZE];

/* Pointers into the certificate's DER: the content of each element. */
struct wafer_x509 {
    struct wafer_der issuer;  /* Name */
    struct wafer_der subject; /* Name */
    struct wafer_der spki;    /* SubjectPublicKeyInfo */
    struct wafer_der san;     /* GeneralNames; empty when absent */
    struct wafer_der extensions; /* list of Extension; empty when absent */
    int64_t not_before, not_after;
    bool version_1; /* has no version, and so no extensions */
};

/* Reads one whole certificate. Returns 0, or WAFER_E_SYNTAX. */
int wafer_x509_parse(struct wafer_x509 *x509, const uint8_t *der, size_t len) WAFER_MUST_CHECK;

/* Takes the next Extension of a list: its OID and what its OCTET STRING holds. Returns 1,
 * 0 at the end, or WAFER_E_SYNTAX. */
int wafer_x509_extension_next(struct wafer_der *list, struct wafer_der *oid, struct wafer_der *value) WAFER_MUST_CHECK;

/* Extensions that wafer looks for: the last number of their OIDs below id-ce, 2.5.29. */
enum wafer_x509_extension {
    WAFER_X509_SUBJECT_ALT_NAME = 17,
    WAFER_X509_BASIC_CONSTRAINTS = 19,
    WAFER_X509_NAME_CONSTRAINTS = 30,
    WAFER_X509_EXT_KEY_USAGE = 37
};

/* Finds an extension in a list: what its OCTET STRING holds. Returns 1, 0 when there is none,
 * or WAFER_E_SYNTAX, also when it occurs twice (RFC 5280 4.2). */
int wafer_x509_extension(struct wafer_der list, uint8_t id, struct wafer_der *value) WAFER_MUST_CHECK;

/* Reads what wafer knows of a list of Extensions (content of the SEQUENCE). Returns 0,
 * or WAFER_E_SYNTAX, also when one occurs twice. */
int wafer_x509_extensions(struct wafer_x509 *x509, struct wafer_der *list) WAFER_MUST_CHECK;

/* Whether subject and issuer are the same (RFC 5280 3.2): a root is, but not only a root. */
bool wafer_x509_is_self_issued(const struct wafer_x509 *x509);

/* The public key when it is an uncompressed P-256 point: 0, else
 * WAFER_E_NOT_FOUND. */
int wafer_x509_p256(const struct wafer_x509 *x509, uint8_t point[WAFER_POINT_SIZE]) WAFER_MUST_CHECK;

/* GeneralNames that matter, by their tags. */
enum wafer_x509_name { WAFER_X509_DNS = 0x82, WAFER_X509_IP = 0x87 };

/* Whether the SAN has the dNSName (case-insensitive, wildcards not expanded) or
 * the iPAddress (4 or 16 octets): 1 or 0. */
int wafer_x509_has_name(const struct wafer_x509 *x509, enum wafer_x509_name kind, const void *name,
                        size_t len);

/* Copies a commonName from a Name (the last one), with a NUL; other octets than
 * printable ASCII and UTF-8 become "?". Returns its length, WAFER_E_NOT_FOUND or
 * WAFER_E_SPACE. */
int wafer_x509_common_name(const struct wafer_der *name, char *out, size_t size) WAFER_MUST_CHECK;

#endif
