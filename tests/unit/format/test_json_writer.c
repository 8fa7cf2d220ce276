/* The JSON writer: whole documents, every size of memory, and each character back through the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "format/json_writer.h"
#include "format/json.h"

/* An order, RFC 8555 7.4. */
static void write_order(struct wafer_buf *out)
{
    wafer_jsonw(out, "{\"identifiers\":[{\"type\":%s,\"value\":%s}],", "dns", "example.org");
    wafer_jsonw(out, "\"profile\":%s}", "");
}

static const char order[] = "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"example.org\"}],\"profile\":\"\"}";

static void test_whole(void **state)
{
    char memory[512], tokens[512];
    struct wafer_json json;
    struct wafer_buf out;

    (void)state;
    wafer_buf_init(&out, memory, sizeof memory);
    write_order(&out);
    assert_string_equal(wafer_buf_string(&out), order);
    assert_int_equal(wafer_json_parse(&json, memory, out.len, tokens, sizeof tokens), 10);
}

/* No size between nothing and enough yields anything but the error. */
static void test_every_size(void **state)
{
    char memory[512];

    (void)state;
    for (size_t size = 0; size < sizeof order; size++) {
        struct wafer_buf out;

        memset(memory, '#', sizeof memory);
        wafer_buf_init(&out, memory, size);
        write_order(&out);
        assert_int_equal(wafer_buf_status(&out), size == sizeof order - 1 ? (int)size : WAFER_E_SPACE);
        assert_int_equal(memory[size], '#');
    }
}

static void test_escapes(void **state)
{
    char memory[64];
    struct wafer_buf out;

    (void)state;
    wafer_buf_init(&out, memory, sizeof memory);
    wafer_jsonw(&out, "%s", "a\"b\\c/d%s\n\t\x1f\x01\x7f\xc3\xa9");
    assert_string_equal(wafer_buf_string(&out), "\"a\\\"b\\\\c/d%s\\u000a\\u0009\\u001f\\u0001\x7f\xc3\xa9\"");
}

/* Every character goes through the reader unchanged, as a value and as a key. */
static void test_read_back(void **state)
{
    (void)state;
    for (int c = 1; c < 128; c++) {
        char text[4] = {'x', (char)c, 'y', 0}, memory[64], tokens[64], again[8];
        struct wafer_json json;
        struct wafer_buf out;

        wafer_buf_init(&out, memory, sizeof memory);
        wafer_jsonw(&out, "{%s:%s}", text, text);
        assert_int_equal(wafer_json_parse(&json, memory, out.len, tokens, sizeof tokens), 3);
        assert_int_equal(wafer_json_string(&json, wafer_json_member(&json, 0, text), again, sizeof again), 3);
        assert_string_equal(again, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole), cmocka_unit_test(test_every_size),
                                       cmocka_unit_test(test_escapes), cmocka_unit_test(test_read_back)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
