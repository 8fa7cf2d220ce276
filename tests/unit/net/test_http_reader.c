/* The HTTP reader against a corpus: each response whole, octet by octet and in every split in
 * two, with the same result each time; and cut off after every octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "http_reading.h"

struct good {
    const char *text;
    size_t len;
    const char *summary; /* what must come out, see summarise */
    int link;            /* 0: Location is wanted; n: the n-th alternate, from 1 */
    bool head;
};

static const struct good goods[] = {
    /* framing */
    {TEXT(OK "Content-Length: 3" END "abc"), "200 body=abc", 0, false},
    {TEXT(OK "content-LENGTH:3\r\n\r\nabc"), "200 body=abc", 0, false},
    {TEXT(OK "Content-Length: \t3 \t" END "abc"), "200 body=abc", 0, false},
    {TEXT(OK "Content-Length: 0" END), "200", 0, false},
    {TEXT(OK "Content-Length: 003" END "abc"), "200 body=abc", 0, false},
    {TEXT(OK "Content-Length: 3\r\nContent-Length: 3" END "abc"), "200 body=abc", 0, false},
    {TEXT(OK "Content-Length: 3" END "abcHTTP/1.1 500"), "200 body=abc left=12", 0, false},
    {TEXT("HTTP/1.1 200 OK\nContent-Length: 3\n\nabc"), "200 body=abc", 0, false},
    {TEXT("HTTP/1.1 200\r\nContent-Length: 0" END), "200", 0, false},
    {TEXT("HTTP/1.1 200 \r\nContent-Length: 0" END), "200", 0, false},
    {TEXT("HTTP/1.9 404 Gr\xc3\xbc\xc3\x9f"
          "e\r\nContent-Length: 0" END),
     "404", 0, false},
    {TEXT(OK END "to the end"), "200 close body=\r\nto the end", 0, false},
    {TEXT(OK "\r\n"), "200 close", 0, false},
    {TEXT("HTTP/1.0 200 OK\r\n\r\nold"), "200 close body=old", 0, false},
    {TEXT("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold"), "200 close body=old", 0, false},
    {TEXT("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 3\r\n\r\nold"), "200 body=old", 0,
     false},
    {TEXT(OK "Connection: close\r\nContent-Length: 1" END "x"), "200 close body=x", 0, false},
    {TEXT(OK "Connection: upgrade, ,CLOSE\r\nContent-Length: 1" END "x"), "200 close body=x", 0, false},
    {TEXT(OK "Connection: closed\r\nContent-Length: 1" END "x"), "200 body=x", 0, false},
    {TEXT("HTTP/1.1 204 No Content" END), "204", 0, false},
    {TEXT("HTTP/1.1 304 Not Modified\r\nContent-Length: 99" END), "304", 0, false},
    {TEXT(OK "Content-Length: 99\r\nReplay-Nonce: abc" END), "200 nonce=abc", 0, true},
    {TEXT(OK "Transfer-Encoding: chunked" END), "200", 0, true},
    /* chunks */
    {TEXT(OK "Transfer-Encoding: chunked" END "3\r\nabc\r\n0" END), "200 body=abc", 0, false},
    {TEXT(OK "Transfer-Encoding: CHUNKED" END "2\r\nab\r\n1\r\nc\r\n000" END), "200 body=abc", 0, false},
    {TEXT(OK "Transfer-Encoding: chunked" END
             "00A;x=\"y\"\r\n0123456789\r\na \t\r\n0123456789\r\n0;last" END),
     "200 body=01234567890123456789", 0, false},
    {TEXT(OK "Transfer-Encoding: chunked" END "1\r\nx\r\n0\r\nTrailer: 1\r\nContent-Length: 9\r\nx: y" END),
     "200 body=x", 0, false},
    {TEXT(OK "Transfer-Encoding: chunked" END "0" END "extra"), "200 left=5", 0, false},
    {TEXT(OK "Transfer-Encoding: chunked\n\n1\nx\n0\n\n"), "200 body=x", 0, false},
    /* 1xx */
    {TEXT("HTTP/1.1 100 Continue" END
          "HTTP/1.1 103 Early\r\nLocation: /no\r\nContent-Length: 7\r\nConnection: close" END OK
          "Content-Length: 2" END "hi"),
     "200 body=hi", 0, false},
    {TEXT("HTTP/1.1 103 Early\r\nLink: <no>;rel=alternate" END OK
          "Link: <yes>;rel=alternate\r\nContent-Length: 0" END),
     "200 location=yes", 1, false},
    /* headers of ACME */
    {TEXT("HTTP/1.1 201 Created\r\nReplay-Nonce: a-Z_09\r\nLocation: https://ca:14000/acct/1?x=y:z\r\n"
          "Content-Length: 0" END),
     "201 nonce=a-Z_09 location=https://ca:14000/acct/1?x=y:z", 0, false},
    {TEXT(OK "Replay-Nonce: a+b\r\nContent-Length: 0" END), "200", 0, false},
    {TEXT(OK "Replay-Nonce:\r\nContent-Length: 0" END), "200", 0, false},
    {TEXT(OK "Retry-After: 120\r\nContent-Length: 0" END), "200 retry=120", 0, false},
    {TEXT(OK "Retry-After: 99999999999\r\nContent-Length: 0" END), "200 retry=2147483647", 0, false},
    {TEXT(OK "Retry-After: soon\r\nContent-Length: 0" END), "200", 0, false},
    {TEXT(OK "Retry-After: -1\r\nContent-Length: 0" END), "200", 0, false},
    {TEXT(OK "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0" END),
     "200 retry-date=784111777", 0, false},
    {TEXT(OK "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 1994 08:49:07 "
             "GMT\r\nContent-Length: 0" END),
     "200 retry=30 retry-date=784111777 date=784111747", 0, false},
    {TEXT(OK "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:07 "
             "GMT\r\nContent-Length: 0" END),
     "200 retry=0 retry-date=784111747 date=784111777", 0, false},
    {TEXT(OK "Date: yesterday\r\nContent-Length: 0" END), "200", 0, false},
    /* Link */
    {TEXT(OK "Link: <https://ca/1>;rel=\"alternate\"\r\nContent-Length: 0" END), "200 location=https://ca/1",
     1, false},
    {TEXT(OK "Link: <https://ca/1>;rel=alternate\r\nContent-Length: 0" END), "200 location=https://ca/1", 1,
     false},
    {TEXT(OK "Link: <d>; rel=\"index\", <a>; rel=\"alternate\" , <b> ;rel = \"alternate\"\r\nContent-Length: "
             "0" END),
     "200 location=b", 2, false},
    {TEXT(
         OK
         "Link: <a>;rel=alternate\r\nLink: <i>;rel=up\r\nlink: <b>;REL=Alternate;x\r\nContent-Length: 0" END),
     "200 location=b", 2, false},
    {TEXT(OK "Link: <a>;rel=alternate,<b>;rel=alternate,<c>;rel=alternate\r\nContent-Length: 0" END),
     "200 location=a", 1, false},
    {TEXT(OK "Link: <a>;rel=alternate\r\nContent-Length: 0" END), "200", 2, false},
    {TEXT(OK "Link: <a>;title=\"x,y;rel=no\\\"<q>\";rel=\"next  alternate\"\r\nContent-Length: 0" END),
     "200 location=a", 1, false},
    {TEXT(OK "Link: <a,b;c>;x=\"\";rel=\"alternate up\"\r\nContent-Length: 0" END), "200 location=a,b;c", 1,
     false},
    {TEXT(OK "Link: <a>;rel=up;rel=alternate\r\nContent-Length: 0" END), "200", 1, false},
    {TEXT(OK "Link: <a>;notrel=alternate, <b>;rel=alternates,<c>;rel,<d>;rel=\r\nContent-Length: 0" END),
     "200", 1, false},
    {TEXT(OK "Link: <a>;title=\"unfinished\r\nLink: <b\r\nLink: ,;=\r\nLink: \"\\\r\nContent-Length: 0" END),
     "200", 1, false},
    {TEXT(OK "Link: <a>;rel=alternate\r\nLocation: /x\r\nContent-Length: 0" END), "200 location=/x", 0,
     false},
    {TEXT(OK "Location: /x\r\nContent-Length: 0" END), "200", 1, false},
    /* folded lines */
    {TEXT(OK "A: b\r\n folded\r\n\t: twice\r\nContent-Length: 1" END "x"), "200 body=x", 0, false},
    {TEXT(OK "Content-Length:\r\n 3\r\n\t" END "abc"), "200 body=abc", 0, false},
    {TEXT(OK "Content-Length:\n\t3\nLocation: /a\n b\n\nabc"), "200 location=/a b body=abc", 0, false},
    {TEXT(OK "Content-Length: 0\r\nConnection: keep-alive,\r\n close" END), "200 close", 0, false},
    {TEXT(OK "X-Caf\x65: \xff\x80 caf\xc3\xa9\r\nEmpty:\r\n!#$%&'*+-.^_`|~9: v\r\nContent-Length: 0" END),
     "200", 0, false},
};

struct bad {
    const char *text;
    size_t len;
    int error;
};

static const struct bad bads[] = {
    /* status line */
    {TEXT("\r\n" OK END), WAFER_E_HTTP},
    {TEXT("SSH-2.0-OpenSSH_9.2\r\n"), WAFER_E_HTTP},
    {TEXT("HTTP/2 200 OK\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("HTTP/2.0 200 OK\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("http/1.1 200 OK\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("HTTP/1.1  200 OK\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("HTTP/1.1 20 OK\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("HTTP/1.1 2000 OK\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("HTTP/1.1 2x0 OK\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("HTTP/1.1 +20 OK\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("HTTP/1.1 099 OK\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("HTTP/1.x 200 OK\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("HTTP/1.1 101 Switching Protocols\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("HTTP/1.1 200 O\0K\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("HTTP/1.1 200 O\rK\r\n\r\n"), WAFER_E_HTTP},
    {TEXT("<html>\n<body>502</body>\n"), WAFER_E_HTTP},
    {TEXT("\x15\x03\x01\x00\x02\x02\x46"), WAFER_E_HTTP},
    /* header lines */
    {TEXT(OK " Content-Length: 3" END), WAFER_E_HTTP},
    {TEXT(OK "Content-Length : 3" END), WAFER_E_HTTP},
    {TEXT(OK "no colon\r\n\r\n"), WAFER_E_HTTP},
    {TEXT(OK "nocolon\r\n\r\n"), WAFER_E_HTTP},
    {TEXT(OK ": empty\r\n\r\n"), WAFER_E_HTTP},
    {TEXT(OK "Na\xc3\xafve: x\r\n\r\n"), WAFER_E_HTTP},
    {TEXT(OK "A: b\rB: c\r\n\r\n"), WAFER_E_HTTP},
    {TEXT(OK "A: b\r\r\n\r\n"), WAFER_E_HTTP},
    {TEXT(OK "A: b\0c\r\n\r\n"), WAFER_E_HTTP},
    {TEXT(OK "A: b\x01\r\n\r\n"), WAFER_E_HTTP},
    {TEXT(OK "A: b\x7f\r\n\r\n"), WAFER_E_HTTP},
    /* framing */
    {TEXT(OK "Content-Length: x" END), WAFER_E_HTTP},
    {TEXT(OK "Content-Length:" END), WAFER_E_HTTP},
    {TEXT(OK "Content-Length: -1" END), WAFER_E_HTTP},
    {TEXT(OK "Content-Length: +1" END), WAFER_E_HTTP},
    {TEXT(OK "Content-Length: 0x1" END), WAFER_E_HTTP},
    {TEXT(OK "Content-Length: 1 2" END), WAFER_E_HTTP},
    {TEXT(OK "Content-Length: 1, 1" END), WAFER_E_HTTP},
    {TEXT(OK "Content-Length: 1\r\nContent-Length: 2" END), WAFER_E_HTTP},
    {TEXT(OK "Content-Length: 1\r\nTransfer-Encoding: chunked" END), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked\r\nContent-Length: 1" END), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: gzip, chunked" END), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: identity" END), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: xchunked" END), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked" END), WAFER_E_HTTP},
    {TEXT("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked" END), WAFER_E_HTTP},
    /* chunks */
    {TEXT(OK "Transfer-Encoding: chunked" END "x\r\n"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END "\r\n"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END ";x\r\n"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END " 3\r\nabc"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END "-3\r\nabc"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END "0x3\r\nabc"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END "3g\r\nabc"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END "3\rabc"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END "3\r\nabcd\r\n"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END "3\r\nabc0\r\n"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END "3\r\nabc\r0\r\n"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END "3;a\0b\r\nabc"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END "ffffffff\r\n"), WAFER_E_TOO_LARGE},
    {TEXT(OK "Transfer-Encoding: chunked" END "10000000000000003\r\n"), WAFER_E_TOO_LARGE},
    {TEXT(OK "Transfer-Encoding: chunked" END "00000000000000003\r\nabc"), WAFER_E_HTTP},
    {TEXT(OK "Transfer-Encoding: chunked" END "0\r\nTrailer\x02: 1" END), WAFER_E_HTTP},
};

static void summarise(const struct outcome *outcome, size_t len, char *text, size_t size)
{
    const struct wafer_response *r = &outcome->response;
    int n = snprintf(text, size, "%d", r->status);

#define ADD(condition, ...) \
    if (condition) { \
        n += snprintf(text + n, size - (size_t)n, __VA_ARGS__); \
    }
    ADD(r->nonce[0], " nonce=%s", r->nonce)
    ADD(r->location[0], " location=%s", r->location)
    ADD(r->retry_after >= 0, " retry=%d", (int)r->retry_after)
    ADD(r->retry_date != 0, " retry-date=%lld", (long long)r->retry_date)
    ADD(r->date != 0, " date=%lld", (long long)r->date)
    ADD(r->close, " close")
    ADD(outcome->body_len > 0, " body=%.*s", (int)outcome->body_len, (const char *)outcome->body)
    ADD(outcome->taken < len, " left=%zu", len - outcome->taken)
#undef ADD
}

/* Every way to cut the text in two, and octet by octet, gives what the whole gives. */
static void assert_split_independent(const char *text, size_t len, int alternate, bool head,
                                     const struct outcome *whole)
{
    struct outcome other;
    size_t i;

    for (i = 1; i < len; i++) {
        read_all(text, len, alternate, head, i, len, &other);
        assert_same(whole, &other);
    }
    for (i = 1; i <= 3; i++) {
        read_all(text, len, alternate, head, i, i, &other);
        assert_same(whole, &other);
    }
}

static void test_good(void **state)
{
    struct outcome whole;
    char summary[512];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof goods / sizeof goods[0]; i++) {
        const struct good *g = &goods[i];
        read_all(g->text, g->len, g->link - 1, g->head, g->len, g->len, &whole);
        if (whole.error != 0) {
            fail_msg("error %d for:\n%s", whole.error, g->text);
        }
        summarise(&whole, g->len, summary, sizeof summary);
        assert_string_equal(summary, g->summary);
        assert_split_independent(g->text, g->len, g->link - 1, g->head, &whole);
    }
}

static void test_bad(void **state)
{
    struct outcome whole;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bads / sizeof bads[0]; i++) {
        const struct bad *b = &bads[i];
        read_all(b->text, b->len, -1, false, b->len, b->len, &whole);
        if (whole.error != b->error) {
            fail_msg("error %d, not %d, for:\n%s", whole.error, b->error, b->text);
        }
        assert_split_independent(b->text, b->len, -1, false, &whole);
    }
}

/* A connection that ends too early is never a whole response, unless the end is its framing. */
static void test_every_prefix(void **state)
{
    struct outcome whole, cut;
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof goods / sizeof goods[0]; i++) {
        const struct good *g = &goods[i];
        bool by_end;
        read_all(g->text, g->len, g->link - 1, g->head, g->len, g->len, &whole);
        by_end = strstr(g->text, "Content-Length") == NULL && whole.response.close;
        for (n = 0; n < g->len; n++) {
            read_all(g->text, n, g->link - 1, g->head, n, n, &cut);
            if (n >= whole.taken) {
                assert_int_equal(cut.error, 0);
            } else if (cut.error == 0) {
                assert_true(by_end);
                assert_int_equal(cut.response.status, whole.response.status);
                assert_memory_equal(cut.body, whole.body, cut.body_len);
            } else {
                assert_int_equal(cut.error, WAFER_E_CLOSED);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_every_prefix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
