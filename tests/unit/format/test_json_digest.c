/* What is left of a JSON object that is too large, or broken off: for every split and every cut it is
 * the same as far as it goes, and never longer than what came in. */
#include "format/json_digest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "format/json.h"

#define SIZE 4096

/* Digests a text in portions, in memory that ends where it ends. */
static size_t digest(const char *text, size_t len, size_t portion, char *out, size_t size)
{
    struct wafer_json_digest d;

    wafer_json_digest_begin(&d, out, size);
    for (size_t at = 0; at < len; at += portion) {
        wafer_json_digest_feed(&d, text + at, portion < len - at ? portion : len - at);
    }
    size_t length = wafer_json_digest_end(&d);
    assert_true(length <= size);
    out[length < SIZE ? length : SIZE - 1] = 0;
    return length;
}

static void check(const char *text, const char *wanted)
{
    static char out[SIZE];
    size_t len = strlen(text);

    for (size_t portion = 1; portion <= len + 1; portion++) {
        digest(text, len, portion, out, sizeof out);
        assert_string_equal(out, wanted);
    }
    /* in place */
    strcpy(out, text);
    digest(out, len, len > 0 ? len : 1, out, sizeof out);
    assert_string_equal(out, wanted);
}

static void test_whole(void **state)
{
    (void)state;
    check("{}", "{}");
    check(" { \"a\" : 1 ,\r\n\t\"b\":\"x y\" } \n", "{\"a\":1,\"b\":\"x y\"}");
    check("{\"a\":[1,[2,{\"b\":\"]}\"}],3],\"c\":{\"d\":{}},\"e\":null}", "{\"a\":[],\"c\":{},\"e\":null}");
    check("{\"a\":\"\\\"}\\\\\",\"b\":[\"\\\"\",\"\\\\\"],\"c\":true}", "{\"a\":\"\\\"}\\\\\",\"b\":[],\"c\":true}");
    check("{\"a\":1} and more", "{\"a\":1}");
}

/* Nothing that begins otherwise. */
static void test_no_object(void **state)
{
    (void)state;
    check("", "");
    check("  ", "");
    check("<html>{\"type\":\"x\"}", "");
    check("[{\"type\":\"x\"}]", "");
    check("}{\"type\":\"x\"}", "");
    check("\"{}\"", "");
    check("17", "");
}

/* Whole members stay, and the beginning of a text. */
static void test_cut(void **state)
{
    (void)state;
    check("{\"a\":1,\"b\":2", "{\"a\":1}");
    check("{\"a\":\"x\",\"b", "{\"a\":\"x\"}");
    check("{\"a\":\"x\",\"b\":", "{\"a\":\"x\"}");
    check("{\"a\":\"x\",\"b\":[1,2", "{\"a\":\"x\"}");
    check("{\"a\":[1],\"b\":tru", "{\"a\":[]}");
    check("{\"a\":\"x\"", "{\"a\":\"x\"}");
    check("{\"a\":\"xyz", "{\"a\":\"xy\"}"); /* the last one may be a part of a character */
    check("{\"a\":\"x\\u00e", "{\"a\":\"x\"}");
    check("{\"a\":\"x\\", "{\"a\":\"x\"}");
    check("{\"a\":\"x\xe2\x82", "{\"a\":\"x\"}");
    check("{\"a\":\"", "{\"a\":\"\"}");
}

static void put_many(char *text, const char *what, int count)
{
    for (char *at = text + strlen(text); count > 0; count--) {
        strcpy(at, what);
        at += strlen(what);
    }
}

/* The value of "a" is shortened at a character, and "b" behind it is there. */
static void check_long(const char *character, size_t least)
{
    static char text[40000], out[SIZE], memory[SIZE], a[1000], b[16];
    struct wafer_json json;

    strcpy(text, "{\"a\":\"");
    put_many(text, character, 3000);
    strcat(text, "\",\"b\":\"behind\"}");
    for (size_t portion = 1; portion < 60; portion += 7) {
        size_t len = digest(text, strlen(text), portion, out, sizeof out);
        assert_true(wafer_json_parse(&json, out, len, memory, sizeof memory) > 0);
        assert_true(wafer_json_string(&json, wafer_json_member(&json, 0, "a"), a, sizeof a) >= (int)least ||
                    strlen(a) >= sizeof a - 4);
        assert_int_equal(wafer_json_string(&json, wafer_json_member(&json, 0, "b"), b, sizeof b), 6);
        assert_string_equal(b, "behind");
    }
}

static void test_long_strings(void **state)
{
    (void)state;
    check_long("x", 256);
    check_long("\xe4\xbd\xa0", 256);
    check_long("\\u4f60", 256);
    check_long("\\\"", 256);
    check_long("\\\\", 256);
}

/* Members that do not fit are left out, and what comes out is an object all the same. */
static void test_no_room(void **state)
{
    static char text[40000], out[SIZE], memory[SIZE * 8];
    struct wafer_json json;

    (void)state;
    strcpy(text, "{\"first\":\"1\"");
    put_many(text, ",\"member\":[{\"a\":1}],\"text\":\"abc\",\"n\":12", 500);
    strcat(text, "}");
    for (size_t size = 14; size < 200; size++) {
        memset(out, '#', sizeof out);
        size_t len = digest(text, strlen(text), 11, out, size);
        assert_int_equal(out[size], size > len ? '#' : 0);
        assert_true(wafer_json_parse(&json, out, len, memory, sizeof memory) > 0);
        assert_true(wafer_json_member(&json, 0, "first") > 0);
    }
}

/* Brackets without end neither overflow nor come out as JSON. */
static void test_nesting(void **state)
{
    static char text[2000], out[SIZE], memory[SIZE];
    struct wafer_json json;

    (void)state;
    strcpy(text, "{\"a\":");
    put_many(text, "[", 1000);
    size_t len = digest(text, strlen(text), 3, out, sizeof out);
    assert_true(wafer_json_parse(&json, out, len, memory, sizeof memory) < 0);
    put_many(text, "]", 900);
    len = digest(text, strlen(text), 3, out, sizeof out);
    assert_true(wafer_json_parse(&json, out, len, memory, sizeof memory) < 0);
}

/* Every beginning of a document gives JSON once its first member is there. */
static void test_every_cut(void **state)
{
    static const char text[] = "{\"type\":\"urn:x\",\"detail\":\"\\u00e4 \xc3\xa4 \\\"quoted\\\"\",\"status\":403,"
                               "\"subproblems\":[{\"type\":\"a\",\"identifier\":{\"value\":\"b\"}}]}";
    char out[SIZE], memory[SIZE], type[16];
    struct wafer_json json;

    (void)state;
    for (size_t len = 16; len < sizeof text; len++) {
        size_t length = digest(text, len, len, out, sizeof out);
        assert_true(wafer_json_parse(&json, out, length, memory, sizeof memory) > 0);
        assert_true(wafer_json_string(&json, wafer_json_member(&json, 0, "type"), type, sizeof type) > 0);
        assert_string_equal(type, "urn:x");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),        cmocka_unit_test(test_no_object), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_long_strings), cmocka_unit_test(test_no_room),   cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_every_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
