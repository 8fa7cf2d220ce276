#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "jsonw.h"
#include "json.h"

/* The payload of a first account, RFC 8555 7.3, with all that the emitter has. */
static void write_all(struct wafer_buf *out)
{
    struct wafer_jsonw json;

    wafer_jsonw_init(&json, out);
    wafer_jsonw_open(&json, '{');
    wafer_jsonw_key(&json, "termsOfServiceAgreed");
    wafer_jsonw_bool(&json, true);
    wafer_jsonw_key(&json, "contact");
    wafer_jsonw_open(&json, '[');
    wafer_jsonw_string(&json, "mailto:cert-admin@example.org");
    wafer_jsonw_string(&json, "mailto:admin@example.org");
    wafer_jsonw_close(&json, ']');
    wafer_jsonw_key(&json, "empty");
    wafer_jsonw_open(&json, '{');
    wafer_jsonw_close(&json, '}');
    wafer_jsonw_key(&json, "list");
    wafer_jsonw_open(&json, '[');
    wafer_jsonw_open(&json, '{');
    wafer_jsonw_member(&json, "type", "dns");
    wafer_jsonw_member(&json, "value", "example.org");
    wafer_jsonw_close(&json, '}');
    wafer_jsonw_uint(&json, 4294967295u);
    wafer_jsonw_bool(&json, false);
    wafer_jsonw_open(&json, '[');
    wafer_jsonw_close(&json, ']');
    wafer_jsonw_close(&json, ']');
    wafer_jsonw_key(&json, "csr");
    wafer_jsonw_base64url(&json, "\x03\xec\xff\xe0\xc1", 5);
    wafer_jsonw_close(&json, '}');
}

static const char all[] = "{\"termsOfServiceAgreed\":true,\"contact\":[\"mailto:cert-admin@example.org\","
                          "\"mailto:admin@example.org\"],\"empty\":{},\"list\":[{\"type\":\"dns\",\"value\":"
                          "\"example.org\"},4294967295,false,[]],\"csr\":\"A-z_4ME\"}";

static void test_whole(void **state)
{
    char memory[512], tokens[512];
    struct wafer_json json;
    struct wafer_buf out;

    (void)state;
    wafer_buf_init(&out, memory, sizeof memory);
    write_all(&out);
    assert_string_equal(wafer_buf_string(&out), all);
    assert_true(wafer_json_parse(&json, memory, out.len, tokens, sizeof tokens) > 0);
}

/* No size between nothing and enough yields anything but the error. */
static void test_every_size(void **state)
{
    char memory[512];

    (void)state;
    for (size_t size = 0; size < sizeof all; size++) {
        struct wafer_buf out;

        memset(memory, '#', sizeof memory);
        wafer_buf_init(&out, memory, size);
        write_all(&out);
        assert_int_equal(wafer_buf_status(&out), size == sizeof all - 1 ? (int)size : WAFER_E_SPACE);
        assert_int_equal(memory[size], '#');
    }
}

static void test_escapes(void **state)
{
    char memory[64];
    struct wafer_jsonw json;
    struct wafer_buf out;

    (void)state;
    wafer_buf_init(&out, memory, sizeof memory);
    wafer_jsonw_init(&json, &out);
    wafer_jsonw_string(&json, "a\"b\\c/d\n\t\x1f\x01\x7f\xc3\xa9");
    assert_string_equal(wafer_buf_string(&out), "\"a\\\"b\\\\c/d\\u000a\\u0009\\u001f\\u0001\x7f\xc3\xa9\"");
}

/* Every character goes through the reader unchanged, as a value and as a key. */
static void test_read_back(void **state)
{
    (void)state;
    for (int c = 1; c < 128; c++) {
        char text[4] = {'x', (char)c, 'y', 0}, memory[64], tokens[128], again[8];
        struct wafer_json json;
        struct wafer_jsonw writer;
        struct wafer_buf out;

        wafer_buf_init(&out, memory, sizeof memory);
        wafer_jsonw_init(&writer, &out);
        wafer_jsonw_open(&writer, '{');
        wafer_jsonw_member(&writer, text, text);
        wafer_jsonw_close(&writer, '}');
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
