/* A response read in portions; see http_reading.h. */
#include "http_reading.h"
#include "net/http_link.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

int collect(void *ctx, const struct wafer_response *response, const uint8_t *data, size_t len)
{
    struct sink *sink = ctx;

    assert_ptr_equal(response, &sink->outcome->response);
    assert_true(response->status >= 200);
    assert_true(len > 0 && sink->outcome->body_len + len <= BODY_MAX);
    memcpy(sink->outcome->body + sink->outcome->body_len, data, len);
    sink->outcome->body_len += len;
    memset(sink->line, 0xee, LINE_SIZE);
    return sink->fail;
}

int feed(struct wafer_http_reader *reader, const char *data, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    int taken;

    assert_non_null(copy);
    memcpy(copy, data, len);
    taken = wafer_http_reader_feed(reader, copy, len);
    free(copy);
    return taken;
}

void read_all(const char *text, size_t len, int alternate, bool head, size_t first, size_t portion,
              struct outcome *outcome)
{
    struct wafer_http_reader reader;
    char *line = malloc(LINE_SIZE);
    struct sink sink = {outcome, line, 0};
    size_t at = 0, n = first;

    memset(outcome, 0, sizeof *outcome);
    wafer_http_reader_init(&reader, &outcome->response, line, LINE_SIZE, head, collect, &sink);
    wafer_http_reader_link(&reader, alternate < 0 ? NULL : wafer_http_link_alternate, (unsigned)alternate);
    while (at < len && !wafer_http_reader_done(&reader) && outcome->error == 0) {
        int taken = feed(&reader, text + at, n < len - at ? n : len - at);
        if (taken < 0) {
            outcome->error = taken;
            assert_int_equal(feed(&reader, "HTTP/1.1 200 OK\r\n", 17), WAFER_E_HTTP); /* it sticks */
            assert_int_equal(wafer_http_reader_end(&reader), WAFER_E_CLOSED);
        } else {
            size_t offered = n < len - at ? n : len - at;
            assert_true((size_t)taken == offered || wafer_http_reader_done(&reader));
            at += (size_t)taken;
        }
        n = portion;
    }
    outcome->taken = at;
    if (outcome->error == 0) {
        outcome->error = wafer_http_reader_end(&reader);
    }
    free(line);
}

void assert_same(const struct outcome *a, const struct outcome *b)
{
    assert_int_equal(a->error, b->error);
    assert_int_equal(a->body_len, b->body_len);
    assert_memory_equal(a->body, b->body, a->body_len);
    assert_int_equal(a->response.status, b->response.status);
    assert_int_equal(a->response.retry_after, b->response.retry_after);
    assert_true(a->response.date == b->response.date && a->response.retry_date == b->response.retry_date);
    assert_int_equal(a->response.close, b->response.close);
    assert_string_equal(a->response.nonce, b->response.nonce);
    assert_string_equal(a->response.location, b->response.location);
}
