/* What the JSON parser takes and refuses: the grammar of RFC 8259, what jsmn alone lets through, depth,
 * size and memory for tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "json_text.h"

static void test_valid(void **state)
{
    static const struct {
        const char *text;
        int tokens;
    } cases[] = {
        {"{}", 1},
        {"[]", 1},
        {" \t\r\n[ ]\n", 1},
        {"{\"a\":1}", 3},
        {"[1,2 , 3]", 4},
        {"{\"\":\"\"}", 3},
        {"[0,-0,10,-1.0,0.5,1e1,1E+10,1.5e-07]", 9},
        {"[true,false,null]", 4},
        {"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", 16},
        {"{\"a\":{\"a\":[{}]},\"b\":[]}", 8},
        {"[\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf"
         "\xbf\"]",
         2},
        {"[\"\\u0000\",\"\\ud800\",\"\\udc00\\ud800x\"]", 4}, /* grammatical, see test_no_text */
        {"{\"a\":1,\"a\":2}", 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_text d;
        int tokens = json_text_open(&d, cases[i].text);

        if (tokens != cases[i].tokens) {
            fail_msg("%s: %d", cases[i].text, tokens);
        }
        json_text_close(&d);
        /* exactly the tokens' memory is enough, one octet less is not */
        assert_int_equal(json_text_open_with(&d, cases[i].text, strlen(cases[i].text), (size_t)tokens * 16),
                         tokens);
        json_text_close(&d);
        assert_int_equal(
            json_text_open_with(&d, cases[i].text, strlen(cases[i].text), (size_t)tokens * 16 - 1),
            WAFER_E_TOO_LARGE);
        json_text_close(&d);
    }
}

static void test_invalid(void **state)
{
    static const char *const cases[] = {
        /* not an object or array, or more than one */
        "",
        " ",
        "1",
        "\"a\"",
        "null",
        "true",
        "{}{}",
        "[] []",
        "{},",
        "[]1",
        "{}x",
        "[]\"\"",
        "\xef\xbb\xbf{}",
        /* brackets */
        "{",
        "[",
        "}",
        "]",
        "{]",
        "[}",
        "[[]",
        "{\"a\":[}]",
        "[]]",
        "{}}",
        "{\"a\":{}",
        /* what jsmn lets through */
        "{\"a\"}",
        "{\"a\":1,\"b\"}",
        "{\"a\",\"b\"}",
        "{\"a\" \"b\"}",
        "{\"a\":}",
        "{:1}",
        "{\"a\"::1}",
        "{\"a\":1:2}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":\"b\" \"c\"}",
        "{\"a\":\"b\":\"c\"}",
        "{1:2}",
        "{null:1}",
        "{a:1}",
        "{[]:1}",
        "{{}}",
        "{{}:1}",
        "{[]}",
        "[1 2]",
        "[\"a\" \"b\"]",
        "[\"a\"\"b\"]",
        "[1:2]",
        "[\"a\":1]",
        "[[]1]",
        "[{}{}]",
        "[1,]",
        "[,1]",
        "[,]",
        "[1,,2]",
        "{,}",
        "{\"a\":1,}",
        "{,\"a\":1}",
        ":",
        ",",
        "[:]",
        "{\"a\":1]",
        "[\"a\":]",
        /* primitives */
        "[tru]",
        "[truex]",
        "[true1]",
        "[True]",
        "[nul]",
        "[nulll]",
        "[falsetrue]",
        "[nan]",
        "[-]",
        "[+1]",
        "[01]",
        "[-01]",
        "[1.]",
        "[.5]",
        "[1.e1]",
        "[1e]",
        "[1e+]",
        "[1e1.5]",
        "[0x1]",
        "[1a]",
        "[1-2]",
        "[--1]",
        "[Infinity]",
        "[1_0]",
        "['a']",
        /* strings */
        "[\"]",
        "[\"a]",
        "[a\"]",
        "[\"\\\"]",
        "[\"\\x\"]",
        "[\"\\'\"]",
        "[\"\\u\"]",
        "[\"\\u12\"]",
        "[\"\\u123\"]",
        "[\"\\u12g4\"]",
        "[\"\\U0041\"]",
        "[\"\\ud800\\u12\"]",
        "[\"\\ud800\\\"]",
        "[\"\n\"]",
        "[\"\t\"]",
        "[\"\x1f\"]",
        /* UTF-8: stray, overlong, cut, surrogates, too high */
        "[\"\x80\"]",
        "[\"\xbf\"]",
        "[\"\xc0\x80\"]",
        "[\"\xc1\xbf\"]",
        "[\"\xc2\"]",
        "[\"\xc2\x41\"]",
        "[\"\xe0\x80\x80\"]",
        "[\"\xe0\x9f\xbf\"]",
        "[\"\xe2\x82\"]",
        "[\"\xed\xa0\x80\"]",
        "[\"\xed\xbf\xbf\"]",
        "[\"\xf0\x80\x80\x80\"]",
        "[\"\xf0\x8f\xbf\xbf\"]",
        "[\"\xf0\x9f\x98\"]",
        "[\"\xf4\x90\x80\x80\"]",
        "[\"\xf5\x80\x80\x80\"]",
        "[\"\xf8\x88\x80\x80\x80\"]",
        "[\"\xfc\x80\x80\x80\"]",
        "[\"\xfe\"]",
        "[\"\xff\xbf\xbf\xbf\"]",
        /* other characters */
        "[\xa0]",
        "[1;2]",
        "[1]//",
        "/**/[]",
        "[\v]",
        "[\f]",
        "(1)",
        /* nesting: 17 */
        "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]",
        "{\"a\":[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_text d;
        int status = json_text_open(&d, cases[i]);

        if (status != WAFER_E_JSON) {
            fail_msg("%s: %d", cases[i], status);
        }
        json_text_close(&d);
    }
}

/* jsmn ends at a NUL. */
static void test_nul(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {{"{}\0", 3},      {"{}\0x", 4},    {"\0{}", 3},       {"[1\0]", 4},
                 {"[\"a\0\"]", 6}, {"[1,\0 2]", 7}, {"[\"\\\0\"]", 6}, {"[\"\\u00\0001\"]", 10}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_text d;

        assert_int_equal(json_text_open_with(&d, cases[i].text, cases[i].len, 4096), WAFER_E_JSON);
        json_text_close(&d);
    }
}

static void test_deep(void **state)
{
    static const size_t depth = 100000;
    char *text = malloc(2 * depth);
    struct json_text d;

    (void)state;
    assert_non_null(text);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    assert_int_equal(json_text_open_with(&d, text, 2 * depth, 4096), WAFER_E_JSON);
    json_text_close(&d);
    free(text);
}

/* A valid body of 100 kB: many small values do not fit, one long value does. */
static void test_large(void **state)
{
    static const size_t size = 100000;
    char *text = malloc(size), *out = malloc(size);
    struct json_text d;

    (void)state;
    assert_non_null(text);
    assert_non_null(out);
    for (size_t i = 0; i < size; i += 2) {
        text[i] = i == 0 ? '[' : '1';
        text[i + 1] = i == size - 2 ? ']' : i == 0 ? ' ' : ',';
    }
    assert_int_equal(json_text_open_with(&d, text, size, 4096), WAFER_E_TOO_LARGE);
    assert_int_equal(wafer_json_first(&d.json, 0), WAFER_E_NOT_FOUND);
    json_text_close(&d);
    text[size - 1] = ',';
    assert_int_equal(json_text_open_with(&d, text, size, 4096), WAFER_E_JSON);
    json_text_close(&d);
    memset(text, 'x', size);
    memcpy(text, "[\"", 2);
    memcpy(text + size - 2, "\"]", 2);
    assert_int_equal(json_text_open_with(&d, text, size, 32), 2);
    assert_int_equal(wafer_json_string(&d.json, 1, out, size), size - 4);
    assert_int_equal(wafer_json_string(&d.json, 1, out, 10), WAFER_E_SPACE);
    assert_string_equal(out, "xxxxxxxxx");
    json_text_close(&d);
    free(text);
    free(out);
}

/* Tokens at any alignment and in any size. */
static void test_token_memory(void **state)
{
    uint8_t memory[64 + 16];

    (void)state;
    for (size_t skip = 0; skip < 8; skip++) {
        for (size_t size = 0; size <= 64; size++) {
            struct wafer_json json;
            int status;

            memset(memory, 0xa5, sizeof memory);
            status = wafer_json_parse(&json, "[1,2]", 5, memory + skip, size);
            assert_true(status == 3 || status == WAFER_E_TOO_LARGE);
            assert_true(size < 48 + 3 || status == 3);
            assert_true(size >= 48 || status == WAFER_E_TOO_LARGE);
            assert_int_equal(memory[skip + size], 0xa5);
            assert_true(skip == 0 || memory[skip - 1] == 0xa5);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid), cmocka_unit_test(test_invalid), cmocka_unit_test(test_nul),
        cmocka_unit_test(test_deep),  cmocka_unit_test(test_large),   cmocka_unit_test(test_token_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
