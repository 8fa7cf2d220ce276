/* Trust anchors from certificates: the same as BearSSL's own decoder makes of them, over
 * all roots of the public CAs, and errors for whatever else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bearssl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "guard.h"
#include "wafer/anchors.h"

#define ROOTS   "/usr/share/ca-certificates/mozilla/*.crt"
#define PEM_MAX 8192
#define DER_MAX 4096

/* What BearSSL's decoder says of a certificate. */
struct reference {
    br_x509_decoder_context decoder;
    const br_x509_pkey *key; /* NULL: it refuses the certificate */
    uint8_t dn[1024];
    size_t dn_len;
};

static void take_dn(void *ctx, const void *data, size_t len)
{
    struct reference *reference = ctx;
    assert_true(len <= sizeof reference->dn - reference->dn_len);
    memcpy(reference->dn + reference->dn_len, data, len);
    reference->dn_len += len;
}

static void decode(struct reference *reference, const uint8_t *der, size_t len)
{
    reference->dn_len = 0;
    br_x509_decoder_init(&reference->decoder, take_dn, reference);
    br_x509_decoder_push(&reference->decoder, der, len);
    reference->key = br_x509_decoder_get_pkey(&reference->decoder);
}

static void assert_octets(const void *got, size_t got_len, const void *want, size_t want_len)
{
    assert_int_equal(got_len, want_len);
    assert_memory_equal(got, want, want_len);
}

static void assert_same(const br_x509_trust_anchor *anchor, struct reference *reference)
{
    const br_x509_pkey *key = reference->key;
    assert_non_null(key);
    assert_octets(anchor->dn.data, anchor->dn.len, reference->dn, reference->dn_len);
    assert_int_equal(anchor->flags, br_x509_decoder_isCA(&reference->decoder) ? BR_X509_TA_CA : 0);
    assert_int_equal(anchor->pkey.key_type, key->key_type);
    if (key->key_type == BR_KEYTYPE_RSA) {
        assert_octets(anchor->pkey.key.rsa.n, anchor->pkey.key.rsa.nlen, key->key.rsa.n, key->key.rsa.nlen);
        assert_octets(anchor->pkey.key.rsa.e, anchor->pkey.key.rsa.elen, key->key.rsa.e, key->key.rsa.elen);
    } else {
        assert_int_equal(anchor->pkey.key.ec.curve, key->key.ec.curve);
        assert_octets(anchor->pkey.key.ec.q, anchor->pkey.key.ec.qlen, key->key.ec.q, key->key.ec.qlen);
    }
}

static size_t read_file(const char *path, char text[PEM_MAX])
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, PEM_MAX, file);
    fclose(file);
    assert_true(len > 0 && len < PEM_MAX);
    return len;
}

/* Each prefix of a certificate is none. */
static void refuse_truncations(const uint8_t *der, size_t len)
{
    struct guard guard = guard_copy(der, len);
    br_x509_trust_anchor anchor;
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(wafer_anchor_from_der(&anchor, guard_refill(&guard, der, cut), cut), WAFER_E_SYNTAX);
    }
    guard_free(&guard);
}

static void roots_are_as_bearssl_reads_them(void **state)
{
    static struct reference reference;
    static char text[PEM_MAX];
    static uint8_t der[DER_MAX];
    unsigned keys[4] = {0}; /* P-256, P-384, RSA, truncated */
    glob_t found;
    (void)state;
    assert_int_equal(glob(ROOTS, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        br_x509_trust_anchor anchor;
        const char *pem = text;
        size_t len = read_file(found.gl_pathv[i], text);
        int used = wafer_anchor_from_pem(&anchor, &pem, &len, der, sizeof der);
        assert_true(used > 0);
        decode(&reference, der, (size_t)used);
        assert_same(&anchor, &reference);
        bool ec = anchor.pkey.key_type == BR_KEYTYPE_EC;
        unsigned *kind = &keys[!ec ? 2 : anchor.pkey.key.ec.curve == BR_EC_secp384r1];
        if ((*kind)++ == 0) {
            refuse_truncations(der, (size_t)used);
            keys[3]++;
        }
        assert_int_equal(wafer_anchor_from_pem(&anchor, &pem, &len, der, sizeof der), 0);
        assert_int_equal(len, 0);
    }
    globfree(&found);
    assert_true(keys[0] > 0 && keys[1] > 0 && keys[2] > 0 && keys[3] == 3);
}

/* All roots in one text, decoded where they stand: each anchor stays what it was. */
static void a_bundle_in_place(void **state)
{
    static struct reference reference;
    static char text[40 * PEM_MAX];
    static br_x509_trust_anchor anchors[200];
    static struct guard copies[200];
    size_t len = 0, count = 0;
    glob_t found;
    int used;
    (void)state;
    assert_int_equal(glob(ROOTS, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc && i < 200; i++) {
        assert_true(sizeof text - len >= PEM_MAX);
        len += read_file(found.gl_pathv[i], text + len);
    }
    const char *pem = text;
    for (;;) {
        char *memory = text + (pem - text);
        used = wafer_anchor_from_pem(&anchors[count], &pem, &len, memory, len);
        if (used <= 0) {
            break;
        }
        copies[count++] = guard_copy(memory, (size_t)used);
    }
    assert_int_equal(used, 0);
    assert_int_equal(count, found.gl_pathc);
    for (size_t i = 0; i < count; i++) {
        decode(&reference, copies[i].data, copies[i].len);
        assert_same(&anchors[i], &reference);
        guard_free(&copies[i]);
    }
    globfree(&found);
}

/* --- certificates made for the purpose ----------------------------------------------------- */

/* Puts tag and length in front of what begins at `from`, and returns the new length. */
static size_t wrap(uint8_t *data, size_t from, size_t len, uint8_t tag)
{
    size_t content = len - from, header = content < 0x80 ? 2 : content < 0x100 ? 3 : 4;
    memmove(data + from + header, data + from, content);
    data[from] = tag;
    data[from + 1] = (uint8_t)(header == 2 ? content : 0x80 | (header - 2));
    for (size_t i = 2; i < header; i++) {
        data[from + i] = (uint8_t)(content >> 8 * (header - 1 - i));
    }
    return len + header;
}

static size_t add(uint8_t *data, size_t len, const void *octets, size_t count)
{
    if (count > 0) {
        memcpy(data + len, octets, count);
    }
    return len + count;
}

struct piece {
    const void *octets;
    size_t len;
};
#define PIECE(text) \
    { \
        text, sizeof text - 1 \
    }

/* A certificate with this algorithm (content), key (content of the BIT STRING) and
 * extensions (content; none: left out). */
static size_t make(uint8_t der[DER_MAX], struct piece algorithm, struct piece key, struct piece extensions)
{
    static const char start[] = "\xa0\x03\x02\x01\x02\x02\x01\x01\x30\x00\x30\x00"
                                "\x30\x1e\x17\x0d\x32\x36\x30\x31\x30\x31\x30\x30\x30\x30\x30\x30\x5a"
                                "\x17\x0d\x33\x36\x30\x31\x30\x31\x30\x30\x30\x30\x30\x30\x5a"
                                "\x30\x00";
    size_t len = add(der, 0, start, sizeof start - 1), spki = len;
    len = add(der, len, algorithm.octets, algorithm.len);
    len = wrap(der, spki, len, 0x30);
    size_t bits = len;
    len = add(der, len, key.octets, key.len);
    len = wrap(der, bits, len, 0x03);
    len = wrap(der, spki, len, 0x30);
    if (extensions.octets != NULL) {
        size_t list = len;
        len = add(der, len, extensions.octets, extensions.len);
        len = wrap(der, list, len, 0x30);
        len = wrap(der, list, len, 0xa3);
    }
    len = wrap(der, 0, len, 0x30);
    len = add(der, len, "\x30\x00\x03\x01\x00", 5);
    return wrap(der, 0, len, 0x30);
}

static int anchor_of(struct piece algorithm, struct piece key, struct piece extensions,
                     br_x509_trust_anchor *anchor)
{
    static uint8_t der[DER_MAX];
    return wafer_anchor_from_der(anchor, der, make(der, algorithm, key, extensions));
}

#define RSA  "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define EC   "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
#define P256 EC "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define P521 EC "\x06\x05\x2b\x81\x04\x00\x23"
#define POINT \
    "\0\x04" \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NUMBER "\0\x30\x07\x02\x02\x00\xff\x02\x01\x03"

static void keys_that_are_none(void **state)
{
    static const struct {
        struct piece algorithm, key;
        int rc;
    } cases[] = {
        {PIECE(RSA "\x05\x00"), PIECE(NUMBER), 0},
        {PIECE(RSA), PIECE(NUMBER), 0}, /* as BearSSL takes it */
        {PIECE(P256), PIECE(POINT), 0},
        {PIECE(RSA), PIECE("\0\x30\x06\x02\x01\xff\x02\x01\x03"), WAFER_E_SYNTAX}, /* negative */
        {PIECE(RSA), PIECE("\0\x30\x06\x02\x01\x00\x02\x01\x03"), WAFER_E_SYNTAX}, /* zero */
        {PIECE(RSA), PIECE("\0\x30\x05\x02\x00\x02\x01\x03"), WAFER_E_SYNTAX},
        {PIECE(RSA), PIECE("\0\x30\x03\x02\x01\x03"), WAFER_E_SYNTAX}, /* no exponent */
        {PIECE(RSA), PIECE("\0\x30\x07\x02\x01\x03\x02\x02\x01\x01"),
         WAFER_E_KEY}, /* larger than the modulus */
        {PIECE(RSA), PIECE(NUMBER "\x05\x00"), WAFER_E_SYNTAX},
        {PIECE(RSA), PIECE("\0\x30\x08\x02\x01\x03\x02\x01\x03\x05\x00"), WAFER_E_SYNTAX},
        {PIECE(RSA),
         PIECE("\x01"
               "\x30\x06\x02\x01\x03\x02\x01\x03"),
         WAFER_E_SYNTAX}, /* unused bits */
        {PIECE(RSA), PIECE(""), WAFER_E_SYNTAX},
        {PIECE(""), PIECE(NUMBER), WAFER_E_SYNTAX},
        {PIECE("\x06\x03\x2b\x65\x70"), PIECE(POINT), WAFER_E_KEY}, /* Ed25519 */
        {PIECE(P521), PIECE(POINT), WAFER_E_KEY},
        {PIECE(EC "\x05\x00"), PIECE(POINT), WAFER_E_KEY},
        {PIECE(EC), PIECE(POINT), WAFER_E_KEY},
        {PIECE(P256), PIECE(POINT "x"), WAFER_E_KEY},
        {PIECE(P256), PIECE("\0\x04"), WAFER_E_KEY},
        {PIECE(P256),
         PIECE("\0\x02"
               "0123456789abcdef0123456789abcdef"),
         WAFER_E_KEY},                                                         /* compressed */
        {PIECE(EC "\x06\x05\x2b\x81\x04\x00\x22"), PIECE(POINT), WAFER_E_KEY}, /* too short for P-384 */
    };
    br_x509_trust_anchor anchor;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int rc = anchor_of(cases[i].algorithm, cases[i].key, (struct piece){NULL, 0}, &anchor);
        if (rc != cases[i].rc) {
            fail_msg("case %zu: %d", i, rc);
        }
    }
}

/* The largest key that BearSSL verifies with, and one octet more. */
static void key_sizes(void **state)
{
    static uint8_t key[600];
    (void)state;
    for (size_t octets = 511; octets <= 513; octets++) {
        br_x509_trust_anchor anchor;
        size_t len = add(key, 0, "", 1);
        memset(key + len, 0x7f, octets);
        len = wrap(key, 1, len + octets, 0x02);
        len = add(key, len, "\x02\x03\x01\x00\x01", 5);
        len = wrap(key, 1, len, 0x30);
        int rc =
            anchor_of((struct piece)PIECE(RSA), (struct piece){key, len}, (struct piece){NULL, 0}, &anchor);
        assert_int_equal(rc, octets <= 512 ? 0 : WAFER_E_KEY);
        assert_true(rc < 0 || (anchor.pkey.key.rsa.nlen == octets && anchor.pkey.key.rsa.elen == 3));
    }
}

#define CONSTRAINTS "\x06\x03\x55\x1d\x13"

static void whose_certificates_are_cas(void **state)
{
    static const struct {
        struct piece extensions;
        int rc, ca;
    } cases[] = {
        {{NULL, 0}, 0, 0},
        {PIECE("\x30\x0f" CONSTRAINTS "\x01\x01\xff\x04\x05\x30\x03\x01\x01\xff"), 0, 1},
        {PIECE("\x30\x0c" CONSTRAINTS "\x04\x05\x30\x03\x01\x01\xff"), 0, 1},
        {PIECE("\x30\x0f" CONSTRAINTS "\x04\x08\x30\x06\x01\x01\xff\x02\x01\x00"), 0, 1}, /* pathLen */
        {PIECE("\x30\x0c" CONSTRAINTS "\x04\x05\x30\x03\x01\x01\x00"), 0, 0},
        {PIECE("\x30\x09" CONSTRAINTS "\x04\x02\x30\x00"), 0, 0},
        {PIECE("\x30\x0c" CONSTRAINTS "\x04\x05\x30\x03\x02\x01\x00"), 0, 0},
        {PIECE("\x30\x07\x06\x03\x55\x1d\x0f\x04\x00"), 0, 0}, /* another extension */
        {PIECE("\x30\x0b" CONSTRAINTS "\x04\x04\x30\x02\x01\x00"), WAFER_E_SYNTAX, 0},
        {PIECE("\x30\x0b" CONSTRAINTS "\x04\x04\x30\x02\x01\x01"), WAFER_E_SYNTAX, 0},
        {PIECE("\x30\x07" CONSTRAINTS "\x04\x00"), WAFER_E_SYNTAX, 0},
        {PIECE("\x30\x05" CONSTRAINTS), WAFER_E_SYNTAX, 0},
    };
    br_x509_trust_anchor anchor;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int rc =
            anchor_of((struct piece)PIECE(P256), (struct piece)PIECE(POINT), cases[i].extensions, &anchor);
        if (rc != cases[i].rc || (rc == 0 && anchor.flags != (cases[i].ca ? BR_X509_TA_CA : 0u))) {
            fail_msg("case %zu: %d", i, rc);
        }
    }
}

/* A self-issued root of version 1 cannot say that it is a CA's, and is one: it lacks the five octets of the
 * version. With another subject than its issuer it is none. */
static void roots_of_version_1(void **state)
{
    static uint8_t der[DER_MAX];
    const struct piece algorithm = PIECE(P256), key = PIECE(POINT);
    br_x509_trust_anchor anchor;
    (void)state;
    size_t len = make(der, algorithm, key, (struct piece){NULL, 0});
    assert_memory_equal(der + 3, "\x30\x81", 2);
    assert_memory_equal(der + 6, "\xa0\x03\x02\x01\x02", 5);
    memmove(der + 6, der + 11, len - 11);
    len -= 5;
    der[2] = (uint8_t)(der[2] - 5);
    der[5] = (uint8_t)(der[5] - 5);
    assert_int_equal(wafer_anchor_from_der(&anchor, der, len), 0);
    assert_int_equal(anchor.flags, BR_X509_TA_CA);

    uint8_t *subject = der + 6 + 3 + 2 + 2 + 32; /* behind serial number, algorithm, issuer and validity */
    assert_memory_equal(subject, "\x30\x00\x30", 3);
    memmove(subject + 4, subject + 2, len - (size_t)(subject + 2 - der));
    memcpy(subject, "\x30\x02\x31\x00", 4);
    der[2] = (uint8_t)(der[2] + 2);
    der[5] = (uint8_t)(der[5] + 2);
    assert_int_equal(wafer_anchor_from_der(&anchor, der, len + 2), 0);
    assert_int_equal(anchor.flags, 0);
}

/* An RSA key of less than 2048 bits vouches for nobody. */
static void weak_roots(void **state)
{
    static uint8_t key[300];
    const struct piece extensions = PIECE("\x30\x0f" CONSTRAINTS "\x01\x01\xff\x04\x05\x30\x03\x01\x01\xff");
    static const struct {
        size_t octets;
        uint8_t first;
        unsigned flags;
    } cases[] = {{128, 0xff, 0},
                 {255, 0xff, 0},
                 {256, 0x7f, 0},
                 {256, 0x80, BR_X509_TA_CA},
                 {257, 0x01, BR_X509_TA_CA}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        br_x509_trust_anchor anchor;
        size_t len = add(key, 0, "\0", 2); /* no unused bits; positive */
        memset(key + len, 0x55, cases[i].octets);
        key[len] = cases[i].first;
        if (cases[i].first < 0x80) { /* the shortest form */
            memmove(key + 1, key + 2, cases[i].octets);
            len--;
        }
        len = wrap(key, 1, len + cases[i].octets, 0x02);
        len = add(key, len, "\x02\x03\x01\x00\x01", 5);
        len = wrap(key, 1, len, 0x30);
        int rc = anchor_of((struct piece)PIECE(RSA), (struct piece){key, len}, extensions, &anchor);
        assert_int_equal(rc, 0);
        assert_int_equal(anchor.flags, cases[i].flags);
    }
}

/* --- PEM ------------------------------------------------------------------------------------ */

/* A text with a key, a certificate that cannot serve and a good one: each call goes on. */
static void texts_with_other_things(void **state)
{
    static uint8_t der[DER_MAX];
    static char text[4 * PEM_MAX];
    static const char other[] = "-----BEGIN PRIVATE KEY-----\nZm9v\n-----END PRIVATE KEY-----\n";
    br_x509_trust_anchor anchor;
    uint8_t memory[DER_MAX];
    (void)state;
    size_t der_len =
        make(der, (struct piece)PIECE(P521), (struct piece)PIECE(POINT), (struct piece){NULL, 0});
    size_t len = add((uint8_t *)text, 0, other, sizeof other - 1);
    len += br_pem_encode(text + len, der, der_len, "CERTIFICATE", 0);
    der_len = make(der, (struct piece)PIECE(P256), (struct piece)PIECE(POINT), (struct piece){NULL, 0});
    len += br_pem_encode(text + len, der, der_len, "CERTIFICATE", BR_PEM_CRLF);
    size_t whole = len;
    const char *pem = text;
    assert_int_equal(wafer_anchor_from_pem(&anchor, &pem, &len, memory, sizeof memory), WAFER_E_KEY);
    assert_int_equal(wafer_anchor_from_pem(&anchor, &pem, &len, memory, der_len), der_len);
    assert_memory_equal(memory, der, der_len);
    assert_true(anchor.pkey.key.ec.q > memory && anchor.pkey.key.ec.q < memory + der_len);
    assert_int_equal(wafer_anchor_from_pem(&anchor, &pem, &len, memory, sizeof memory), 0);
    assert_ptr_equal(pem, text + whole);

    pem = text;
    len = whole;
    assert_int_equal(wafer_anchor_from_pem(&anchor, &pem, &len, memory, 20), WAFER_E_SPACE);
    pem = text;
    len = whole - 20; /* cut in the last line */
    assert_int_equal(wafer_anchor_from_pem(&anchor, &pem, &len, memory, sizeof memory), WAFER_E_KEY);
    assert_int_equal(wafer_anchor_from_pem(&anchor, &pem, &len, memory, sizeof memory), WAFER_E_SYNTAX);
    len = 0;
    assert_int_equal(wafer_anchor_from_pem(&anchor, &pem, &len, memory, sizeof memory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_are_as_bearssl_reads_them),
        cmocka_unit_test(a_bundle_in_place),
        cmocka_unit_test(keys_that_are_none),
        cmocka_unit_test(key_sizes),
        cmocka_unit_test(whose_certificates_are_cas),
        cmocka_unit_test(roots_of_version_1),
        cmocka_unit_test(weak_roots),
        cmocka_unit_test(texts_with_other_things),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
