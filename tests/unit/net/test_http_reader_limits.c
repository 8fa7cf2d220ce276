/* The HTTP reader at its limits: long lines, many lines, huge lengths, and a sink that fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "http_reading.h"

/* Builds prefix, `count` times `unit`, suffix. */
static char *repeat(const char *prefix, const char *unit, size_t count, const char *suffix, size_t *len)
{
    size_t unit_len = strlen(unit), at = strlen(prefix);
    char *text = malloc(at + unit_len * count + strlen(suffix) + 1);

    assert_non_null(text);
    memcpy(text, prefix, at);
    for (; count > 0; count--, at += unit_len) {
        memcpy(text + at, unit, unit_len);
    }
    strcpy(text + at, suffix);
    *len = at + strlen(suffix);
    return text;
}

static int read_built(const char *prefix, const char *unit, size_t count, const char *suffix, int alternate,
                      struct outcome *outcome)
{
    size_t len;
    char *text = repeat(prefix, unit, count, suffix, &len);
    struct outcome other;

    read_all(text, len, alternate, false, len, len, outcome);
    read_all(text, len, alternate, false, 1, 1, &other);
    assert_same(outcome, &other);
    read_all(text, len, alternate, false, 7, 1000, &other);
    assert_same(outcome, &other);
    free(text);
    return outcome->error;
}

static void test_large_headers(void **state)
{
    struct outcome o;
    const char *end = "\r\nContent-Length: 2\r\n\r\nhi";

    (void)state;
    /* a long line matters only when its name does */
    assert_int_equal(read_built(OK "Set-Cookie: ", "x", 5000, end, -1, &o), 0);
    assert_int_equal(o.body_len, 2);
    assert_int_equal(read_built(OK, "x", 5000, ": y\r\nContent-Length: 2\r\n\r\nhi", -1, &o), 0);
    assert_int_equal(read_built("HTTP/1.1 200 ", "x", 5000, end, -1, &o), 0);
    assert_int_equal(read_built(OK "Link: <", "x", 5000, end, -1, &o), 0);
    /* what does not fit is not there; of a Location it is told */
    assert_int_equal(read_built(OK "Link: <", "x", 5000, end, 0, &o), 0);
    assert_false(o.response.overlong);
    assert_int_equal(read_built(OK "Link: <", "x", WAFER_URL_MAX, ">;rel=alternate\r\nContent-Length: 0" END, 0, &o), 0);
    assert_true(o.response.overlong);
    assert_int_equal(read_built(OK "Location: ", "x", 5000, end, 0, &o), 0);
    assert_false(o.response.overlong);
    assert_int_equal(read_built(OK "Location: ", "x", 5000, end, -1, &o), 0);
    assert_true(o.response.overlong);
    assert_int_equal(read_built(OK "Location: ", "x", WAFER_URL_MAX, end, -1, &o), 0);
    assert_true(o.response.overlong);
    assert_string_equal(o.response.location, "");
    assert_int_equal(read_built(OK "Location: ", "x", WAFER_URL_MAX - 1, end, -1, &o), 0);
    assert_false(o.response.overlong);
    assert_int_equal(strlen(o.response.location), WAFER_URL_MAX - 1);
    assert_int_equal(read_built(OK "Replay-Nonce: ", "x", WAFER_NONCE_MAX - 1, end, -1, &o), 0);
    assert_int_equal(strlen(o.response.nonce), WAFER_NONCE_MAX - 1);
    assert_int_equal(read_built(OK "Replay-Nonce: ", "x", WAFER_NONCE_MAX, end, -1, &o), 0);
    assert_string_equal(o.response.nonce, "");
    assert_int_equal(read_built(OK "Replay-Nonce: ", "x", 5000, end, -1, &o), 0);
    assert_string_equal(o.response.nonce, "");
    assert_int_equal(read_built(OK "Retry-After: ", "9", 5000, end, -1, &o), 0);
    assert_int_equal(o.response.retry_after, -1);
    assert_int_equal(read_built(OK "Connection: close", " ", 5000, end, -1, &o), 0);
    assert_true(o.response.close);
    /* but for what says where the answer ends */
    assert_int_equal(read_built(OK "Content-Length: ", "0", 5000, end, -1, &o), WAFER_E_TOO_LARGE);
    /* exactly the line's memory with a NUL, and one more */
    assert_int_equal(read_built(OK "Content-Length: ", "0", LINE_SIZE - 18, "2\r\n\r\nhi", -1, &o), 0);
    assert_int_equal(read_built(OK "Content-Length: ", "0", LINE_SIZE - 17, "2\r\n\r\nhi", -1, &o),
                     WAFER_E_TOO_LARGE);
    /* 16 KiB in all */
    assert_int_equal(read_built(OK, "A: b\r\n", 2700, "Content-Length: 2\r\n\r\nhi", -1, &o), 0);
    assert_int_equal(read_built(OK, "A: b\r\n", 2740, "Content-Length: 2\r\n\r\nhi", -1, &o), WAFER_E_HTTP);
    assert_int_equal(read_built(OK "A:", "x", 17000, end, -1, &o), WAFER_E_HTTP);
    assert_int_equal(read_built("", "HTTP/1.1 100 C\r\n\r\n", 1000, OK END, -1, &o), WAFER_E_HTTP);
}

static void test_large_chunked(void **state)
{
    struct outcome o;
    const char *chunked = OK "Transfer-Encoding: chunked\r\n\r\n";

    (void)state;
    /* the chunks' own lines do not count as headers */
    assert_int_equal(read_built(chunked, "1\r\nx\r\n", 4000, "0\r\n\r\n", -1, &o), 0);
    assert_int_equal(o.body_len, 4000);
    assert_int_equal(
        read_built(OK "Transfer-Encoding: chunked\r\n\r\n1;", "x", 17000, "\r\nx\r\n0\r\n\r\n", -1, &o),
        WAFER_E_HTTP);
    assert_int_equal(read_built(chunked, "1;extension\r\nx\r\n", 1700, "0\r\n\r\n", -1, &o), WAFER_E_HTTP);
    assert_int_equal(
        read_built(OK "Transfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n", 2740, "\r\n", -1, &o),
        WAFER_E_HTTP);
    assert_int_equal(
        read_built(OK "Transfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n", 2700, "\r\n", -1, &o), 0);
}

/* A length beyond all bounds is no error of its own: the sink's limit is. */
static void test_huge_length(void **state)
{
    struct outcome o;

    (void)state;
    read_all(TEXT(OK "Content-Length: 99999999999999999999999" END "abc"), -1, false, 100, 100, &o);
    assert_int_equal(o.error, WAFER_E_CLOSED);
    assert_int_equal(o.body_len, 3);
}

static void test_sink(void **state)
{
    static const char text[] = OK "Content-Length: 6" END "abcdef";
    struct wafer_http_reader reader;
    struct outcome o;
    char line[LINE_SIZE];
    struct sink sink = {&o, line, WAFER_E_TOO_LARGE};

    (void)state;
    memset(&o, 0, sizeof o);
    wafer_http_reader_init(&reader, &o.response, line, sizeof line, false, collect, &sink);
    assert_int_equal(feed(&reader, text, sizeof text - 1), WAFER_E_TOO_LARGE);
    assert_int_equal(feed(&reader, "x", 1), WAFER_E_HTTP);
    assert_int_equal(o.body_len, 6);

    wafer_http_reader_init(&reader, &o.response, line, sizeof line, false, NULL, NULL);
    assert_int_equal(feed(&reader, text, sizeof text - 1), sizeof text - 1);
    assert_true(wafer_http_reader_done(&reader));
    assert_int_equal(feed(&reader, "x", 1), 0);
    assert_int_equal(wafer_http_reader_end(&reader), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large_headers),
        cmocka_unit_test(test_large_chunked),
        cmocka_unit_test(test_huge_length),
        cmocka_unit_test(test_sink),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
