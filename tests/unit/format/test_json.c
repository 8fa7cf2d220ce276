/* Reading values out of JSON: members, lists and strings of documents as an ACME server sends them,
 * also cut off and with any octet replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "json_text.h"

static const char directory[] =
    "{\n"
    "  \"keyChange\": \"https://localhost:14000/rollover-account-key\",\n"
    "  \"meta\": {\n"
    "    \"caaIdentities\": [\n      \"pebble.letsencrypt.org\"\n    ],\n"
    "    \"externalAccountRequired\": false,\n"
    "    \"profiles\": {\n"
    "      \"default\": \"The profile you know and love\",\n"
    "      \"shortlived\": \"A short-lived cert profile, without actual enforcement\"\n"
    "    },\n"
    "    \"termsOfService\": \"data:text/plain,Do%20what%20thou%20wilt\",\n"
    "    \"website\": null\n"
    "  },\n"
    "  \"newAccount\": \"https://localhost:14000/sign-me-up\",\n"
    "  \"newNonce\": \"https://localhost:14000/nonce-plz\",\n"
    "  \"newOrder\": \"https://localhost:14000/order-plz\",\n"
    "  \"renewalInfo\": \"https://localhost:14000/draft-ietf-acme-ari-03/renewalInfo\",\n"
    "  \"revokeCert\": \"https://localhost:14000/revoke-cert\"\n"
    "}";

static const char order[] =
    "{\"status\":\"pending\",\"expires\":\"2026-01-02T03:04:05Z\",\"identifiers\":[{\"type\":\"dns\","
    "\"value\":\"a.example\"},{\"type\":\"dns\",\"value\":\"*.b.example\"}],\"profile\":\"default\","
    "\"error\":null,"
    "\"finalize\":\"https://localhost:14000/finalize-order/U1n\",\"authorizations\":[\"https://"
    "localhost:14000/"
    "authZ/1\",\"https://localhost:14000/authZ/2\"],\"certificate\":null}";

static const char problem[] =
    "{\"type\":\"urn:ietf:params:acme:error:compound\",\"detail\":\"Caf\\u00e9 \\ud83d\\ude00 \xe2\x82\xac "
    "\\\"no\\\"\","
    "\"status\":403,\"subproblems\":[{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"a\\\\b\\/"
    "c\\b\\f\\n\\r\\t\","
    "\"identifier\":{\"type\":\"dns\",\"value\":\"x.example\"}},{\"type\":\"urn:ietf:params:acme:error:dns\","
    "\"detail\":\"\",\"identifier\":null}],\"retry\":-1.5e+3,\"ok\":true}\r\n";

static void string_is(const struct wafer_json *json, int value, const char *expected)
{
    char out[256];

    assert_int_equal(wafer_json_string(json, value, out, sizeof out), strlen(expected));
    assert_string_equal(out, expected);
    assert_int_equal(wafer_json_equals(json, value, expected), 1);
}

static void test_directory(void **state)
{
    struct json_text d;
    int meta;

    (void)state;
    assert_int_equal(json_text_open(&d, directory), 30);
    string_is(&d.json, wafer_json_member(&d.json, 0, "newNonce"), "https://localhost:14000/nonce-plz");
    assert_int_equal(wafer_json_member(&d.json, 0, "newAuthz"), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_json_member(&d.json, 0, "termsOfService"), WAFER_E_NOT_FOUND); /* is inside meta */
    meta = wafer_json_member(&d.json, 0, "meta");
    assert_true(meta > 0);
    assert_int_equal(wafer_json_member(&d.json, meta, "website"), WAFER_E_NOT_FOUND); /* null */
    assert_true(wafer_json_member(&d.json, meta, "externalAccountRequired") > meta);
    string_is(&d.json, wafer_json_member(&d.json, meta, "termsOfService"),
              "data:text/plain,Do%20what%20thou%20wilt");
    json_text_close(&d);
}

static void test_order(void **state)
{
    struct json_text d;
    int count = 0, list;

    (void)state;
    assert_true(json_text_open(&d, order) > 0);
    list = wafer_json_member(&d.json, 0, "identifiers");
    for (int i = wafer_json_first(&d.json, list); i >= 0; i = wafer_json_next(&d.json, list, i)) {
        assert_int_equal(wafer_json_equals(&d.json, wafer_json_member(&d.json, i, "type"), "dns"), 1);
        string_is(&d.json, wafer_json_member(&d.json, i, "value"), count == 0 ? "a.example" : "*.b.example");
        count++;
    }
    assert_int_equal(count, 2);
    list = wafer_json_member(&d.json, 0, "authorizations");
    count = wafer_json_next(&d.json, list, wafer_json_first(&d.json, list));
    string_is(&d.json, count, "https://localhost:14000/authZ/2");
    assert_int_equal(wafer_json_next(&d.json, list, count), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_json_member(&d.json, 0, "certificate"), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_json_member(&d.json, 0, "error"), WAFER_E_NOT_FOUND);
    json_text_close(&d);
}

static void test_problem(void **state)
{
    struct json_text d;
    int list, sub;

    (void)state;
    assert_true(json_text_open(&d, problem) > 0);
    string_is(&d.json, wafer_json_member(&d.json, 0, "detail"),
              "Caf\xc3\xa9 \xf0\x9f\x98\x80 \xe2\x82\xac \"no\"");
    assert_true(wafer_json_member(&d.json, 0, "status") > 0);
    assert_int_equal(wafer_json_equals(&d.json, wafer_json_member(&d.json, 0, "status"), "403"),
                     0); /* a number */
    list = wafer_json_member(&d.json, 0, "subproblems");
    sub = wafer_json_first(&d.json, list);
    string_is(&d.json, wafer_json_member(&d.json, sub, "detail"), "a\\b/c\b\f\n\r\t");
    sub = wafer_json_next(&d.json, list, sub);
    string_is(&d.json, wafer_json_member(&d.json, sub, "detail"), "");
    assert_int_equal(wafer_json_member(&d.json, sub, "identifier"), WAFER_E_NOT_FOUND);
    json_text_close(&d);
}

/* No beginning of a document is a document; one more octet is only taken if it is white space. */
static void test_truncated(void **state)
{
    static const char *const documents[] = {directory, order, problem};
    char memory[4096];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t len = strlen(documents[i]) - (i == 2 ? 2 : 0); /* without the line's end */
        struct guard guard = guard_copy(documents[i], len + 1);
        struct wafer_json json;

        for (size_t cut = 0; cut < len; cut++) {
            char *at = (char *)guard_refill(&guard, documents[i], cut);

            assert_int_equal(wafer_json_parse(&json, at, cut, memory, sizeof memory), WAFER_E_JSON);
            assert_int_equal(wafer_json_member(&json, 0, "type"), WAFER_E_NOT_FOUND);
        }
        memcpy(guard.data, documents[i], len);
        for (int c = 0; c < 256; c++) {
            int status;

            guard.data[len] = (uint8_t)c;
            status = wafer_json_parse(&json, (char *)guard.data, len + 1, memory, sizeof memory);
            assert_int_equal(status > 0, c == ' ' || c == '\t' || c == '\r' || c == '\n');
        }
        guard_free(&guard);
    }
}

/* Any octet replaced by any other: whatever comes out, nothing outside is read. */
static void test_replaced_octets(void **state)
{
    char memory[4096], out[64];
    struct guard guard = guard_copy(problem, strlen(problem));

    (void)state;
    for (size_t i = 0; i < guard.len; i++) {
        for (int c = 0; c < 256; c += 1 + (c > 127) * 8) {
            struct wafer_json json;
            int status;

            guard.data[i] = (uint8_t)c;
            status = wafer_json_parse(&json, (char *)guard.data, guard.len, memory, sizeof memory);
            assert_true(status > 0 || status == WAFER_E_JSON);
            status = wafer_json_string(&json, wafer_json_member(&json, 0, "detail"), out, sizeof out);
            assert_true(status >= 0 || status == WAFER_E_NOT_FOUND || status == WAFER_E_JSON);
        }
        guard.data[i] = (uint8_t)problem[i];
    }
    guard_free(&guard);
}

static void test_no_text(void **state)
{
    static const char *const cases[] = {
        "[\"a\\u0000b\"]",      "[\"\\ud83d\"]",        "[\"\\ude00\"]",
        "[\"\\ud83dx\"]",       "[\"\\ud83d\\n\"]",     "[\"\\ud83d\\ud83d\"]",
        "[\"\\ude00\\ud83d\"]", "[\"\\ud83d\\u0041\"]", "[\"\\udbff\\ue000\"]"};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_text d;
        char out[32] = "before";

        assert_int_equal(json_text_open(&d, cases[i]), 2);
        assert_int_equal(wafer_json_string(&d.json, 1, out, sizeof out), WAFER_E_JSON);
        assert_string_equal(out, "");
        assert_int_equal(wafer_json_equals(&d.json, 1, ""), 0);
        assert_int_equal(wafer_json_equals(&d.json, 1, "a"), 0);
        json_text_close(&d);
    }
}

/* Every size for a string with characters of one to four octets. */
static void test_string_sizes(void **state)
{
    static const char whole[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
    static const size_t fits[] = {0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
    struct json_text d;

    (void)state;
    assert_int_equal(json_text_open(&d, "[\"a\\u00E9\xe2\x82\xac\\uD83D\\uDE00z\"]"), 2);
    for (size_t size = 0; size <= 12; size++) {
        struct guard out = guard_copy(NULL, size);
        int status = wafer_json_string(&d.json, 1, (char *)out.data, size);

        if (size == 12) {
            assert_int_equal(status, 11);
            assert_string_equal((char *)out.data, whole);
        } else {
            assert_int_equal(status, WAFER_E_SPACE);
            if (size > 0) {
                assert_int_equal(strlen((char *)out.data), fits[size]);
                assert_memory_equal(out.data, whole, fits[size]);
            }
        }
        guard_free(&out);
    }
    assert_int_equal(wafer_json_equals(&d.json, 1, whole), 1);
    assert_int_equal(wafer_json_equals(&d.json, 1, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 0);
    assert_int_equal(wafer_json_equals(&d.json, 1, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80zz"), 0);
    assert_int_equal(wafer_json_equals(&d.json, 1, ""), 0);
    json_text_close(&d);
}

static void test_types(void **state)
{
    struct json_text d;
    char out[8];
    int count;

    (void)state;
    count = json_text_open(
        &d, "{\"s\":\"1\",\"n\":1,\"t\":true,\"f\":false,\"z\":null,\"o\":{},\"l\":[],\"lit\":\"true\"}");
    assert_int_equal(count, 17);
    for (int value = -3; value <= count + 3; value++) {
        int is_string = value > 0 && value < count && (value % 2 == 1 || value == 2 || value == 16);

        assert_int_equal(wafer_json_string(&d.json, value, out, sizeof out) >= 0, is_string);
        assert_int_equal(wafer_json_first(&d.json, value) >= 0, value == 0);
        assert_int_equal(wafer_json_member(&d.json, value, "s") >= 0, value == 0);
        for (int element = -3; element <= count + 3; element++) { /* nonsense must not crash */
            int next = wafer_json_next(&d.json, value, element);
            assert_true(next == WAFER_E_NOT_FOUND || (next > element && next < count));
        }
    }
    assert_int_equal(wafer_json_string(&d.json, WAFER_E_NOT_FOUND, out, sizeof out), WAFER_E_NOT_FOUND);
    assert_string_equal(out, "");
    assert_int_equal(wafer_json_next(&d.json, 0, INT32_MAX), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_json_next(&d.json, 0, INT32_MIN), WAFER_E_NOT_FOUND);
    json_text_close(&d);
}

static void test_members(void **state)
{
    struct json_text d;
    int count = 0;

    (void)state;
    assert_true(json_text_open(&d,
                               "{\"x\":{\"a\":\"in\"},\"y\":[\"a\",\"z\"],\"v\":\"a\",\"\\u0061\":\"first\","
                               "\"a\":\"second\",\"ab\":1,"
                               "\"n\":null,\"n\":2}") > 0);
    string_is(&d.json, wafer_json_member(&d.json, 0, "a"), "first");
    assert_int_equal(wafer_json_member(&d.json, 0, "A"), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_json_member(&d.json, 0, ""), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_json_member(&d.json, 0, "abc"), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_json_member(&d.json, 0, "n"), WAFER_E_NOT_FOUND); /* the first of its name */
    assert_int_equal(wafer_json_member(&d.json, wafer_json_member(&d.json, 0, "y"), "a"), WAFER_E_NOT_FOUND);
    for (int key = wafer_json_first(&d.json, 0); key >= 0; key = wafer_json_next(&d.json, 0, key)) {
        count++;
    }
    assert_int_equal(count, 8);
    json_text_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directory),       cmocka_unit_test(test_order),
        cmocka_unit_test(test_problem),         cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_replaced_octets), cmocka_unit_test(test_no_text),
        cmocka_unit_test(test_string_sizes),    cmocka_unit_test(test_types),
        cmocka_unit_test(test_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
