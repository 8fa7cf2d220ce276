/* Writes certificates small: what RFC 5280 asks for and a client looks at. */
#include "ca_certificate.h"
#include "ca.h"
#include <bearssl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "format/der.h"
#include "format/x509.h"

#define DAY           86400
#define GENERAL_SINCE 2524608000 /* 2050: GeneralizedTime */
#define PEM_LINE      64u

static const uint8_t ecdsa_with_sha256[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                            0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
static const uint8_t common_name[] = {0x06, 0x03, 0x55, 0x04, 0x03};
static const uint8_t subject_alt_name[] = {0x06, 0x03, 0x55, 0x1d, 0x11};
/* clang-format off */
static const uint8_t ca_extensions[] = {
    0x30, 0x0f, 0x06, 0x03, 0x55, 0x1d, 0x13, 0x01, 0x01, 0xff, 0x04, 0x05, 0x30, 0x03, 0x01, 0x01, 0xff, /* CA */
    0x30, 0x0e, 0x06, 0x03, 0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff, 0x04, 0x04, 0x03, 0x02, 0x01, 0x06}; /* signs */
static const uint8_t leaf_extensions[] = {
    0x30, 0x0e, 0x06, 0x03, 0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff, 0x04, 0x04, 0x03, 0x02, 0x07, 0x80,
    0x30, 0x13, 0x06, 0x03, 0x55, 0x1d, 0x25, 0x04, 0x0c, 0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07,
    0x03, 0x01}; /* serverAuth */
/* clang-format on */

struct wafer_key *ca_key(enum ca_key which)
{
    static struct wafer_key keys[CA_KEYS];
    if (keys[which].point[0] == 0) {
        uint8_t secret[WAFER_KEY_SIZE];
        memset(secret, (int)(0x11u + which), sizeof secret);
        if (wafer_key_load(&keys[which], secret) < 0) {
            abort();
        }
    }
    return &keys[which];
}

/* --- DER, backwards --- */

static void put_name(struct wafer_der_writer *out, const char *text)
{
    size_t mark = out->pos;
    wafer_der_primitive(out, WAFER_DER_UTF8_STRING, text, strlen(text));
    wafer_der_raw(out, common_name, sizeof common_name);
    wafer_der_wrap(out, WAFER_DER_SEQUENCE, mark);
    wafer_der_wrap(out, WAFER_DER_SET, mark);
    wafer_der_wrap(out, WAFER_DER_SEQUENCE, mark);
}

static void put_time(struct wafer_der_writer *out, int64_t seconds)
{
    char text[24];
    struct tm tm;
    time_t time = (time_t)seconds;
    bool general = seconds >= GENERAL_SINCE;
    gmtime_r(&time, &tm);
    size_t len = strftime(text, sizeof text, general ? "%Y%m%d%H%M%SZ" : "%y%m%d%H%M%SZ", &tm);
    wafer_der_primitive(out, general ? WAFER_DER_GENERALIZED_TIME : WAFER_DER_UTC_TIME, text, len);
}

static void put_extensions(struct wafer_der_writer *out, const struct ca_certificate *what)
{
    size_t mark = out->pos;
    if (what->name_count > 0) {
        for (unsigned i = what->name_count; i-- > 0;) {
            wafer_der_primitive(out, WAFER_X509_DNS, what->names[i], strlen(what->names[i]));
        }
        wafer_der_wrap(out, WAFER_DER_SEQUENCE, mark);
        wafer_der_wrap(out, WAFER_DER_OCTET_STRING, mark);
        wafer_der_raw(out, subject_alt_name, sizeof subject_alt_name);
        wafer_der_wrap(out, WAFER_DER_SEQUENCE, mark);
    }
    if (what->is_ca) {
        wafer_der_raw(out, ca_extensions, sizeof ca_extensions);
    } else {
        wafer_der_raw(out, leaf_extensions, sizeof leaf_extensions);
    }
    wafer_der_wrap(out, WAFER_DER_SEQUENCE, mark);
    wafer_der_wrap(out, WAFER_DER_CONTEXT_CONSTRUCTED(3), mark);
}

static void put_to_be_signed(struct wafer_der_writer *out, const struct ca_certificate *what)
{
    static const uint8_t version_3[] = {0xa0, 3, 2, 1, 2};
    const uint8_t serial[5] = {1, (uint8_t)(what->serial >> 24), (uint8_t)(what->serial >> 16),
                               (uint8_t)(what->serial >> 8), (uint8_t)what->serial};
    size_t mark = out->pos;
    put_extensions(out, what);
    wafer_der_raw(out, what->point, WAFER_POINT_SIZE);
    wafer_der_raw(out, wafer_spki_p256, WAFER_SPKI_P256_SIZE);
    put_name(out, what->subject);
    size_t validity = out->pos;
    put_time(out, what->not_after);
    put_time(out, what->not_before);
    wafer_der_wrap(out, WAFER_DER_SEQUENCE, validity);
    put_name(out, what->issuer);
    wafer_der_raw(out, ecdsa_with_sha256, sizeof ecdsa_with_sha256);
    wafer_der_unsigned(out, serial, sizeof serial);
    wafer_der_raw(out, version_3, sizeof version_3);
    wafer_der_wrap(out, WAFER_DER_SEQUENCE, mark);
}

/* ECDSA over the octets; returns the length of the signature's DER. */
static size_t sign(const struct ca_certificate *what, const uint8_t *data, size_t len, uint8_t signature[80])
{
    uint8_t hash[32];
    br_sha256_context sha;
    memset(signature, 0x5a, WAFER_SIGNATURE_SIZE);
    if (what->signer != NULL) {
        const struct wafer_signer signer = wafer_key_signer(what->signer);
        br_sha256_init(&sha);
        br_sha256_update(&sha, data, len);
        br_sha256_out(&sha, hash);
        hash[7] ^= what->breaks;
        if (signer.sign(signer.ctx, hash, signature) != 0) {
            abort();
        }
    }
    return br_ecdsa_raw_to_asn1(signature, WAFER_SIGNATURE_SIZE);
}

size_t ca_write_certificate(const struct ca_certificate *what, uint8_t der[CA_DER])
{
    struct wafer_der_writer out;
    uint8_t signed_part[CA_DER], signature[80];
    wafer_der_begin(&out, signed_part, sizeof signed_part);
    put_to_be_signed(&out, what);
    int len = wafer_der_end(&out);
    if (len < 0) {
        abort();
    }
    size_t signature_len = sign(what, signed_part, (size_t)len, signature);
    wafer_der_begin(&out, der, CA_DER);
    wafer_der_raw(&out, signature, signature_len);
    wafer_der_raw(&out, "", 1); /* no unused bits */
    wafer_der_wrap(&out, WAFER_DER_BIT_STRING, CA_DER);
    wafer_der_raw(&out, ecdsa_with_sha256, sizeof ecdsa_with_sha256);
    wafer_der_raw(&out, signed_part, (size_t)len);
    wafer_der_wrap(&out, WAFER_DER_SEQUENCE, CA_DER);
    len = wafer_der_end(&out);
    if (len < 0) {
        abort();
    }
    return (size_t)len;
}

/* --- chains --- */

static void add_pem(struct ca_reply *reply, const uint8_t *der, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *to = reply->body + reply->body_len;
    unsigned column = 0;
    if (sizeof reply->body - reply->body_len < 2 * len + 100) {
        return;
    }
    to += strlen(strcpy(to, "-----BEGIN CERTIFICATE-----\n"));
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = (uint32_t)der[i] << 16 | (i + 1 < len ? (uint32_t)der[i + 1] << 8 : 0) |
                        (i + 2 < len ? der[i + 2] : 0u);
        *to++ = digits[bits >> 18];
        *to++ = digits[bits >> 12 & 63];
        *to++ = i + 1 < len ? digits[bits >> 6 & 63] : '=';
        *to++ = i + 2 < len ? digits[bits & 63] : '=';
        column += 4;
        if (column == PEM_LINE || i + 3 >= len) {
            *to++ = '\n';
            column = 0;
        }
    }
    to += strlen(strcpy(to, "-----END CERTIFICATE-----\n"));
    reply->body_len = (size_t)(to - reply->body);
}

/* The issuers are always the same: each is made once. */
static void add_issuer(struct ca_reply *reply, enum ca_key which)
{
    static uint8_t ders[CA_KEYS][CA_DER];
    static size_t lens[CA_KEYS];
    if (lens[which] == 0) {
        const struct ca_certificate issuer = {
            .issuer = which == CA_ISSUER_KEY ? "emulated root" : "other emulated root",
            .subject = which == CA_ISSUER_KEY ? "emulated issuer" : "other emulated issuer",
            .not_before = 1577836800,
            .not_after = 4102444799,
            .point = ca_key(which)->point,
            .is_ca = true,
            .serial = which,
            .signer = ca_key(CA_ROOT_KEY)};
        lens[which] = ca_write_certificate(&issuer, ders[which]);
    }
    add_pem(reply, ders[which], lens[which]);
}

/* `names` has room for one more. */
static void spoil(struct ca_certificate *leaf, const char **names, enum ca_flaw flaw, uint8_t octet)
{
    int64_t days = (int64_t)octet * DAY;
    switch (flaw) {
    case CA_WRONG_KEY:
        leaf->point = ca_key(CA_STRANGER_KEY)->point;
        break;
    case CA_WRONG_SIGNATURE:
        leaf->breaks = true;
        break;
    case CA_WRONG_NAME:
        names[0] = "another.test";
        break;
    case CA_MORE_NAMES:
        names[leaf->name_count++] = "another.test";
        break;
    case CA_SHORT_LIVED:
        leaf->not_after = leaf->not_before + 3600 + octet; /* it began an hour ago */
        break;
    case CA_BACKDATED:
        leaf->not_before -= days;
        leaf->not_after -= days;
        break;
    case CA_FUTURE:
        leaf->not_before += days;
        leaf->not_after += days;
        break;
    case CA_LONG_LIVED:
        leaf->not_after += 365 * days;
        break;
    default: /* of the chain */
        break;
    }
}

static void add_leaf(struct ca_reply *reply, const struct ca_order *order, enum ca_key issuer)
{
    const char *names[CA_NAMES + 1];
    uint8_t der[CA_DER];
    struct ca_certificate leaf = {.issuer =
                                      issuer == CA_ISSUER_KEY ? "emulated issuer" : "other emulated issuer",
                                  .subject = order->names[0],
                                  .not_before = order->not_before,
                                  .not_after = order->not_after,
                                  .point = order->point,
                                  .names = names,
                                  .name_count = order->name_count,
                                  .serial = order->serial,
                                  .signer = ca_key(issuer)};
    for (unsigned i = 0; i < order->name_count; i++) {
        names[i] = order->names[i];
    }
    spoil(&leaf, names, (enum ca_flaw)order->flaw, order->flaw_octet);
    add_pem(reply, der, ca_write_certificate(&leaf, der));
}

void ca_show_chain(struct emu_ca *ca, const struct ca_order *order, bool alternate)
{
    struct ca_reply *reply = &ca->reply;
    enum ca_key issuer = alternate ? CA_OTHER_ISSUER_KEY : CA_ISSUER_KEY;
    enum ca_key other = alternate ? CA_ISSUER_KEY : CA_OTHER_ISSUER_KEY;
    reply->status = 200;
    reply->type = "application/pem-certificate-chain";
    add_leaf(reply, order, issuer);
    if (order->flaw != CA_ALONE) {
        add_issuer(reply, order->flaw == CA_WRONG_ISSUER ? other : issuer);
    }
    for (int i = 0; i < (order->flaw == CA_LONG_CHAIN ? order->flaw_octet : order->flaw == CA_ISSUER_TWICE);
         i++) {
        add_issuer(reply, issuer);
    }
    if (order->flaw == CA_BROKEN_PEM) {
        reply->body[order->flaw_octet * 3 % reply->body_len] ^= 0x55;
    }
}
