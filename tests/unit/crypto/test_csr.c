/* Requests written: names of all kinds, every size, and signers that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "wafer/csr.h"

static struct wafer_key key;

static void load_key(void)
{
    uint8_t secret[WAFER_KEY_SIZE] = {0};

    secret[31] = 43; /* its y begins with a zero octet */
    assert_int_equal(wafer_key_load(&key, secret), 0);
}

/* What `openssl req -verify -noout -text` says, without spaces and line ends. */
static void openssl_text(const uint8_t *der, size_t len, char *text, size_t size)
{
    char path[] = "/tmp/wafer-csr-XXXXXX", command[128];
    FILE *pipe;
    int fd = mkstemp(path), c;
    size_t n = 0;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, der, len), (ssize_t)len);
    close(fd);
    snprintf(command, sizeof command, "openssl req -verify -inform DER -in %s -noout -text 2>&1", path);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    while ((c = fgetc(pipe)) != EOF) {
        if (c != ' ' && c != '\n' && n + 1 < size) {
            text[n++] = (char)c;
        }
    }
    text[n] = 0;
    assert_int_equal(pclose(pipe), 0);
    unlink(path);
}

static void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no \"%s\" in %s", part, text);
    }
}

/* Writes a request with the key and checks it with openssl. Returns its length. */
static int request(uint8_t *der, size_t size, const char *const *names, size_t count, char *text, size_t text_size)
{
    struct wafer_signer signer;
    int len;

    load_key();
    signer = wafer_key_signer(&key);
    len = wafer_csr_write(der, size, names, count, &signer, wafer_ip_parse);
    assert_true(len > 0);
    openssl_text(der, (size_t)len, text, text_size);
    assert_contains(text, "verifyOK");
    return len;
}

static void test_one_name(void **state)
{
    static const char *const names[] = {"example.org"};
    uint8_t der[512];
    char text[4096];

    (void)state;
    request(der, sizeof der, names, 1, text, sizeof text);
    assert_contains(text, "Version:1(0x0)Subject:SubjectPublicKeyInfo");
    assert_contains(text, "ASN1OID:prime256v1");
    assert_contains(text, "pub:04:98:6a:e2:50:6f:1f:f1:04:d0:42:30:86:1d:8f:4b");
    assert_contains(text, ":00:3c:cc:c0:a6:46:0e");
    assert_contains(text, "RequestedExtensions:X509v3SubjectAlternativeName:DNS:example."
                          "orgSignatureAlgorithm:ecdsa-with-SHA256");
}

static void test_kinds_and_order(void **state)
{
    static const char *const names[] = {"b.example", "192.0.2.1", "*.a.example", "2001:db8::1", "a.example"};
    uint8_t der[512];
    char text[4096];

    (void)state;
    request(der, sizeof der, names, 5, text, sizeof text);
    assert_contains(text, "AlternativeName:DNS:b.example,IPAddress:192.0.2.1,DNS:*.a.example,"
                          "IPAddress:2001:DB8:0:0:0:0:0:1,DNS:a.exampleSignature");
}

/* 100 names of 253 octets: lengths of two and three octets. */
static void test_many_names(void **state)
{
    static char memory[100][254], text[40000];
    static uint8_t der[30000];
    const char *names[100];

    (void)state;
    for (int i = 0; i < 100; i++) {
        memset(memory[i], 'a', 253);
        for (int dot = 60; dot < 250; dot += 60) {
            memory[i][dot] = '.';
        }
        memory[i][0] = (char)('0' + i / 10);
        memory[i][1] = (char)('0' + i % 10);
        names[i] = memory[i];
    }
    assert_true(request(der, sizeof der, names, 100, text, sizeof text) > 25500);
    for (int i = 0; i < 100; i++) {
        assert_contains(text, names[i]);
    }
}

/* The signature's length differs by r and s; here both have their first bit set, so it
 * is the longest, or are tiny. */
static int fixed_sign(void *ctx, const uint8_t hash[32], uint8_t signature[WAFER_SIGNATURE_SIZE])
{
    (void)hash;
    memcpy(signature, ctx, WAFER_SIGNATURE_SIZE);
    return 0;
}

static int fixed_public_key(void *ctx, uint8_t point[WAFER_POINT_SIZE])
{
    (void)ctx;
    memcpy(point, key.point, WAFER_POINT_SIZE);
    return 0;
}

static void test_every_size(void **state)
{
    static const char *const names[] = {"example.org", "www.example.org"};
    uint8_t signature[WAFER_SIGNATURE_SIZE], whole[512];
    struct wafer_signer signer = {signature, fixed_public_key, fixed_sign};

    (void)state;
    load_key();
    for (int tiny = 0; tiny < 2; tiny++) {
        static const uint8_t tiny_end[] = {0x03, 0x09, 0x00, 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01};
        int need;

        memset(signature, tiny ? 0 : 0xff, sizeof signature);
        if (tiny) {
            signature[31] = signature[63] = 1;
        }
        need = wafer_csr_write(whole, sizeof whole, names, 2, &signer, wafer_ip_parse);
        assert_true(need > 150);
        if (tiny) {
            assert_memory_equal(whole + need - (int)sizeof tiny_end, tiny_end, sizeof tiny_end);
        }
        for (size_t size = 0; size <= (size_t)need; size++) {
            uint8_t *out = malloc(size + 1);
            int len;

            out[size] = 0xee;
            len = wafer_csr_write(out, size, names, 2, &signer, wafer_ip_parse);
            assert_int_equal(len, size < (size_t)need ? WAFER_E_SPACE : need);
            if (len > 0) {
                assert_memory_equal(out, whole, (size_t)need);
            }
            assert_int_equal(out[size], 0xee);
            free(out);
        }
    }
}

static int refuse_public_key(void *ctx, uint8_t point[WAFER_POINT_SIZE])
{
    (void)ctx;
    (void)point;
    return WAFER_E_TIMEOUT;
}

static int refuse_to_sign(void *ctx, const uint8_t hash[32], uint8_t signature[WAFER_SIGNATURE_SIZE])
{
    (void)ctx;
    (void)hash;
    (void)signature;
    return WAFER_E_TIMEOUT;
}

static void test_failing_signer(void **state)
{
    static const char *const names[] = {"example.org"};
    struct wafer_signer signer = {NULL, refuse_public_key, fixed_sign};
    uint8_t out[512];

    (void)state;
    assert_int_equal(wafer_csr_write(out, sizeof out, names, 1, &signer, wafer_ip_parse), WAFER_E_KEY);
    signer.public_key = fixed_public_key;
    signer.sign = refuse_to_sign;
    assert_int_equal(wafer_csr_write(out, sizeof out, names, 1, &signer, wafer_ip_parse), WAFER_E_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_name),
                                       cmocka_unit_test(test_kinds_and_order),
                                       cmocka_unit_test(test_many_names), cmocka_unit_test(test_every_size),
                                       cmocka_unit_test(test_failing_signer)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
