/* Signatures on certificates: every root that Debian carries has signed itself, and nothing that
 * differs from it in one octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include "crypto/signature.h"
#include "format/x509.h"
#include "wafer/pem.h"

#define ROOTS   "/usr/share/ca-certificates/mozilla/*.crt"
#define DER_MAX 4096

static uint8_t der[DER_MAX];
static size_t der_len;

static struct wafer_verifiers verifiers(void)
{
    const struct wafer_verifiers all = {&br_ec_prime_i31, br_ecdsa_i31_vrfy_asn1, br_rsa_i31_pkcs1_vrfy};
    return all;
}

static void load(const char *path)
{
    struct wafer_pem pem;
    FILE *file = fopen(path, "r");
    int c, rc = 0;
    assert_non_null(file);
    wafer_pem_init(&pem, "CERTIFICATE", WAFER_PEM_SKIP_OTHERS, der, sizeof der);
    while (rc == 0 && (c = fgetc(file)) != EOF) {
        rc = wafer_pem_feed(&pem, (char)c);
    }
    fclose(file);
    assert_true(rc > 0);
    der_len = pem.len;
}

/* Whether the loaded certificate has signed itself: as wafer_signature_verify. */
static int verify_own(void)
{
    const struct wafer_verifiers all = verifiers();
    struct wafer_signature signature;
    struct wafer_x509 cert;
    int rc = wafer_x509_parse(&cert, der, der_len);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_signature_take(&signature, der, der_len);
    if (rc < 0) {
        return rc;
    }
    assert_true(signature.value > der && signature.value + signature.len == der + der_len);
    return wafer_signature_verify(&signature, &cert.spki, &all);
}

/* Calls a function for each root; returns how many there are. */
static size_t for_each_root(void (*visit)(void))
{
    glob_t found;
    assert_int_equal(glob(ROOTS, 0, NULL, &found), 0);
    size_t count = found.gl_pathc;
    for (size_t i = 0; i < count; i++) {
        load(found.gl_pathv[i]);
        visit();
    }
    globfree(&found);
    return count;
}

/* How often each algorithm came, by key type and hash. */
static unsigned seen[3][3];

static void check_root(void)
{
    struct wafer_signature signature;
    int rc = verify_own();
    if (rc == WAFER_E_NOT_FOUND) { /* SHA-1, P-521 */
        return;
    }
    assert_int_equal(rc, 1);
    assert_int_equal(wafer_signature_take(&signature, der, der_len), 0);
    seen[signature.key_type][signature.sha2]++;
}

static void test_roots(void **state)
{
    (void)state;
    memset(seen, 0, sizeof seen);
    assert_true(for_each_root(check_root) > 100);
    assert_true(seen[BR_KEYTYPE_RSA][0] > 0 && seen[BR_KEYTYPE_RSA][1] > 0 && seen[BR_KEYTYPE_RSA][2] > 0);
    assert_true(seen[BR_KEYTYPE_EC][0] > 0 && seen[BR_KEYTYPE_EC][1] > 0);
}

/* A few octets of what is signed, and the last of the signature. Between them stand the
 * algorithm's parameters, which nobody needs. */
static void check_flipped(void)
{
    if (verify_own() != 1) {
        return;
    }
    for (size_t at = 4; at < der_len / 2; at += der_len / 17) {
        der[at] ^= 0x01;
        assert_int_not_equal(verify_own(), 1);
        der[at] ^= 0x01;
    }
    der[der_len - 1] ^= 0x80;
    assert_int_equal(verify_own(), 0);
}

static void test_flipped(void **state)
{
    (void)state;
    for_each_root(check_flipped);
}

static void check_truncated(void)
{
    struct wafer_signature signature;
    for (size_t len = 0; len < der_len; len += 1 + len / 8) {
        assert_int_equal(wafer_signature_take(&signature, der, len), WAFER_E_SYNTAX);
    }
}

static void test_truncated(void **state)
{
    (void)state;
    for_each_root(check_truncated);
}

/* The one who signed is not whoever has a key. */
static void test_other_key(void **state)
{
    const struct wafer_verifiers all = verifiers();
    struct wafer_signature signature;
    struct wafer_x509 cert;
    static uint8_t first[DER_MAX];
    size_t first_len;
    (void)state;
    load("/usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt");
    memcpy(first, der, der_len);
    first_len = der_len;
    assert_int_equal(wafer_signature_take(&signature, first, first_len), 0);
    load("/usr/share/ca-certificates/mozilla/ISRG_Root_X2.crt");
    assert_int_equal(wafer_x509_parse(&cert, der, der_len), 0);
    assert_int_equal(wafer_signature_verify(&signature, &cert.spki, &all), 0);
    load("/usr/share/ca-certificates/mozilla/DigiCert_Global_Root_G2.crt");
    assert_int_equal(wafer_x509_parse(&cert, der, der_len), 0);
    assert_int_equal(wafer_signature_verify(&signature, &cert.spki, &all), 0);
    assert_int_equal(wafer_x509_parse(&cert, first, first_len), 0);
    assert_int_equal(wafer_signature_verify(&signature, &cert.spki, &all), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roots),
        cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_other_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
