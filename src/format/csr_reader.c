#include "format/csr_reader.h"
#include <string.h>
#include "base/buf.h"

/*  Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET OF ANY }; the one that
 *  counts is extensionRequest (RFC 2985 5.4.2). */
static int read_attribute(struct wafer_x509 *cert, struct wafer_der *attribute)
{
    static const uint8_t extension_request[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e};
    struct wafer_der type, values, list;
    if (wafer_der_expect(attribute, WAFER_DER_OID, &type) < 0) {
        return WAFER_E_SYNTAX;
    }
    if (type.len != sizeof extension_request || memcmp(type.data, extension_request, type.len) != 0) {
        return 0;
    }
    if (wafer_der_expect(attribute, WAFER_DER_SET, &values) < 0 ||
        wafer_der_expect(&values, WAFER_DER_SEQUENCE, &list) < 0) {
        return WAFER_E_SYNTAX;
    }
    return wafer_x509_extensions(cert, &list);
}

int wafer_csr_read(struct wafer_x509 *cert, const uint8_t *der, size_t len)
{
    enum { VERSION, SUBJECT, SPKI, ATTRIBUTES, PARTS };
    struct wafer_der in = {der, len}, request, info, part[PARTS], attribute;
    memset(cert, 0, sizeof *cert);
    if (wafer_der_expect(&in, WAFER_DER_SEQUENCE, &request) < 0 || in.len != 0 ||
        wafer_der_expect(&request, WAFER_DER_SEQUENCE, &info) < 0 ||
        wafer_der_sequence(&info, "\x02\x30\x30\xa0", part) < 0) {
        return WAFER_E_SYNTAX;
    }
    cert->subject = part[SUBJECT];
    cert->spki = part[SPKI];
    while (part[ATTRIBUTES].len > 0) {
        if (wafer_der_expect(&part[ATTRIBUTES], WAFER_DER_SEQUENCE, &attribute) < 0 ||
            read_attribute(cert, &attribute) < 0) {
            return WAFER_E_SYNTAX;
        }
    }
    return 0;
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

int wafer_csr_name(const uint8_t *der, size_t len, unsigned index, char *name, size_t size)
{
    struct wafer_x509 cert;
    struct wafer_der names, found;
    struct wafer_buf out;
    int tag;
    if (wafer_csr_read(&cert, der, len) < 0) {
        return WAFER_E_SYNTAX;
    }
    names = cert.san;
    do {
        tag = wafer_der_next(&names, &found);
    } while (tag > 0 && index-- > 0);
    if (tag < 0) {
        return tag;
    }
    wafer_buf_init(&out, name, size);
    if (tag == (int)WAFER_DER_CONTEXT(2)) {
        wafer_buf_append(&out, found.data, found.len);
    } else if (tag == (int)WAFER_DER_CONTEXT(7) && (found.len == 4 || found.len == 16)) {
        append_address(&out, &found);
    } else {
        return WAFER_E_SYNTAX;
    }
    (void)wafer_buf_string(&out);
    return wafer_buf_status(&out);
}
