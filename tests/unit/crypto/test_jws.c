/* JWK, thumbprint, signed requests and account binding against the values of the RFCs and of another
 * implementation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bearssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "format/base64url.h"
#include "crypto/jws.h"

/* RFC 7515 A.3.1: the example key. */
#define A3_D      "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
#define A3_X      "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define A3_Y      "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define JWK(x, y) "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" x "\",\"y\":\"" y "\"}"

/* Made with Python's cryptography: small secrets whose x or y begins with a zero. */
#define ZERO_X   "AFVDiUrz0A7X10Cr29dclrBod7eH219w7qeLkKjXwAo"
#define ZERO_X_Y "u0yFo9jqKe-q-iRAaRLdhNWxTcMr9lbvbGvVil2UP5I"
#define ZERO_Y_X "mGriUG8f8QTQQjCGHY9LSY9LxMbQCbMPdUTcEpuC0o0"
#define ZERO_Y   "ADzMwKZGDgrjKKTZfTx7YdhvxiicGJ8lJREMRBuwfpc"

static struct wafer_key key;

static size_t decode(const char *text, size_t len, uint8_t *out)
{
    uint32_t bits = 0;
    size_t filled = 0;

    for (size_t i = 0; i < len; i++) {
        int value = wafer_base64_value(text[i], "-_");

        assert_true(value >= 0);
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 != 0) {
            out[filled++] = (uint8_t)(bits >> (6 - i % 4 * 2));
        }
    }
    return filled;
}

static void load_a3(void)
{
    uint8_t secret[WAFER_KEY_SIZE];

    assert_int_equal(decode(A3_D, strlen(A3_D), secret), sizeof secret);
    assert_int_equal(wafer_key_load(&key, secret), 0);
}

static void load_small(uint16_t number)
{
    uint8_t secret[WAFER_KEY_SIZE] = {0};

    secret[30] = (uint8_t)(number >> 8);
    secret[31] = (uint8_t)number;
    assert_int_equal(wafer_key_load(&key, secret), 0);
}

struct content {
    const char *text;
    int error;
    int calls;
};

static int write_content(void *ctx, struct wafer_buf *out)
{
    struct content *content = ctx;

    content->calls++;
    wafer_buf_text(out, content->text);
    return content->error;
}

/* Takes the member `name` out of the flattened JSON, decoded when `decoded`. */
static size_t member(const char *json, const char *name, bool decoded, char *out, size_t size)
{
    char start[32];
    const char *at;
    size_t len;

    snprintf(start, sizeof start, "\"%s\":\"", name);
    at = strstr(json, start);
    assert_non_null(at);
    at += strlen(start);
    len = strcspn(at, "\"");
    if (!decoded) {
        assert_true(len < size);
        memcpy(out, at, len);
        out[len] = 0;
        return len;
    }
    assert_true(len < size);
    len = decode(at, len, (uint8_t *)out);
    out[len] = 0;
    return len;
}

/* Checks the form, the two parts, and the signature with ECDSA verification. */
static void assert_signed(const char *json, const char *header, const char *payload)
{
    char parts[2][700], decoded[700], whole[2200];
    uint8_t hash[32];
    br_sha256_context sha256;
    br_ec_public_key public_key = {BR_EC_secp256r1, key.point, WAFER_POINT_SIZE};

    member(json, "protected", true, decoded, sizeof decoded);
    assert_string_equal(decoded, header);
    member(json, "payload", true, decoded, sizeof decoded);
    assert_string_equal(decoded, payload);

    member(json, "protected", false, parts[0], sizeof parts[0]);
    member(json, "payload", false, parts[1], sizeof parts[1]);
    member(json, "signature", false, decoded, sizeof decoded);
    snprintf(whole, sizeof whole, "{\"protected\":\"%s\",\"payload\":\"%s\",\"signature\":\"%s\"}", parts[0],
             parts[1], decoded);
    assert_string_equal(json, whole);

    snprintf(whole, sizeof whole, "%s.%s", parts[0], parts[1]);
    br_sha256_init(&sha256);
    br_sha256_update(&sha256, whole, strlen(whole));
    br_sha256_out(&sha256, hash);
    assert_int_equal(member(json, "signature", true, decoded, sizeof decoded), WAFER_SIGNATURE_SIZE);
    assert_int_equal(
        br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, hash, 32, &public_key, decoded, WAFER_SIGNATURE_SIZE), 1);
}

static void assert_jwk(const char *jwk, const char *thumbprint)
{
    struct wafer_signer signer = wafer_key_signer(&key);
    struct wafer_jws jws = {&signer, NULL, NULL, "u"};
    char text[512], header[256], hash[WAFER_THUMBPRINT_LEN + 2];
    struct wafer_buf out;

    wafer_buf_init(&out, text, sizeof text);
    assert_int_equal(wafer_jws_append(&out, &jws, NULL, NULL), 0);
    snprintf(header, sizeof header, "{\"alg\":\"ES256\",\"jwk\":%s,\"url\":\"u\"}", jwk);
    assert_signed(wafer_buf_string(&out), header, "");

    memset(hash, 'z', sizeof hash);
    assert_int_equal(wafer_jwk_thumbprint(&signer, hash), 0);
    assert_string_equal(hash, thumbprint);
    assert_int_equal(hash[WAFER_THUMBPRINT_LEN + 1], 'z');
}

/* RFC 7638 3: the thumbprints were computed with Python's hashlib. */
static void test_jwk(void **state)
{
    (void)state;
    load_a3();
    assert_jwk(JWK(A3_X, A3_Y), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
    load_small(379);
    assert_jwk(JWK(ZERO_X, ZERO_X_Y), "7Yxe6c_3bAa6kiaK1G-BZmi9EeNsUmlcbdnrtLeuK4E");
    load_small(43);
    assert_jwk(JWK(ZERO_Y_X, ZERO_Y), "WZsjbh58q8kl1WsGShqtiycImZtCgGbukDn4RAacMig");
}

#define URL "https://ca.example/acme/new-order"

static void test_headers(void **state)
{
    static const struct {
        const char *kid, *nonce, *header;
    } cases[] = {
        {NULL, "n0-_nce",
         "{\"alg\":\"ES256\",\"jwk\":" JWK(A3_X, A3_Y) ",\"nonce\":\"n0-_nce\",\"url\":\"" URL "\"}"},
        {"https://ca.example/acct/1", "abc",
         "{\"alg\":\"ES256\",\"kid\":\"https://ca.example/acct/1\",\"nonce\":\"abc\",\"url\":\"" URL "\"}"},
        {NULL, NULL, "{\"alg\":\"ES256\",\"jwk\":" JWK(A3_X, A3_Y) ",\"url\":\"" URL "\"}"},
        {"a\"b\\c", "x", "{\"alg\":\"ES256\",\"kid\":\"a\\\"b\\\\c\",\"nonce\":\"x\",\"url\":\"" URL "\"}"}};

    (void)state;
    load_a3();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wafer_signer signer = wafer_key_signer(&key);
        struct wafer_jws jws = {&signer, cases[i].kid, cases[i].nonce, URL};
        struct content content = {"{\"a\":[1,2,3]}", 0, 0};
        char text[1024];
        struct wafer_buf out;

        wafer_buf_init(&out, text, sizeof text);
        assert_int_equal(wafer_jws_append(&out, &jws, write_content, &content), 0);
        assert_signed(wafer_buf_string(&out), cases[i].header, content.text);
        assert_int_equal(content.calls, 1);

        wafer_buf_init(&out, text, sizeof text);
        assert_int_equal(wafer_jws_append(&out, &jws, NULL, NULL), 0);
        assert_signed(wafer_buf_string(&out), cases[i].header, "");
    }
}

/* Appended behind what is there (a JWS inside a JWS), in every size of buffer. */
static void test_every_size(void **state)
{
    struct wafer_signer signer;
    struct wafer_jws jws = {&signer, "k", "n", "u"};
    struct content content = {"{}", 0, 0};
    char text[512];
    struct wafer_buf out;
    size_t need;

    (void)state;
    load_a3();
    signer = wafer_key_signer(&key);
    wafer_buf_init(&out, text, sizeof text);
    wafer_buf_text(&out, "before");
    assert_int_equal(wafer_jws_append(&out, &jws, write_content, &content), 0);
    need = out.len;
    assert_memory_equal(text, "before{\"protected\":\"", 20);

    for (size_t size = 6; size <= need; size++) {
        char *memory = malloc(size);
        int result;

        wafer_buf_init(&out, memory, size);
        wafer_buf_text(&out, "before");
        result = wafer_jws_append(&out, &jws, write_content, &content);
        assert_int_equal(result, size < need ? WAFER_E_SPACE : 0);
        if (result == 0) {
            assert_memory_equal(memory, text, need);
        }
        free(memory);
    }
}

static int refuse_public_key(void *ctx, uint8_t point[WAFER_POINT_SIZE])
{
    (void)ctx;
    (void)point;
    return WAFER_E_KEY;
}

static int refuse_to_sign(void *ctx, const uint8_t hash[32], uint8_t signature[WAFER_SIGNATURE_SIZE])
{
    (void)ctx;
    (void)hash;
    (void)signature;
    return WAFER_E_TIMEOUT;
}

static void test_failures(void **state)
{
    struct wafer_signer signer;
    struct wafer_jws jws = {&signer, NULL, "n", "u"};
    struct content content = {"{}", WAFER_E_ARGUMENT, 0};
    char text[1024];
    struct wafer_buf out;

    (void)state;
    load_a3();
    signer = wafer_key_signer(&key);
    wafer_buf_init(&out, text, sizeof text);
    assert_int_equal(wafer_jws_append(&out, &jws, write_content, &content), WAFER_E_ARGUMENT);
    content.error = 0;

    signer.sign = refuse_to_sign;
    wafer_buf_init(&out, text, sizeof text);
    assert_int_equal(wafer_jws_append(&out, &jws, write_content, &content), WAFER_E_KEY);

    signer = wafer_key_signer(&key);
    signer.public_key = refuse_public_key;
    wafer_buf_init(&out, text, sizeof text);
    assert_int_equal(wafer_jws_append(&out, &jws, write_content, &content), WAFER_E_KEY);
    wafer_buf_init(&out, text, sizeof text);
    jws.kid = "k";
    assert_int_equal(wafer_jws_append_eab(&out, &jws, (const uint8_t *)"m", 1), WAFER_E_KEY);
    assert_int_equal(wafer_jwk_thumbprint(&signer, text), WAFER_E_KEY);

    /* with a kid, the public key is not asked for */
    wafer_buf_init(&out, text, sizeof text);
    assert_int_equal(wafer_jws_append(&out, &jws, write_content, &content), 0);
}

/* RFC 8555 7.3.4; computed with Python's hmac over the 32 octets 200..231 as key. */
#define EAB \
    "{\"protected\":" \
    "\"eyJhbGciOiJIUzI1NiIsImtpZCI6ImtpZC0xIiwidXJsIjoiaHR0cHM6Ly9jYS5leGFtcGxlL25ldy1hY2NvdW50In0\"" \
    ",\"payload\":" \
    "\"eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImY4M09KM0QyeEYxQmc4dnViOXRMZTFnSE16Vjc2ZThUdXM5dVBIdlJWRV" \
    "UiLCJ5IjoieF9GRXpSdTltMzZITE5fdHVlNjU5TE5wWFc2cEN5U3Rpa1lqS0lXSTVhMCJ9\"" \
    ",\"signature\":\"E2KgsfHE-GeE3LUQqFLLPtIoK_nYo72BfamuVhFkBWw\"}"

static void test_eab(void **state)
{
    struct wafer_signer signer;
    uint8_t mac_key[32];

    (void)state;
    load_a3();
    signer = wafer_key_signer(&key);
    for (size_t i = 0; i < sizeof mac_key; i++) {
        mac_key[i] = (uint8_t)(200 + i);
    }
    for (size_t size = 0; size <= strlen(EAB) + 1; size++) {
        char *memory = malloc(size + 1);
        struct wafer_jws jws = {&signer, "kid-1", NULL, "https://ca.example/new-account"};
        struct wafer_buf out;
        int result;

        wafer_buf_init(&out, memory, size);
        result = wafer_jws_append_eab(&out, &jws, mac_key, sizeof mac_key);
        assert_int_equal(result, size < strlen(EAB) ? WAFER_E_SPACE : 0);
        if (result == 0) {
            memory[out.len] = 0;
            assert_string_equal(memory, EAB);
        }
        free(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_jwk), cmocka_unit_test(test_headers),
                                       cmocka_unit_test(test_every_size), cmocka_unit_test(test_failures),
                                       cmocka_unit_test(test_eab)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
