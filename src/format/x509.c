/* A certificate taken apart: names, validity, key. */
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

static int take_time(struct wafer_der *in, int64_t *seconds)
{
    struct wafer_der time;
    int tag = wafer_der_next(in, &time);
    bool utc = tag == WAFER_DER_UTC_TIME && time.len == 13;
    bool generalized = tag == WAFER_DER_GENERALIZED_TIME && time.len == 15;

    if (!utc && !generalized) {
        return WAFER_E_SYNTAX;
    }
    return wafer_time_asn1((const char *)time.data, time.len, seconds);
}

/* The one element that `in` consists of. */
static int take_only(struct wafer_der *in, uint8_t tag, struct wafer_der *content)
{
    int rc = wafer_der_expect(in, tag, content);
    if (rc < 0) {
        return rc;
    }
    if (in->len != 0) {
        return WAFER_E_SYNTAX;
    }
    return 0;
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

int wafer_x509_extension(struct wafer_der list, uint8_t id, struct wafer_der *value)
{
    const uint8_t id_ce[] = {0x55, 0x1d, id};
    struct wafer_der oid, content;
    int rc, found = 0;

    while ((rc = wafer_x509_extension_next(&list, &oid, &content)) > 0) {
        if (wafer_der_equals(&oid, id_ce, sizeof id_ce)) {
            *value = content;
            found++;
        }
    }
    if (rc < 0) {
        return rc;
    }
    return found > 1 ? WAFER_E_SYNTAX : found;
}

/*  SubjectAltName ::= GeneralNames ::= SEQUENCE OF GeneralName */
int wafer_x509_extensions(struct wafer_x509 *x509, struct wafer_der *list)
{
    struct wafer_der value;
    int rc = wafer_x509_extension(*list, WAFER_X509_SUBJECT_ALT_NAME, &value);
    if (rc <= 0) {
        return rc;
    }
    if (x509->san.data != NULL) { /* of another list of the same request */
        return WAFER_E_SYNTAX;
    }
    return take_only(&value, WAFER_DER_SEQUENCE, &x509->san);
}

/* What [3] holds: once, and nothing behind it. */
static int take_extensions(struct wafer_x509 *x509, struct wafer_der *content)
{
    if (x509->extensions.data != NULL) {
        return WAFER_E_SYNTAX;
    }
    int rc = take_only(content, WAFER_DER_SEQUENCE, &x509->extensions);
    if (rc < 0) {
        return rc;
    }
    return wafer_x509_extensions(x509, &x509->extensions);
}

/* What follows the key: issuerUniqueID [1], subjectUniqueID [2], extensions [3]. */
static int take_optional_parts(struct wafer_x509 *x509, struct wafer_der *tbs)
{
    struct wafer_der content;
    int tag;

    while ((tag = wafer_der_next(tbs, &content)) > 0) {
        if (tag != (int)WAFER_DER_CONTEXT_CONSTRUCTED(3)) {
            continue;
        }
        int rc = take_extensions(x509, &content);
        if (rc < 0) {
            return rc;
        }
    }
    if (tag != WAFER_E_NOT_FOUND) {
        return tag;
    }
    return 0;
}

static int take_validity(struct wafer_x509 *x509, struct wafer_der *validity)
{
    int rc = take_time(validity, &x509->not_before);
    if (rc < 0) {
        return rc;
    }
    rc = take_time(validity, &x509->not_after);
    if (rc < 0) {
        return rc;
    }
    if (validity->len != 0) {
        return WAFER_E_SYNTAX;
    }
    return 0;
}

/*  TBSCertificate ::= SEQUENCE { version [0] DEFAULT v1, serialNumber INTEGER, signature
 *      SEQUENCE, issuer Name, validity SEQUENCE { Time, Time }, subject Name,
 *      subjectPublicKeyInfo SEQUENCE, ... } */
static int take_tbs(struct wafer_x509 *x509, struct wafer_der *tbs)
{
    enum { SIGNATURE, ISSUER, VALIDITY, SUBJECT, SPKI, PARTS };
    struct wafer_der content, part[PARTS];
    int tag = wafer_der_next(tbs, &content);

    x509->version_1 = tag != (int)WAFER_DER_CONTEXT_CONSTRUCTED(0);
    if (!x509->version_1) {
        tag = wafer_der_next(tbs, &content);
    }
    if (tag != WAFER_DER_INTEGER || content.len == 0) {
        return WAFER_E_SYNTAX;
    }
    int rc = wafer_der_sequence(tbs, "\x30\x30\x30\x30\x30", part);
    if (rc < 0) {
        return rc;
    }
    rc = take_validity(x509, &part[VALIDITY]);
    if (rc < 0) {
        return rc;
    }
    x509->issuer = part[ISSUER];
    x509->subject = part[SUBJECT];
    x509->spki = part[SPKI];
    return take_optional_parts(x509, tbs);
}

int wafer_x509_parse(struct wafer_x509 *x509, const uint8_t *der, size_t len)
{
    struct wafer_der in = {der, len}, whole, part[3]; /* of it: TBS, algorithm, signature */

    memset(x509, 0, sizeof *x509);
    int rc = take_only(&in, WAFER_DER_SEQUENCE, &whole);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_der_sequence(&whole, "\x30\x30\x03", part);
    if (rc < 0) {
        return rc;
    }
    if (whole.len != 0) {
        return WAFER_E_SYNTAX;
    }
    return take_tbs(x509, &part[0]);
}

bool wafer_x509_is_self_issued(const struct wafer_x509 *x509)
{
    return wafer_der_equals(&x509->subject, x509->issuer.data, x509->issuer.len);
}

int wafer_x509_p256(const struct wafer_x509 *x509, uint8_t point[WAFER_POINT_SIZE])
{
    const uint8_t *data = x509->spki.data;
    const size_t head = WAFER_SPKI_P256_SIZE - 2; /* without tag and length */

    if (x509->spki.len != head + WAFER_POINT_SIZE || memcmp(data, wafer_spki_p256 + 2, head) != 0 ||
        data[head] != 0x04) {
        return WAFER_E_NOT_FOUND;
    }
    memcpy(point, data + head, WAFER_POINT_SIZE);
    return 0;
}

static bool is_same_name(enum wafer_x509_name kind, const struct wafer_der *found, const void *name,
                         size_t len)
{
    if (kind == WAFER_X509_DNS && found->len == len) {
        return wafer_same_text((const char *)found->data, name, len);
    }
    return wafer_der_equals(found, name, len);
}

int wafer_x509_has_name(const struct wafer_x509 *x509, enum wafer_x509_name kind, const void *name,
                        size_t len)
{
    struct wafer_der names = x509->san, found;
    int tag;

    while ((tag = wafer_der_next(&names, &found)) > 0) {
        if (tag == (int)kind && is_same_name(kind, &found, name, len)) {
            return 1;
        }
    }
    return 0;
}

/* One type and value of a Name: its tag when it is a commonName, else 0 or an error. */
static int take_common_name(struct wafer_der *pair, struct wafer_der *value)
{
    static const uint8_t common_name[] = {0x55, 0x04, 0x03};
    struct wafer_der type;
    int rc = wafer_der_expect(pair, WAFER_DER_OID, &type);
    if (rc < 0 || !wafer_der_equals(&type, common_name, sizeof common_name)) {
        return rc;
    }
    return wafer_der_next(pair, value);
}

/*  Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value }
 * Finds the value of the last commonName; returns its tag. */
static int find_common_name(const struct wafer_der *name, struct wafer_der *found)
{
    struct wafer_der sets = *name, set, pair, value;
    int rc = WAFER_E_NOT_FOUND;

    while (wafer_der_next(&sets, &set) == WAFER_DER_SET) {
        while (wafer_der_next(&set, &pair) == WAFER_DER_SEQUENCE) {
            int tag = take_common_name(&pair, &value);
            if (tag > 0) {
                *found = value;
                rc = tag;
            }
        }
    }
    return rc;
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
