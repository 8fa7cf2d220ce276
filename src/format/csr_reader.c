/* A certification request taken apart: whose key it has, and for which names. */
#include "format/csr_reader.h"
#include <string.h>
#include "base/buf.h"

/*  Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET OF ANY }; the one that
 *  counts is extensionRequest (RFC 2985 5.4.2). */
static int take_attribute(struct wafer_x509 *x509, struct wafer_der *attribute)
{
    static const uint8_t extension_request[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e};
    struct wafer_der type, values, list;
    int rc = wafer_der_expect(attribute, WAFER_DER_OID, &type);
    if (rc < 0) {
        return rc;
    }
    if (!wafer_der_equals(&type, extension_request, sizeof extension_request)) {
        return 0;
    }
    rc = wafer_der_expect(attribute, WAFER_DER_SET, &values);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_der_expect(&values, WAFER_DER_SEQUENCE, &list);
    if (rc < 0) {
        return rc;
    }
    return wafer_x509_extensions(x509, &list);
}

static int take_attributes(struct wafer_x509 *x509, struct wafer_der *attributes)
{
    struct wafer_der attribute;
    while (attributes->len > 0) {
        int rc = wafer_der_expect(attributes, WAFER_DER_SEQUENCE, &attribute);
        if (rc < 0) {
            return rc;
        }
        rc = take_attribute(x509, &attribute);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

int wafer_csr_read(struct wafer_x509 *x509, const uint8_t *der, size_t len)
{
    enum { VERSION, SUBJECT, SPKI, ATTRIBUTES, PARTS };
    struct wafer_der in = {der, len}, request, info, part[PARTS];
    memset(x509, 0, sizeof *x509);
    int rc = wafer_der_expect(&in, WAFER_DER_SEQUENCE, &request);
    if (rc < 0) {
        return rc;
    }
    if (in.len != 0) {
        return WAFER_E_SYNTAX;
    }
    rc = wafer_der_expect(&request, WAFER_DER_SEQUENCE, &info);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_der_sequence(&info, "\x02\x30\x30\xa0", part);
    if (rc < 0) {
        return rc;
    }
    x509->subject = part[SUBJECT];
    x509->spki = part[SPKI];
    return take_attributes(x509, &part[ATTRIBUTES]);
}

/* An iPAddress as text: dotted, or eight groups of four digits. */
static void append_address(struct wafer_buf *out, const struct wafer_der *address)
{
    static const char digits[] = "0123456789abcdef";
    bool ipv4 = address->len == 4;
    for (size_t i = 0; i < address->len; i++) {
        uint8_t octet = address->data[i];
        if (i > 0 && (ipv4 || i % 2 == 0)) {
            wafer_buf_byte(out, ipv4 ? '.' : ':');
        }
        if (ipv4) {
            wafer_buf_uint(out, octet);
        } else {
            wafer_buf_byte(out, (uint8_t)digits[octet >> 4]);
            wafer_buf_byte(out, (uint8_t)digits[octet & 15]);
        }
    }
}

/* Entry number `index` of the names: returns its tag, or WAFER_E_NOT_FOUND past the last. */
static int find_name(const struct wafer_x509 *x509, unsigned index, struct wafer_der *found)
{
    struct wafer_der names = x509->san;
    int tag = wafer_der_next(&names, found);
    while (tag > 0 && index-- > 0) {
        tag = wafer_der_next(&names, found);
    }
    return tag;
}

int wafer_csr_name(const uint8_t *der, size_t len, unsigned index, char *name, size_t size)
{
    struct wafer_x509 x509;
    struct wafer_der found;
    struct wafer_buf out;
    int rc = wafer_csr_read(&x509, der, len);
    if (rc < 0) {
        return rc;
    }
    int tag = find_name(&x509, index, &found);
    if (tag < 0) {
        return tag;
    }
    wafer_buf_init(&out, name, size);
    if (tag == WAFER_X509_DNS) {
        wafer_buf_append(&out, found.data, found.len);
    } else if (tag == WAFER_X509_IP && (found.len == 4 || found.len == 16)) {
        append_address(&out, &found);
    } else {
        return WAFER_E_SYNTAX;
    }
    (void)wafer_buf_string(&out);
    return wafer_buf_status(&out);
}

static bool has_key(const struct wafer_csr *csr, const uint8_t *spki, size_t len)
{
    struct wafer_x509 x509;
    int rc = wafer_csr_read(&x509, csr->der, csr->len);
    return rc == 0 && wafer_der_equals(&x509.spki, spki, len);
}

int wafer_csr_open(struct wafer_csr *csr, const uint8_t *der, size_t len)
{
    struct wafer_x509 x509;
    csr->der = der;
    csr->len = len;
    csr->has_key = has_key;
    return wafer_csr_read(&x509, der, len);
}

int wafer_csr_names(const struct wafer_csr *csr, const char **names, size_t max, char *memory, size_t size)
{
    for (size_t count = 0;; count++) {
        int len = wafer_csr_name(csr->der, csr->len, (unsigned)count, memory, size);
        if (len == WAFER_E_NOT_FOUND && count > 0) {
            return (int)count;
        }
        if (len < 0) {
            return len;
        }
        if (count == max) {
            return WAFER_E_SPACE;
        }
        names[count] = memory;
        memory += len + 1;
        size -= (size_t)len + 1;
    }
}

int wafer_csr_fits(const struct wafer_csr *csr, const uint8_t *certificate, size_t len)
{
    struct wafer_x509 x509;
    int rc = wafer_x509_parse(&x509, certificate, len);
    return rc < 0 ? rc : csr->has_key(csr, x509.spki.data, x509.spki.len);
}
