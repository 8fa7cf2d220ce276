/* Extended key usage and name constraints. */
#include "format/x509_limits.h"

#include <string.h>
#include "base/text.h"

/*  ExtKeyUsageSyntax ::= SEQUENCE OF KeyPurposeId; id-kp-serverAuth 1.3.6.1.5.5.7.3.1,
 *  anyExtendedKeyUsage 2.5.29.37.0 */
int wafer_x509_for_server(const struct wafer_x509 *x509)
{
    static const uint8_t server_auth[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01};
    static const uint8_t any[] = {0x55, 0x1d, 0x25, 0x00};
    struct wafer_der value, purposes, oid;
    int rc = wafer_x509_extension(x509->extensions, WAFER_X509_EXT_KEY_USAGE, &value);
    if (rc <= 0) {
        return rc < 0 ? rc : 1;
    }
    rc = wafer_der_expect(&value, WAFER_DER_SEQUENCE, &purposes);
    if (rc < 0) {
        return rc;
    }
    while (purposes.len > 0) {
        rc = wafer_der_expect(&purposes, WAFER_DER_OID, &oid);
        if (rc < 0) {
            return rc;
        }
        if (wafer_der_equals(&oid, server_auth, sizeof server_auth) || wafer_der_equals(&oid, any, sizeof any)) {
            return 1;
        }
    }
    return 0;
}

/*  NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL,
 *                                 excludedSubtrees [1] GeneralSubtrees OPTIONAL } */
int wafer_x509_constraints(struct wafer_x509_constraints *constraints, const struct wafer_x509 *x509)
{
    struct wafer_der value, both;
    memset(constraints, 0, sizeof *constraints);
    int rc = wafer_x509_extension(x509->extensions, WAFER_X509_NAME_CONSTRAINTS, &value);
    if (rc <= 0) {
        return rc;
    }
    rc = wafer_der_expect(&value, WAFER_DER_SEQUENCE, &both);
    if (rc < 0) {
        return rc;
    }
    if (both.len > 0 && both.data[0] == WAFER_DER_CONTEXT_CONSTRUCTED(0)) {
        rc = wafer_der_expect(&both, WAFER_DER_CONTEXT_CONSTRUCTED(0), &constraints->permitted);
    }
    if (rc >= 0 && both.len > 0) {
        rc = wafer_der_expect(&both, WAFER_DER_CONTEXT_CONSTRUCTED(1), &constraints->excluded);
    }
    if (rc < 0 || both.len > 0) {
        return WAFER_E_SYNTAX;
    }
    return 1;
}

/* A domain holds itself and what is below it; with a leading dot only what is below, "" all. */
static int is_below(const struct wafer_der *domain, const struct wafer_der *name)
{
    size_t above = name->len - domain->len; /* octets before the domain */
    if (name->len < domain->len ||
        !wafer_same_text((const char *)name->data + above, (const char *)domain->data, domain->len)) {
        return 0;
    }
    return above == 0 || domain->len == 0 || domain->data[0] == '.' || name->data[above - 1] == '.';
}

/* The base is an address and its mask, of IPv4 or of IPv6. */
static int is_in_network(const struct wafer_der *range, const struct wafer_der *address)
{
    if (range->len != 8 && range->len != 32) {
        return WAFER_E_SYNTAX;
    }
    if (range->len != 2 * address->len) {
        return 0;
    }
    for (size_t i = 0; i < address->len; i++) {
        if (((range->data[i] ^ address->data[i]) & range->data[address->len + i]) != 0) {
            return 0;
        }
    }
    return 1;
}

/*  GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, maximum [1] }; the
 *  two are not used (RFC 5280 4.2.1.10), so what has them is not understood.
 * Returns whether one of the bases holds the name; when none is of its kind, `none`. */
static int is_in_any(struct wafer_der subtrees, enum wafer_x509_name kind, const struct wafer_der *name,
                     int none)
{
    struct wafer_der subtree, base;
    int found = none;
    while (subtrees.len > 0) {
        int rc = wafer_der_expect(&subtrees, WAFER_DER_SEQUENCE, &subtree);
        if (rc < 0) {
            return rc;
        }
        int tag = wafer_der_next(&subtree, &base);
        if (tag < 0 || subtree.len != 0) {
            return WAFER_E_SYNTAX;
        }
        if (tag != (int)kind) {
            continue;
        }
        found = kind == WAFER_X509_DNS ? is_below(&base, name) : is_in_network(&base, name);
        if (found != 0) {
            return found;
        }
    }
    return found;
}

int wafer_x509_permits(const struct wafer_x509_constraints *constraints, enum wafer_x509_name kind,
                       const struct wafer_der *name)
{
    int rc = is_in_any(constraints->excluded, kind, name, 0);
    if (rc != 0) {
        return rc < 0 ? rc : 0;
    }
    return is_in_any(constraints->permitted, kind, name, 1);
}
