/* What a certificate is limited to (RFC 5280 4.2.1.10, 4.2.1.12). */
#ifndef WAFER_X509_LIMITS_H
#define WAFER_X509_LIMITS_H

#include "format/x509.h"

/* Whether it may be a TLS server's, or stand above one: extKeyUsage is absent, or has
 * serverAuth or anyExtendedKeyUsage. Returns 1, 0, or WAFER_E_SYNTAX. */
int wafer_x509_for_server(const struct wafer_x509 *x509) WAFER_MUST_CHECK;

/* The value of nameConstraints, taken apart: lists of GeneralSubtree, each may be empty. */
struct wafer_x509_constraints {
    struct wafer_der permitted, excluded;
};

/* Reads the nameConstraints. Returns 1, 0 when there are none, or WAFER_E_SYNTAX. */
int wafer_x509_constraints(struct wafer_x509_constraints *constraints,
                           const struct wafer_x509 *x509) WAFER_MUST_CHECK;

/* Whether a certificate below may have the dNSName (a wildcard stands for itself) or the
 * iPAddress (4 or 16 octets). Returns 1, 0, or WAFER_E_SYNTAX. */
int wafer_x509_permits(const struct wafer_x509_constraints *constraints, enum wafer_x509_name kind,
                       const struct wafer_der *name) WAFER_MUST_CHECK;

#endif
