/* Requests that somebody else made: ours read back, OpenSSL's, broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "wafer/csr.h"
#include "format/csr_reader.h"
#include "guard.h"

static const char *const names[] = {"a.example.org", "192.0.2.7", "2001:db8::1", "*.b.example.org"};
#define NAMES (sizeof names / sizeof names[0])

static struct wafer_key key;
static uint8_t der[1024];
static size_t der_len;

static int setup(void **state)
{
    (void)state;
    uint8_t secret[WAFER_KEY_SIZE] = {1};
    if (wafer_key_load(&key, secret) != 0) {
        return -1;
    }
    struct wafer_signer signer = wafer_key_signer(&key);
    int len = wafer_csr_write(der, sizeof der, names, NAMES, &signer, wafer_ip_parse);
    der_len = (size_t)len;
    return len < 0 ? -1 : 0;
}

static void test_own(void **state)
{
    (void)state;
    struct wafer_x509 cert;
    uint8_t point[WAFER_POINT_SIZE];
    char name[64];
    assert_int_equal(wafer_csr_read(&cert, der, der_len), 0);
    assert_int_equal(wafer_x509_p256(&cert, point), 0);
    assert_memory_equal(point, key.point, sizeof point);
    assert_int_equal(wafer_csr_name(der, der_len, 0, name, sizeof name), 13);
    assert_string_equal(name, names[0]);
    assert_true(wafer_csr_name(der, der_len, 1, name, sizeof name) > 0);
    assert_string_equal(name, names[1]);
    assert_true(wafer_csr_name(der, der_len, 2, name, sizeof name) > 0);
    assert_string_equal(name, "2001:0db8:0000:0000:0000:0000:0000:0001");
    assert_true(wafer_csr_name(der, der_len, 3, name, sizeof name) > 0);
    assert_string_equal(name, names[3]);
    assert_int_equal(wafer_csr_name(der, der_len, 4, name, sizeof name), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_csr_name(der, der_len, 0, name, 13), WAFER_E_SPACE);
}

/* OpenSSL writes the same extension among others, and a subject. */
static void test_openssl(void **state)
{
    (void)state;
    uint8_t request[2048];
    char name[64];
    FILE *pipe = popen(
        "openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=x.test -outform DER "
        "-addext keyUsage=digitalSignature -addext subjectAltName=DNS:x.test,IP:192.0.2.9,email:m@x.test "
        "2>/dev/null",
        "r");
    assert_non_null(pipe);
    size_t len = fread(request, 1, sizeof request, pipe);
    assert_int_equal(pclose(pipe), 0);
    assert_true(wafer_csr_name(request, len, 0, name, sizeof name) > 0);
    assert_string_equal(name, "x.test");
    assert_true(wafer_csr_name(request, len, 1, name, sizeof name) > 0);
    assert_string_equal(name, "192.0.2.9");
    assert_int_equal(wafer_csr_name(request, len, 2, name, sizeof name), WAFER_E_SYNTAX);
}

/* Cut anywhere it is refused; with any octet changed it is read or refused, within its
 * memory. */
static void test_broken(void **state)
{
    (void)state;
    struct wafer_x509 cert;
    char name[64];
    struct guard guard = guard_copy(der, der_len);
    for (size_t len = 0; len < der_len; len++) {
        assert_int_equal(wafer_csr_read(&cert, guard_refill(&guard, der, len), len), WAFER_E_SYNTAX);
    }
    uint8_t *copy = guard_refill(&guard, der, der_len);
    for (size_t i = 0; i < der_len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            copy[i] ^= (uint8_t)(1u << bit);
            int len = wafer_csr_name(copy, der_len, 3, name, sizeof name);
            assert_true(len < (int)sizeof name && (len < 0 || name[len] == 0));
            copy[i] ^= (uint8_t)(1u << bit);
        }
    }
    guard_free(&guard);
}

/* The names as a request for wafer takes them: with every size of the memory and of the list, neither
 * written beyond. */
static void test_names(void **state)
{
    (void)state;
    static const char *const want[] = {"a.example.org", "192.0.2.7",
                                       "2001:0db8:0000:0000:0000:0000:0000:0001", "*.b.example.org"};
    const char *got[NAMES + 1];
    struct wafer_csr csr;
    size_t needed = 0;
    assert_int_equal(wafer_csr_open(&csr, der, der_len), 0);
    assert_ptr_equal(csr.der, der);
    assert_int_equal(csr.len, der_len);
    for (size_t i = 0; i < NAMES; i++) {
        needed += strlen(want[i]) + 1;
    }
    for (size_t size = 0; size <= needed + 2; size++) {
        struct guard memory = guard_copy(NULL, size);
        for (size_t max = 0; max <= NAMES + 1; max++) {
            memset(got, 0, sizeof got);
            int rc = wafer_csr_names(&csr, got, max, (char *)memory.data, size);
            assert_int_equal(rc, size >= needed && max >= NAMES ? (int)NAMES : WAFER_E_SPACE);
            assert_null(got[max < NAMES ? max : NAMES]);
            for (size_t i = 0; rc > 0 && i < NAMES; i++) {
                assert_string_equal(got[i], want[i]);
            }
        }
        guard_free(&memory);
    }
}

static void test_no_names(void **state)
{
    (void)state;
    uint8_t bare[512];
    char memory[64];
    const char *got[2];
    struct wafer_csr csr;
    FILE *pipe =
        popen("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null "
              "-subj /CN=x.test -outform DER 2>/dev/null",
              "r");
    assert_non_null(pipe);
    size_t len = fread(bare, 1, sizeof bare, pipe);
    assert_int_equal(pclose(pipe), 0);
    assert_int_equal(wafer_csr_open(&csr, bare, len), 0);
    assert_int_equal(wafer_csr_names(&csr, got, 2, memory, sizeof memory), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_csr_names(&csr, got, 0, memory, 0), WAFER_E_NOT_FOUND);
}

/* What is no request: cut, with something behind it, or something else. A certificate's public key is
 * the request's or it is not. */
static void test_open(void **state)
{
    (void)state;
    static const uint8_t no_request[] = {0x30, 0x03, 0x02, 0x01, 0x00};
    uint8_t longer[1025];
    struct wafer_csr csr;
    struct wafer_x509 x509;
    for (size_t len = 0; len < der_len; len++) {
        assert_int_equal(wafer_csr_open(&csr, der, len), WAFER_E_SYNTAX);
    }
    memcpy(longer, der, der_len);
    longer[der_len] = 0;
    assert_int_equal(wafer_csr_open(&csr, longer, der_len + 1), WAFER_E_SYNTAX);
    assert_int_equal(wafer_csr_open(&csr, no_request, sizeof no_request), WAFER_E_SYNTAX);
    assert_int_equal(wafer_csr_open(&csr, der, der_len), 0);
    assert_int_equal(wafer_csr_read(&x509, der, der_len), 0);
    assert_true(csr.has_key(&csr, x509.spki.data, x509.spki.len));
    assert_false(csr.has_key(&csr, x509.spki.data, x509.spki.len - 1));
    memcpy(longer, x509.spki.data, x509.spki.len);
    longer[x509.spki.len - 1] ^= 1;
    assert_false(csr.has_key(&csr, longer, x509.spki.len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own),   cmocka_unit_test(test_openssl),  cmocka_unit_test(test_broken),
        cmocka_unit_test(test_names), cmocka_unit_test(test_no_names), cmocka_unit_test(test_open),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
