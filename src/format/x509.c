#include "format/x509.h"

#include <string.h>
#include "base/datetime.h"
#include "base/text.h"

/* clang-format off */
const uint8_t wafer_spki_p256[WAFER_SPKI_P256_SIZE] = {
    0x30, 0x59,
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, /* id-ecPublicKey */
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,       /* prime256v1 */
    0x03, 0x42, 0x00};
/* clang-format on */

static bool equals(const struct wafer_der *der, const void *data, size_t len)
{
    return der->len == len && memcmp(der->data, data, len) == 0;
}

static int take_time(struct wafer_der *in, int64_t *seconds)
{
    struct wafer_der time;
    int tag = wafer_der_next(in, &time);

    if (!(tag == WAFER_DER_UTC_TIME && time.len == 13) &&
        !(tag == WAFER_DER_GENERALIZED_TIME && time.len == 15)) {
        return WAFER_E_SYNTAX;
    }
    return wafer_time_asn1((const char *)time.data, time.len, seconds);
}

/*  Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE,
 *                           extnValue OCTET STRING } */
int wafer_x509_extension_next(struct wafer_der *list, struct wafer_der *oid, struct wafer_der *value)
{
    struct wafer_der extension;

    if (list->len == 0) {
        return 0;
    }
    int rc = wafer_der_expect(list, WAFER_DER_SEQUENCE, &extension);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_der_expect(&extension, WAFER_DER_OID, oid);
    if (rc < 0) {
        return rc;
    }
    int tag = wafer_der_next(&extension, value);
    if (tag == WAFER_DER_BOOLEAN) {
        tag = wafer_der_next(&extension, value);
    }
    return tag == WAFER_DER_OCTET_STRING && extension.len == 0 ? 1 : WAFER_E_SYNTAX;
}

/*  SubjectAltName ::= GeneralNames ::= SEQUENCE OF GeneralName; not more than one of it
 *  (RFC 5280 4.2). */
static int take_san(struct wafer_x509 *cert, struct wafer_der *value)
{
    if (cert->san.data != NULL) {
        return WAFER_E_SYNTAX;
    }
    int rc = wafer_der_expect(value, WAFER_DER_SEQUENCE, &cert->san);
    if (rc < 0) {
        return rc;
    }
    return value->len == 0 ? 0 : WAFER_E_SYNTAX;
}

int wafer_x509_extensions(struct wafer_x509 *cert, struct wafer_der *list)
{
    static const uint8_t subject_alt_name[] = {0x55, 0x1d, 0x11};
    struct wafer_der oid, value;
    int rc;

    while ((rc = wafer_x509_extension_next(list, &oid, &value)) > 0) {
        if (!equals(&oid, subject_alt_name, sizeof subject_alt_name)) {
            continue;
        }
        rc = take_san(cert, &value);
        if (rc < 0) {
            return rc;
        }
    }
    return rc;
}

/* What [3] holds: once, and nothing behind it. */
static int take_extensions(struct wafer_x509 *cert, struct wafer_der *content)
{
    if (cert->extensions.data != NULL) {
        return WAFER_E_SYNTAX;
    }
    int rc = wafer_der_expect(content, WAFER_DER_SEQUENCE, &cert->extensions);
    if (rc < 0) {
        return rc;
    }
    if (content->len != 0) {
        return WAFER_E_SYNTAX;
    }
    struct wafer_der list = cert->extensions;
    return wafer_x509_extensions(cert, &list);
}

/* What follows the key: issuerUniqueID [1], subjectUniqueID [2], extensions [3]. */
static int read_optional(struct wafer_x509 *cert, struct wafer_der *tbs)
{
    struct wafer_der content;
    int tag;

    while ((tag = wafer_der_next(tbs, &content)) > 0) {
        if (tag != (int)WAFER_DER_CONTEXT_CONSTRUCTED(3)) {
            continue;
        }
        int rc = take_extensions(cert, &content);
        if (rc < 0) {
            return rc;
        }
    }
    return tag == WAFER_E_NOT_FOUND ? 0 : tag;
}

/*  TBSCertificate ::= SEQUENCE { version [0] DEFAULT v1, serialNumber INTEGER, signature
 *      SEQUENCE, issuer Name, validity SEQUENCE { Time, Time }, subject Name,
 *      subjectPublicKeyInfo SEQUENCE, ... } */
static int read_tbs(struct wafer_x509 *cert, struct wafer_der *tbs)
{
    enum { SIGNATURE, ISSUER, VALIDITY, SUBJECT, SPKI, PARTS };
    struct wafer_der content, part[PARTS];
    int tag = wafer_der_next(tbs, &content);

    if (tag == (int)WAFER_DER_CONTEXT_CONSTRUCTED(0)) {
        tag = wafer_der_next(tbs, &content);
    }
    if (tag != WAFER_DER_INTEGER || content.len == 0 || wafer_der_sequence(tbs, "\x30\x30\x30\x30\x30", part) != 0 ||
        take_time(&part[VALIDITY], &cert->not_before) != 0 || take_time(&part[VALIDITY], &cert->not_after) != 0 ||
        part[VALIDITY].len != 0) {
        return WAFER_E_SYNTAX;
    }
    cert->issuer = part[ISSUER];
    cert->subject = part[SUBJECT];
    cert->spki = part[SPKI];
    return read_optional(cert, tbs);
}

int wafer_x509_parse(struct wafer_x509 *cert, const uint8_t *der, size_t len)
{
    struct wafer_der in = {der, len}, whole, part[3]; /* of it: TBS, algorithm, signature */

    memset(cert, 0, sizeof *cert);
    if (wafer_der_expect(&in, WAFER_DER_SEQUENCE, &whole) != 0 || in.len != 0 ||
        wafer_der_sequence(&whole, "\x30\x30\x03", part) != 0 || whole.len != 0) {
        return WAFER_E_SYNTAX;
    }
    return read_tbs(cert, &part[0]);
}

int wafer_x509_p256(const struct wafer_x509 *cert, uint8_t point[WAFER_POINT_SIZE])
{
    const uint8_t *data = cert->spki.data;
    const size_t head = WAFER_SPKI_P256_SIZE - 2; /* without tag and length */

    if (cert->spki.len != head + WAFER_POINT_SIZE || memcmp(data, wafer_spki_p256 + 2, head) != 0 ||
        data[head] != 0x04) {
        return WAFER_E_NOT_FOUND;
    }
    memcpy(point, data + head, WAFER_POINT_SIZE);
    return 0;
}

int wafer_x509_has_name(const struct wafer_x509 *cert, enum wafer_x509_name kind, const void *name, size_t len)
{
    struct wafer_der names = cert->san, found;
    int tag;

    while ((tag = wafer_der_next(&names, &found)) > 0) {
        if (tag == (int)kind && found.len == len &&
            (kind == WAFER_X509_DNS ? wafer_same_text((const char *)found.data, name, len)
                                    : memcmp(found.data, name, len) == 0)) {
            return 1;
        }
    }
    return 0;
}

int wafer_x509_san_count(const struct wafer_x509 *cert)
{
    struct wafer_der names = cert->san, name;
    int tag, count = 0;

    while ((tag = wafer_der_next(&names, &name)) > 0) {
        count++;
    }
    return tag == WAFER_E_NOT_FOUND ? count : tag;
}

/*  Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value }
 * Finds the value of the last commonName; returns its tag. */
static int find_common_name(const struct wafer_der *name, struct wafer_der *found)
{
    static const uint8_t common_name[] = {0x55, 0x04, 0x03};
    struct wafer_der sets = *name, set, pair, type, value;
    int tag, result = WAFER_E_NOT_FOUND;

    while (wafer_der_expect(&sets, WAFER_DER_SET, &set) == 0) {
        while (wafer_der_expect(&set, WAFER_DER_SEQUENCE, &pair) == 0) {
            if (wafer_der_expect(&pair, WAFER_DER_OID, &type) == 0 &&
                equals(&type, common_name, sizeof common_name) && (tag = wafer_der_next(&pair, &value)) > 0) {
                *found = value;
                result = tag;
            }
        }
    }
    return result;
}

int wafer_x509_common_name(const struct wafer_der *name, char *out, size_t size)
{
    struct wafer_der value = {(const uint8_t *)"", 0}; /* no name: pointing somewhere */
    int tag = find_common_name(name, &value);
    const char *at = (const char *)value.data, *end = at + value.len;

    if (tag < 0) {
        return tag;
    }
    if (value.len >= size) {
        return WAFER_E_SPACE;
    }
    while (at < end) {
        const char *start = at;
        int32_t code = wafer_utf8_next(&at, end);

        /* Malformed, a control character, or what another string type cannot have */
        if (code < 0x20 || (code >= 0x7f && (code < 0xa0 || tag != WAFER_DER_UTF8_STRING))) {
            *out++ = '?';
            at = start + 1;
            continue;
        }
        while (start < at) {
            *out++ = *start++;
        }
    }
    *out = 0;
    return (int)value.len;
}
