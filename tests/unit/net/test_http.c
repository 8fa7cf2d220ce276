/* HTTP requests and connections over a scripted TLS: this program's wafer_tls_* functions stand
 * before the library's. */
#include "net/http.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "net.h"

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

/* What the server does on one connection. */
struct script {
    const char *answer; /* to all requests, one after another */
    size_t portion;     /* octets for each read, 0: all */
    int write_error, flush_error;
    int end; /* what read gives after the answer */
    bool proper;
    uint32_t read_ms; /* that each read takes */
    int connect_error;
    bool noisy; /* something comes between an answer and the next request */
};

static struct emu_net net;
static struct script script;
static struct wafer_http http;
static struct wafer_response response;
static char sent[4096], host[256];
static size_t sent_len, taken, pending;
static unsigned connects, closes, flushes;
static uint16_t connect_port;
static bool connect_resume;
static unsigned limits; /* calls of wafer_tls_limit */

void wafer_tls_limit(struct wafer_tls *tls, const struct wafer_tls_params *params)
{
    limits++;
    tls->io_timeout_ms = params->io_timeout_ms;
    tls->deadline = params->deadline;
}

void wafer_tls_init(struct wafer_tls *tls)
{
    tls->handle = -1;
}

int wafer_tls_connect(struct wafer_tls *tls, const struct wafer_tls_params *params, const char *name,
                      uint16_t tcp_port, bool resume)
{
    connects++;
    snprintf(host, sizeof host, "%s", name);
    connect_port = tcp_port;
    connect_resume = resume;
    sent_len = taken = 0;
    tls->port = params->port;
    wafer_tls_limit(tls, params);
    tls->handle = script.connect_error ? -1 : 1;
    return script.connect_error;
}

int wafer_tls_write(struct wafer_tls *tls, const void *data, size_t len)
{
    assert_true(tls->handle >= 0 && sent_len + len < sizeof sent);
    memcpy(sent + sent_len, data, len);
    sent_len += len;
    sent[sent_len] = 0;
    return script.write_error;
}

int wafer_tls_flush(struct wafer_tls *tls)
{
    assert_true(tls->handle >= 0);
    flushes++;
    return script.flush_error;
}

int wafer_tls_read(struct wafer_tls *tls, const uint8_t **data, bool *proper)
{
    size_t left = strlen(script.answer) - taken;

    assert_true(tls->handle >= 0);
    net.now_ms += script.read_ms;
    if (left == 0) {
        *proper = script.proper;
        return script.end;
    }
    *data = (const uint8_t *)script.answer + taken;
    pending = script.portion > 0 && script.portion < left ? script.portion : left;
    return (int)pending;
}

void wafer_tls_consume(struct wafer_tls *tls, size_t len)
{
    (void)tls;
    assert_true(len <= pending);
    taken += len;
}

void wafer_tls_close(struct wafer_tls *tls)
{
    assert_true(tls->handle >= 0);
    closes++;
    tls->handle = -1;
}

bool wafer_tls_is_quiet(struct wafer_tls *tls)
{
    assert_true(tls->handle >= 0);
    return !script.noisy;
}

bool wafer_tls_is_open(const struct wafer_tls *tls)
{
    return tls->handle >= 0;
}

static int set_up(void **state)
{
    static const struct script fresh = {.answer = ANSWER, .end = WAFER_E_CLOSED};

    (void)state;
    emu_net_init(&net);
    script = fresh;
    connects = closes = flushes = limits = 0;
    wafer_http_init(&http);
    return 0;
}

static int go(const char *url)
{
    struct wafer_tls_params params = {.port = &net.port, .io_timeout_ms = 30000};

    return wafer_http_open(&http, &params, url);
}

static char body[64];
static size_t body_len;

static int collect(void *ctx, const struct wafer_response *r, const uint8_t *data, size_t len)
{
    assert_ptr_equal(ctx, &net);
    assert_ptr_equal(r, &response);
    assert_true(body_len + len < sizeof body);
    memcpy(body + body_len, data, len);
    body_len += len;
    body[body_len] = 0;
    return 0;
}

static int exchange(enum wafer_method method, const char *url, const char *accept, const char *text)
{
    static char line[320];
    struct wafer_http_request request = {
        method, url, accept, (const uint8_t *)text, text ? strlen(text) : 0, NULL, 0, line, sizeof line};
    int result = go(url);

    body_len = 0;
    body[0] = 0;
    return result < 0 ? result : wafer_http_exchange(&http, &request, &response, collect, &net);
}

#define AGENT "\r\nUser-Agent: wafer/" WAFER_VERSION "\r\nAccept-Encoding: identity\r\n"

static void test_request_text(void **state)
{
    (void)state;
    assert_int_equal(exchange(WAFER_GET, "https://Ca.example/acme/directory?x=1", NULL, NULL), 0);
    assert_string_equal(sent, "GET /acme/directory?x=1 HTTP/1.1\r\nHost: Ca.example" AGENT "\r\n");
    assert_int_equal(flushes, 1);
    assert_int_equal(response.status, 200);
    assert_string_equal(body, "hi");
    assert_string_equal(host, "Ca.example");
    assert_int_equal(connect_port, 443);

    taken = sent_len = 0;
    assert_int_equal(exchange(WAFER_POST, "https://[2001:db8::1]:14000/x",
                              "application/pem-certificate-chain", "{\"a\":1}"),
                     0);
    assert_string_equal(sent, "POST /x HTTP/1.1\r\nHost: [2001:db8::1]:14000" AGENT
                              "Accept: application/pem-certificate-chain\r\n"
                              "Content-Type: application/jose+json\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
    assert_string_equal(host, "2001:db8::1");
    assert_int_equal(connect_port, 14000);
    assert_int_equal(flushes, 2);

    script.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nReplay-Nonce: n\r\n\r\n";
    assert_int_equal(exchange(WAFER_HEAD, "https://192.0.2.1:443", NULL, NULL), 0);
    assert_string_equal(sent, "HEAD / HTTP/1.1\r\nHost: 192.0.2.1:443" AGENT "\r\n");
    assert_string_equal(response.nonce, "n");
    assert_string_equal(body, "");

    assert_int_equal(exchange(WAFER_GET, "http://ca.example/", NULL, NULL), WAFER_E_SYNTAX);
}

static void test_keeps_the_connection(void **state)
{
    (void)state;
    script.answer = ANSWER ANSWER ANSWER;
    script.portion = sizeof ANSWER - 1;
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/1", NULL, NULL), 0);
    assert_false(connect_resume);
    assert_int_equal(exchange(WAFER_GET, "https://CA.example:443/2", NULL, NULL), 0);
    assert_int_equal(connects, 1);
    assert_int_equal(closes, 0);
    assert_int_equal(exchange(WAFER_GET, "https://ca.example:444/2", NULL, NULL), 0);
    assert_int_equal(connects, 2);
    assert_int_equal(closes, 1);
    assert_false(connect_resume);
    wafer_http_close(&http);
    wafer_http_close(&http);
    assert_int_equal(closes, 2);
    assert_int_equal(exchange(WAFER_GET, "https://ca.example:444/2", NULL, NULL), 0);
    assert_true(connect_resume); /* the same server again */
    assert_int_equal(connects, 3);
    assert_int_equal(flushes, 4);
    assert_int_equal(exchange(WAFER_GET, "https://other.example:444/2", NULL, NULL), 0);
    assert_false(connect_resume);
}

static void test_closes_when_asked_to(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        ANSWER "more than was asked for",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        set_up(NULL);
        script.answer = answers[i];
        assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), 0);
        assert_string_equal(body, "hi");
        assert_int_equal(closes, 1);
        assert_false(wafer_tls_is_open(&http.tls));
    }
}

/* RFC 9112 9.8: a body that the end delimits is whole only after a close_notify. */
static void test_body_until_close(void **state)
{
    (void)state;
    script.answer = "HTTP/1.0 200 OK\r\n\r\nhi";
    script.proper = true;
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), 0);
    assert_string_equal(body, "hi");
    assert_int_equal(closes, 1);
    script.proper = false;
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), WAFER_E_CLOSED);
    assert_true(response.headed); /* its status and headers hold */
    assert_int_equal(closes, 2);
    script.answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi";
    script.proper = true;
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), WAFER_E_CLOSED);
    assert_false(http.stale);
}

/* What comes while nothing is asked ends the connection before the next request, not with it. */
static void test_noise_between_requests(void **state)
{
    (void)state;
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), 0);
    script.noisy = true;
    assert_int_equal(exchange(WAFER_POST, "https://ca.example/", NULL, "{}"), 0);
    assert_int_equal(connects, 2);
    assert_int_equal(closes, 1);
    assert_true(connect_resume);
    assert_false(http.stale);
}

/* The shortest time until an answer begins, as long as it is the same server. */
static void test_round_trip(void **state)
{
    (void)state;
    script.answer = ANSWER ANSWER ANSWER;
    script.portion = sizeof ANSWER - 1;
    net.now_ms = 0xffffffe0u; /* the clock wraps */
    script.read_ms = 200;
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), 0);
    assert_int_equal(http.rtt_ms, 200);
    script.read_ms = 50;
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), 0);
    script.read_ms = 3000;
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), 0);
    assert_int_equal(http.rtt_ms, 50);
    wafer_http_close(&http);
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), 0);
    assert_int_equal(http.rtt_ms, 50);
    assert_int_equal(exchange(WAFER_GET, "https://other.example/", NULL, NULL), 0);
    assert_int_equal(http.rtt_ms, 3000);
}

/* Only a connection that has served before, and without any octet of an answer, is stale. */
static void test_stale(void **state)
{
    static const int errors[] = {WAFER_E_CLOSED, WAFER_E_NETWORK, WAFER_E_TIMEOUT, WAFER_E_TLS,
                                 WAFER_E_CANCELLED};
    size_t i;
    int where;

    (void)state;
    for (i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        bool dead = errors[i] == WAFER_E_CLOSED || errors[i] == WAFER_E_NETWORK;
        for (where = 0; where < 3; where++) {
            set_up(NULL);
            script.answer = ANSWER ANSWER "HTTP/1.1";
            script.portion = sizeof ANSWER - 1;
            assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), 0);
            assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), 0);
            assert_false(http.stale);
            script.answer = ANSWER ANSWER;
            script.end = where == 0 ? errors[i] : WAFER_E_CLOSED;
            script.write_error = where == 1 ? errors[i] : 0;
            script.flush_error = where == 2 ? errors[i] : 0;
            assert_int_equal(exchange(WAFER_POST, "https://ca.example/", NULL, "{}"), errors[i]);
            assert_int_equal(http.stale, dead);
            assert_int_equal(closes, 1);
            /* the repetition on a new connection is not stale any more */
            script.answer = "";
            script.end = WAFER_E_CLOSED;
            script.write_error = script.flush_error = 0;
            assert_int_equal(exchange(WAFER_POST, "https://ca.example/", NULL, "{}"), WAFER_E_CLOSED);
            assert_int_equal(connects, 2);
            assert_true(connect_resume);
            assert_false(http.stale);
        }
    }
    /* half an answer is lost for good */
    set_up(NULL);
    script.answer = ANSWER "HTTP/1.1";
    script.portion = sizeof ANSWER - 1;
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), 0);
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), WAFER_E_CLOSED);
    assert_false(http.stale);
}

static void test_connect_fails(void **state)
{
    (void)state;
    script.connect_error = WAFER_E_UNTRUSTED;
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), WAFER_E_UNTRUSTED);
    script.connect_error = 0;
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), 0);
    assert_false(connect_resume);
    assert_int_equal(connects, 2);
}

static void test_bad_answer_closes(void **state)
{
    (void)state;
    script.answer = "SSH-2.0-OpenSSH\r\n";
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), WAFER_E_HTTP);
    assert_false(response.headed);
    assert_false(http.stale);
    assert_int_equal(closes, 1);
}

/* One octet every ten seconds keeps no read waiting too long, but the whole does. */
static void test_dripping_server(void **state)
{
    (void)state;
    script.portion = 1;
    script.read_ms = 10000;
    net.now_ms = 0xffff0000u; /* the clock wraps */
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), WAFER_E_TIMEOUT);
    assert_true(net.now_ms - 0xffff0000u <= 5 * 30000);
    assert_int_equal(closes, 1);
}

/* The limits of time are those of the request, also on a connection that was kept. */
static void test_limits_of_each_request(void **state)
{
    struct wafer_deadline deadline = {0, 1000};
    struct wafer_tls_params params = {.port = &net.port, .io_timeout_ms = 500, .deadline = &deadline};

    (void)state;
    assert_int_equal(exchange(WAFER_GET, "https://ca.example/", NULL, NULL), 0);
    assert_int_equal(http.tls.io_timeout_ms, 30000);
    assert_int_equal(wafer_http_open(&http, &params, "https://ca.example/x"), 0);
    assert_int_equal(connects, 1);
    assert_int_equal(http.tls.io_timeout_ms, 500);
    assert_ptr_equal(http.tls.deadline, &deadline);
    assert_int_equal(limits, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_request_text, set_up),
        cmocka_unit_test_setup(test_keeps_the_connection, set_up),
        cmocka_unit_test_setup(test_closes_when_asked_to, set_up),
        cmocka_unit_test_setup(test_body_until_close, set_up),
        cmocka_unit_test_setup(test_noise_between_requests, set_up),
        cmocka_unit_test_setup(test_round_trip, set_up),
        cmocka_unit_test_setup(test_stale, set_up),
        cmocka_unit_test_setup(test_connect_fails, set_up),
        cmocka_unit_test_setup(test_bad_answer_closes, set_up),
        cmocka_unit_test_setup(test_dripping_server, set_up),
        cmocka_unit_test_setup(test_limits_of_each_request, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
