/* The PEM decoder: what it takes, refuses and skips, wherever the input ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bearssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "guard.h"
#include "wafer/pem.h"

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END   "-----END CERTIFICATE-----\n"

#define DER_MAX    512
#define BLOCKS_MAX 4

/* All blocks of an input. */
struct blocks {
    int status; /* of the feed that failed, or of the end */
    int count;
    size_t len[BLOCKS_MAX];
    uint8_t der[BLOCKS_MAX][DER_MAX];
};

static int feed(struct wafer_pem *pem, const uint8_t *data, size_t len, struct blocks *blocks)
{
    for (size_t i = 0; i < len; i++) {
        int result = wafer_pem_feed(pem, (char)data[i]);

        if (result < 0) {
            return result;
        }
        if (result > 0) {
            assert_int_equal(result, 1);
            assert_true(blocks->count < BLOCKS_MAX);
            blocks->len[blocks->count] = pem->len;
            memcpy(blocks->der[blocks->count++], pem->der, pem->len);
        }
    }
    return 0;
}

static struct blocks decode_label(const char *label, enum wafer_pem_others others, const char *text, size_t len)
{
    struct guard der = guard_copy(NULL, DER_MAX);
    struct blocks blocks = {0};
    struct wafer_pem pem;

    wafer_pem_init(&pem, label, others, der.data, DER_MAX);
    blocks.status = feed(&pem, (const uint8_t *)text, len, &blocks);
    if (blocks.status == 0) {
        blocks.status = wafer_pem_end(&pem);
    }
    guard_free(&der);
    return blocks;
}

static struct blocks decode(const char *text, size_t len)
{
    return decode_label("CERTIFICATE", WAFER_PEM_REFUSE_OTHERS, text, len);
}

static struct blocks decode_text(const char *text)
{
    return decode(text, strlen(text));
}

/* A certificate for CN=wafer.test and what `openssl x509 -outform DER` makes of it. */
static const char certificate[] = "-----BEGIN CERTIFICATE-----\n"
                                  "MIIBfjCCASWgAwIBAgIUbnlwqpMJ6NxrB9soBS5QSuOM/Q4wCgYIKoZIzj0EAwIw\n"
                                  "FTETMBEGA1UEAwwKd2FmZXIudGVzdDAeFw0yNjExMjEyMTExMjlaFw0zNjExMTgy\n"
                                  "MTExMjlaMBUxEzARBgNVBAMMCndhZmVyLnRlc3QwWTATBgcqhkjOPQIBBggqhkjO\n"
                                  "PQMBBwNCAATkddtdRcqIVDkPZFaJnSsjCPEu3qEznUfVVyd28JAArVLvKrvSWXQ6\n"
                                  "HaC/Z7+SnPY/8Z8mlX0duvBgHyvmfwJlo1MwUTAdBgNVHQ4EFgQUYVL2pNs/uBwB\n"
                                  "2cl4j4TxJaiEKbIwHwYDVR0jBBgwFoAUYVL2pNs/uBwB2cl4j4TxJaiEKbIwDwYD\n"
                                  "VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBPO4oI5ckTNd8JOM92tACT\n"
                                  "o+tD1M5UihK3T9gX3oXRVwIgP4+6CH4/bMlyWhPHj+vaG33beEPU4ChJ1MsH2XkO\n"
                                  "E2Y=\n"
                                  "-----END CERTIFICATE-----\n";

static const uint8_t certificate_der[] = {
    0x30, 0x82, 0x01, 0x7e, 0x30, 0x82, 0x01, 0x25, 0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x14, 0x6e, 0x79,
    0x70, 0xaa, 0x93, 0x09, 0xe8, 0xdc, 0x6b, 0x07, 0xdb, 0x28, 0x05, 0x2e, 0x50, 0x4a, 0xe3, 0x8c, 0xfd,
    0x0e, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x30, 0x15, 0x31, 0x13,
    0x30, 0x11, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x0a, 0x77, 0x61, 0x66, 0x65, 0x72, 0x2e, 0x74, 0x65,
    0x73, 0x74, 0x30, 0x1e, 0x17, 0x0d, 0x32, 0x36, 0x31, 0x31, 0x32, 0x31, 0x32, 0x31, 0x31, 0x31, 0x32,
    0x39, 0x5a, 0x17, 0x0d, 0x33, 0x36, 0x31, 0x31, 0x31, 0x38, 0x32, 0x31, 0x31, 0x31, 0x32, 0x39, 0x5a,
    0x30, 0x15, 0x31, 0x13, 0x30, 0x11, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x0a, 0x77, 0x61, 0x66, 0x65,
    0x72, 0x2e, 0x74, 0x65, 0x73, 0x74, 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0xe4,
    0x75, 0xdb, 0x5d, 0x45, 0xca, 0x88, 0x54, 0x39, 0x0f, 0x64, 0x56, 0x89, 0x9d, 0x2b, 0x23, 0x08, 0xf1,
    0x2e, 0xde, 0xa1, 0x33, 0x9d, 0x47, 0xd5, 0x57, 0x27, 0x76, 0xf0, 0x90, 0x00, 0xad, 0x52, 0xef, 0x2a,
    0xbb, 0xd2, 0x59, 0x74, 0x3a, 0x1d, 0xa0, 0xbf, 0x67, 0xbf, 0x92, 0x9c, 0xf6, 0x3f, 0xf1, 0x9f, 0x26,
    0x95, 0x7d, 0x1d, 0xba, 0xf0, 0x60, 0x1f, 0x2b, 0xe6, 0x7f, 0x02, 0x65, 0xa3, 0x53, 0x30, 0x51, 0x30,
    0x1d, 0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04, 0x16, 0x04, 0x14, 0x61, 0x52, 0xf6, 0xa4, 0xdb, 0x3f, 0xb8,
    0x1c, 0x01, 0xd9, 0xc9, 0x78, 0x8f, 0x84, 0xf1, 0x25, 0xa8, 0x84, 0x29, 0xb2, 0x30, 0x1f, 0x06, 0x03,
    0x55, 0x1d, 0x23, 0x04, 0x18, 0x30, 0x16, 0x80, 0x14, 0x61, 0x52, 0xf6, 0xa4, 0xdb, 0x3f, 0xb8, 0x1c,
    0x01, 0xd9, 0xc9, 0x78, 0x8f, 0x84, 0xf1, 0x25, 0xa8, 0x84, 0x29, 0xb2, 0x30, 0x0f, 0x06, 0x03, 0x55,
    0x1d, 0x13, 0x01, 0x01, 0xff, 0x04, 0x05, 0x30, 0x03, 0x01, 0x01, 0xff, 0x30, 0x0a, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x03, 0x47, 0x00, 0x30, 0x44, 0x02, 0x20, 0x4f, 0x3b, 0x8a,
    0x08, 0xe5, 0xc9, 0x13, 0x35, 0xdf, 0x09, 0x38, 0xcf, 0x76, 0xb4, 0x00, 0x93, 0xa3, 0xeb, 0x43, 0xd4,
    0xce, 0x54, 0x8a, 0x12, 0xb7, 0x4f, 0xd8, 0x17, 0xde, 0x85, 0xd1, 0x57, 0x02, 0x20, 0x3f, 0x8f, 0xba,
    0x08, 0x7e, 0x3f, 0x6c, 0xc9, 0x72, 0x5a, 0x13, 0xc7, 0x8f, 0xeb, 0xda, 0x1b, 0x7d, 0xdb, 0x78, 0x43,
    0xd4, 0xe0, 0x28, 0x49, 0xd4, 0xcb, 0x07, 0xd9, 0x79, 0x0e, 0x13, 0x66,
};

static void test_certificate(void **state)
{
    struct blocks blocks = decode_text(certificate);

    (void)state;
    assert_int_equal(blocks.status, 0);
    assert_int_equal(blocks.count, 1);
    assert_int_equal(blocks.len[0], sizeof certificate_der);
    assert_memory_equal(blocks.der[0], certificate_der, sizeof certificate_der);
}

/* Two certificates, text around them, CRLF in one. */
static void test_two(void **state)
{
    static const char *const inputs[] = {
        "text\n" BEGIN "Zm9v\nYmFy\n" END "more --- text\n-\n--\n" BEGIN "Zg==\n" END,
        "-----BEGIN CERTIFICATE-----\r\nZm9vYmFy\r\n-----END CERTIFICATE-----\r\n\r\n"
        "-----BEGIN CERTIFICATE-----\r\nZg\r\n=\r\n=\r\n-----END CERTIFICATE-----",
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct blocks blocks = decode_text(inputs[i]);

        assert_int_equal(blocks.status, 0);
        assert_int_equal(blocks.count, 2);
        assert_int_equal(blocks.len[0], 6);
        assert_memory_equal(blocks.der[0], "foobar", 6);
        assert_int_equal(blocks.len[1], 1);
        assert_memory_equal(blocks.der[1], "f", 1);
    }
}

/* An input that ends too early is seen, wherever it ends. */
static void test_every_end(void **state)
{
    static const char text[] = "hello\n" BEGIN "Zm9vYmFy\n" END BEGIN "Zg==\n" END "bye";
    size_t first = strlen("hello\n" BEGIN "Zm9vYmFy\n" END), second = first + strlen(BEGIN "Zg==\n" END);

    (void)state;
    for (size_t end = 0; end < sizeof text; end++) {
        struct blocks blocks = decode(text, end);
        int whole = end <= 6 || end == first - 1 || end == first || end >= second - 1;

        assert_int_equal(blocks.status, whole ? 0 : WAFER_E_SYNTAX);
        assert_int_equal(blocks.count, (end >= first - 1) + (end >= second - 1));
    }
}

static void test_accepted(void **state)
{
    static const struct {
        const char *text;
        int count;
        const char *first;
    } cases[] = {
        {"", 0, ""},
        {"\n\n", 0, ""},
        {"just text", 0, ""},
        {"---- four\n------ six\n----------\n --- \n", 0, ""},
        {" " BEGIN "\n", 0, ""}, /* indented: text */
        {BEGIN "Zm9v\n" END, 1, "foo"},
        {BEGIN "Zm8=\n" END, 1, "fo"},
        {BEGIN "Zg==\n" END, 1, "f"},
        {BEGIN "+/+/\n" END, 1, "\xfb\xff\xbf"},
        {BEGIN " Z m\t9 v\n\n" END, 1, "foo"},
        {BEGIN "Zm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9v\n" END, 1,
         "foofoofoofoofoofoofoofoofoofoofoofoofoofoofoofoofoofoofoo"},
        {"-----BEGIN CERTIFICATE-----  \nZm9v\n-----END CERTIFICATE----- \t \n", 1, "foo"},
        {"-----BEGIN CERTIFICATE-----\rZm9v\r-----END CERTIFICATE-----\r" BEGIN "Zg==\r" END, 2, "foo"},
        {BEGIN "Zm9v\n" END "\n# next\n" BEGIN "Zm9v\n" END BEGIN "Zm9v\n" END, 3, "foo"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct blocks blocks = decode_text(cases[i].text);

        if (blocks.status != 0 || blocks.count != cases[i].count || blocks.len[0] != strlen(cases[i].first) ||
            memcmp(blocks.der[0], cases[i].first, blocks.len[0]) != 0) {
            fail_msg("%s: %d, %d blocks", cases[i].text, blocks.status, blocks.count);
        }
    }
}

static void test_refused(void **state)
{
    static const char *const cases[] = {
        /* other labels, broken boundaries */
        "-----BEGIN PRIVATE KEY-----\nZm9v\n-----END PRIVATE KEY-----\n",
        "-----BEGIN X509 CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE REQUEST-----\n",
        "-----BEGIN TRUSTED CERTIFICATE-----\n",
        "-----BEGIN certificate-----\n",
        "-----BEGIN CERTIFICATE----\n",
        "-----BEGINCERTIFICATE-----\n",
        "-----BEGIN \n",
        "----- BEGIN CERTIFICATE-----\n",
        "-----\n",
        END,
        BEGIN "Zm9v\n-----END PRIVATE KEY-----\n",
        BEGIN "Zm9v\n----END CERTIFICATE-----\n",
        BEGIN "Zm9v\n-----END CERTIFICATE----\n",
        BEGIN "Zm9v\n" BEGIN "Zm9v\n" END,
        BEGIN "Zm9v\n-\n" END,
        BEGIN "Zm9v\n-----END CERTIFICATE-----" BEGIN "Zm9v\n" END,
        BEGIN "Zm9v\n-----END CERTIFICATE-----x\n",
        /* empty, cut, headers as in RFC 1421 */
        BEGIN END,
        BEGIN "\n" END,
        BEGIN "Zm9v\n",
        BEGIN "Proc-Type: 4,ENCRYPTED\n\nZm9v\n" END,
        /* base64 */
        BEGIN "Z\n" END,
        BEGIN "Zm\n" END,
        BEGIN "Zm9\n" END,
        BEGIN "Zm9vY\n" END,
        BEGIN "Zg=\n" END,
        BEGIN "Zg\n" END,
        BEGIN "=\n" END,
        BEGIN "Z===\n" END,
        BEGIN "====\n" END,
        BEGIN "Zg===\n" END,
        BEGIN "Zm9v=\n" END,
        BEGIN "Zm9v====\n" END,
        BEGIN "Zg=v\n" END,
        BEGIN "Zg==Zm9v\n" END,
        BEGIN "Zm8=Zm9v\n" END,
        BEGIN "Zm8==\n" END,
        BEGIN "Zh==\n" END,
        BEGIN "Zv==\n" END,
        BEGIN "Zm9=\n" END,
        BEGIN "Zm-_\n" END,
        BEGIN "Zm9v.\n" END,
        BEGIN "Zm9\x80\n" END,
        BEGIN "Zm9v\v\n" END,
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct blocks blocks = decode_text(cases[i]);

        if (blocks.status != WAFER_E_SYNTAX) {
            fail_msg("%s: %d", cases[i], blocks.status);
        }
    }
    assert_int_equal(decode(BEGIN "Zm9\0v\n" END, strlen(BEGIN END) + 6).status, WAFER_E_SYNTAX);
}

/* The memory takes a block that just fits, again and again. */
static void test_space(void **state)
{
    static const char text[] = BEGIN "Zm9vYmE=\n" END BEGIN "Zm9v\n" END;

    (void)state;
    for (size_t size = 0; size <= 6; size++) {
        struct guard der = guard_copy(NULL, size);
        struct blocks blocks = {0};
        struct wafer_pem pem;

        wafer_pem_init(&pem, "CERTIFICATE", WAFER_PEM_REFUSE_OTHERS, der.data, size);
        for (int round = 0; round < 2; round++) {
            blocks.count = 0;
            blocks.status = feed(&pem, (const uint8_t *)text, sizeof text - 1, &blocks);
            assert_int_equal(blocks.status, size < 5 ? WAFER_E_SPACE : 0);
            assert_int_equal(blocks.count, size < 5 ? 0 : 2);
            if (size < 5) {
                break;
            }
        }
        guard_free(&der);
    }
}

#define A_BLOCK(label, base64) "-----BEGIN " label "-----\n" base64 "\n-----END " label "-----\n"

/* The label alone counts, to its last octet, in the line that begins and the one that ends. */
static void test_labels(void **state)
{
    static const struct {
        const char *label, *text;
        int count; /* -1: refused */
    } cases[] = {
        {"CERTIFICATE REQUEST", A_BLOCK("CERTIFICATE REQUEST", "Zm9v"), 1},
        {"CERTIFICATE REQUEST", A_BLOCK("CERTIFICATE", "Zm9v"), -1},
        {"CERTIFICATE REQUEST", A_BLOCK("CERTIFICATE REQUES", "Zm9v"), -1},
        {"CERTIFICATE REQUEST", A_BLOCK("CERTIFICATE REQUESTS", "Zm9v"), -1},
        {"CERTIFICATE REQUEST", A_BLOCK("NEW CERTIFICATE REQUEST", "Zm9v"), -1},
        {"CERTIFICATE REQUEST", "-----BEGIN CERTIFICATE REQUEST-----\nZm9v\n" END, -1},
        {"CERTIFICATE", BEGIN "Zm9v\n-----END CERTIFICATE REQUEST-----\n", -1},
        {"A", A_BLOCK("A", "Zm9v") A_BLOCK("A", "Zm9v"), 2},
        {"A", A_BLOCK("", "Zm9v"), -1},
        {"A", A_BLOCK("-", "Zm9v"), -1},
        {"", A_BLOCK("", "Zm9v"), 1}, /* RFC 7468 allows it */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text = cases[i].text;
        struct blocks blocks = decode_label(cases[i].label, WAFER_PEM_REFUSE_OTHERS, text, strlen(text));

        if (cases[i].count < 0 ? blocks.status != WAFER_E_SYNTAX
                               : blocks.status != 0 || blocks.count != cases[i].count) {
            fail_msg("%s: %d, %d blocks", cases[i].text, blocks.status, blocks.count);
        }
    }
    assert_int_equal(decode("-----BEGIN C\0\n", 14).status, WAFER_E_SYNTAX);
}

/* Blocks of other labels, and lines of dashes, are text for who wants to skip them; what
 * is broken in a wanted block stays an error. */
static void test_others_skipped(void **state)
{
    static const char text[] = "-----\n----- x\n" A_BLOCK("PRIVATE KEY", "Zg==") END A_BLOCK(
        "RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\n\n!") A_BLOCK("CERTIFICATE", "Zm9v")
        A_BLOCK("TRUSTED CERTIFICATE", "Zm9v") A_BLOCK("CERTIFICATE", "Zm9vYmFy") "-----BEGIN C";
    static const char broken[] = A_BLOCK("PRIVATE KEY", "Zg==") BEGIN "Zm9v!\n" END;
    size_t len = sizeof text - 1;
    struct blocks blocks =
        decode_label("CERTIFICATE", WAFER_PEM_SKIP_OTHERS, text, len - strlen("-----BEGIN C"));

    (void)state;
    assert_int_equal(blocks.status, 0);
    assert_int_equal(blocks.count, 2);
    assert_int_equal(blocks.len[0], 3);
    assert_int_equal(blocks.len[1], 6);
    blocks = decode_label("CERTIFICATE", WAFER_PEM_SKIP_OTHERS, text, len);
    assert_int_equal(blocks.status, WAFER_E_SYNTAX); /* ends within a line that may begin one */
    assert_int_equal(blocks.count, 2);
    blocks = decode_label("CERTIFICATE", WAFER_PEM_SKIP_OTHERS, broken, sizeof broken - 1);
    assert_int_equal(blocks.status, WAFER_E_SYNTAX);
}

/* What BearSSL's encoder writes, in lines of 64 or 76. */
static void test_round_trip(void **state)
{
    uint8_t data[200];

    (void)state;
    srand(7468);
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(rand() >> 7);
    }
    for (size_t len = 1; len <= sizeof data; len++) {
        for (unsigned flags = 0; flags <= BR_PEM_LINE64; flags += BR_PEM_LINE64) {
            char text[512];
            struct blocks blocks;

            br_pem_encode(text, data, len, "CERTIFICATE", flags);
            blocks = decode_text(text);
            assert_int_equal(blocks.status, 0);
            assert_int_equal(blocks.count, 1);
            assert_int_equal(blocks.len[0], len);
            assert_memory_equal(blocks.der[0], data, len);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificate), cmocka_unit_test(test_two),
        cmocka_unit_test(test_every_end),   cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_space),
        cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_labels),
        cmocka_unit_test(test_others_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
