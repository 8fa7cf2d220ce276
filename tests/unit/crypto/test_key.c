/* Keys and randomness: ECDSA by RFC 6979, the range of a secret, generation, HMAC_DRBG, PKCS#8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bearssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "crypto/drbg.h"
#include "wafer/port.h"
#include "wafer/signer.h"

static void unhex(const char *text, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned value;
        assert_int_equal(sscanf(text + 2 * i, "%2x", &value), 1);
        out[i] = (uint8_t)value;
    }
}

/* RFC 6979 A.2.5: the key, and its signatures with SHA-256. */
#define RFC6979_X "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"
#define RFC6979_U \
    "04" \
    "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6" \
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
static const struct {
    const char *message, *rs;
} rfc6979[] = {{"sample", "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
                          "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
               {"test", "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
                        "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"}};

/* The order n of P-256 (FIPS 186-4 D.1.2.3), one below, one above. */
#define ORDER        "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"
#define ORDER_LESS_1 "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550"

static void load(struct wafer_key *key, const char *hex)
{
    uint8_t secret[WAFER_KEY_SIZE];

    unhex(hex, secret, sizeof secret);
    assert_int_equal(wafer_key_load(key, secret), 0);
}

static void test_rfc6979(void **state)
{
    struct wafer_key key;
    struct wafer_signer signer;
    uint8_t expected[WAFER_POINT_SIZE], got[WAFER_POINT_SIZE];

    (void)state;
    load(&key, RFC6979_X);
    signer = wafer_key_signer(&key);
    unhex(RFC6979_U, expected, sizeof expected);
    assert_int_equal(signer.public_key(signer.ctx, got), 0);
    assert_memory_equal(got, expected, sizeof expected);

    for (size_t i = 0; i < 2; i++) {
        uint8_t hash[32];
        br_sha256_context sha256;

        br_sha256_init(&sha256);
        br_sha256_update(&sha256, rfc6979[i].message, strlen(rfc6979[i].message));
        br_sha256_out(&sha256, hash);
        unhex(rfc6979[i].rs, expected, WAFER_SIGNATURE_SIZE);
        assert_int_equal(signer.sign(signer.ctx, hash, got), 0);
        assert_memory_equal(got, expected, WAFER_SIGNATURE_SIZE);
    }
}

static void test_range(void **state)
{
    static const struct wafer_key zero;
    static const char *const refused[] = {"0000000000000000000000000000000000000000000000000000000000000000",
                                          ORDER,
                                          "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632552",
                                          "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"};
    struct wafer_key key;
    uint8_t secret[WAFER_KEY_SIZE], minus_g[WAFER_POINT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        unhex(refused[i], secret, sizeof secret);
        memset(&key, 0x55, sizeof key);
        assert_int_equal(wafer_key_load(&key, secret), WAFER_E_KEY);
        assert_memory_equal(&key, &zero, sizeof key);
    }
    /* n-1 gives -G: the x of G (FIPS 186-4 D.1.2.3) and p - y. */
    load(&key, ORDER_LESS_1);
    unhex("046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
          "B01CBD1C01E58065711814B583F061E9D431CCA994CEA1313449BF97C840AE0A",
          minus_g, sizeof minus_g);
    assert_memory_equal(key.point, minus_g, sizeof minus_g);
}

/* A port whose entropy is scripted. */
struct script {
    const uint8_t *data; /* NULL: fails */
    size_t asked;
};

static int scripted_entropy(void *ctx, void *data, size_t len)
{
    struct script *script = ctx;

    script->asked += len;
    if (script->data == NULL) {
        memset(data, 0xaa, len);
        return WAFER_E_ENTROPY;
    }
    memcpy(data, script->data, len);
    return 0;
}

static void test_generate(void **state)
{
    static const struct wafer_key zero;
    uint8_t seed[2][48];
    struct script script = {NULL, 0};
    struct wafer_port port = {.ctx = &script, .entropy = scripted_entropy};
    struct wafer_key a, b, c;
    br_hmac_drbg_context drbg;

    (void)state;
    memset(&a, 0x55, sizeof a);
    assert_int_equal(wafer_key_generate(&a, &port), WAFER_E_ENTROPY);
    assert_memory_equal(&a, &zero, sizeof a);
    assert_int_equal(wafer_drbg_init(&drbg, &port), WAFER_E_ENTROPY);

    memset(seed[0], 1, 48);
    memset(seed[1], 2, 48);
    script = (struct script){seed[0], 0};
    assert_int_equal(wafer_key_generate(&a, &port), 0);
    assert_int_equal(script.asked, 48);
    assert_int_equal(wafer_key_generate(&b, &port), 0);
    script.data = seed[1];
    assert_int_equal(wafer_key_generate(&c, &port), 0);
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_not_equal(a.secret, c.secret, sizeof a.secret);
    assert_memory_not_equal(a.secret, seed[0], sizeof a.secret);

    /* the public key belongs to the secret */
    assert_int_equal(wafer_key_load(&b, a.secret), 0);
    assert_memory_equal(&a, &b, sizeof a);
    wafer_key_wipe(&a);
    assert_memory_equal(&a, &zero, sizeof a);
}

/* HMAC_DRBG SHA-256 by its definition (SP 800-90A 10.1.2), computed here with HMAC:
 * the seed is all of the port's entropy and nothing else. */
static void hmac(const uint8_t key[32], const uint8_t *v, const uint8_t *tail, size_t len, uint8_t out[32])
{
    br_hmac_key_context kc;
    br_hmac_context ctx;

    br_hmac_key_init(&kc, &br_sha256_vtable, key, 32);
    br_hmac_init(&ctx, &kc, 0);
    br_hmac_update(&ctx, v, 32);
    br_hmac_update(&ctx, tail, len);
    br_hmac_out(&ctx, out);
}

static void test_drbg(void **state)
{
    uint8_t seed[48], k[32] = {0}, v[32], tail[49], expected[4];
    struct script script = {seed, 0};
    struct wafer_port port = {.ctx = &script, .entropy = scripted_entropy};
    br_hmac_drbg_context drbg;
    uint32_t value;

    (void)state;
    for (size_t i = 0; i < sizeof seed; i++) {
        seed[i] = (uint8_t)(i * 7);
    }
    memset(v, 1, sizeof v);
    for (uint8_t round = 0; round < 2; round++) {
        tail[0] = round;
        memcpy(tail + 1, seed, sizeof seed);
        hmac(k, v, tail, sizeof tail, k);
        hmac(k, v, NULL, 0, v);
    }
    hmac(k, v, NULL, 0, v);
    memcpy(expected, v, 4);

    assert_int_equal(wafer_drbg_init(&drbg, &port), 0);
    assert_int_equal(script.asked, 48);
    value = wafer_drbg_uint32(&drbg);
    assert_memory_equal(&value, expected, 4);
    assert_int_not_equal(wafer_drbg_uint32(&drbg), value);
}

/* openssl reads the PKCS#8 and tells the same secret and point. */
static void test_pkcs8(void **state)
{
    char path[] = "/tmp/wafer-key-XXXXXX", command[128], line[256], text[1024] = "";
    uint8_t der[WAFER_KEY_PKCS8_MAX + 1];
    struct wafer_key key;
    FILE *file;
    int fd;

    (void)state;
    load(&key, RFC6979_X);
    for (size_t size = 0; size < WAFER_KEY_PKCS8_MAX; size++) {
        assert_int_equal(wafer_key_to_pkcs8(&key, der, size), WAFER_E_SPACE);
    }
    der[WAFER_KEY_PKCS8_MAX] = 0xee;
    assert_int_equal(wafer_key_to_pkcs8(&key, der, WAFER_KEY_PKCS8_MAX), WAFER_KEY_PKCS8_MAX);
    assert_int_equal(der[WAFER_KEY_PKCS8_MAX], 0xee);

    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, der, WAFER_KEY_PKCS8_MAX), WAFER_KEY_PKCS8_MAX);
    close(fd);
    snprintf(command, sizeof command, "openssl pkey -check -inform DER -in %s -noout -text 2>&1", path);
    file = popen(command, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        for (const char *c = line; *c != 0; c++) {
            if (strchr(" :\n", *c) == NULL && strlen(text) + 1 < sizeof text) {
                text[strlen(text)] = *c; /* it is all zero behind */
            }
        }
    }
    assert_int_equal(pclose(file), 0);
    unlink(path);
    assert_non_null(strstr(text, "Keyisvalid"));
    assert_non_null(strstr(text, "privc9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
    assert_non_null(strstr(text, "pub0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                                 "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));
    assert_non_null(strstr(text, "prime256v1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rfc6979), cmocka_unit_test(test_range),
                                       cmocka_unit_test(test_generate), cmocka_unit_test(test_drbg),
                                       cmocka_unit_test(test_pkcs8)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
