/* The http-01 responder: over an emulated network with a clock of its own, with every call
 * failing once, and over real sockets on loopback, IPv4 and IPv6. */
#include "wafer/solver.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "net.h"
#include "port_posix.h"

#define PATH       "/.well-known/acme-challenge/"
#define TOKEN_A    "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
#define TOKEN_B    "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX" /* a prefix of the first */
#define TOKEN_C    "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX1"
#define THUMBPRINT "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
#define GET(token) "GET " PATH token " HTTP/1.1\r\nHost: example.org\r\nUser-Agent: x\r\n\r\n"

#define OK_HEAD \
    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: "
#define NOT_FOUND "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
#define ANSWER_A  OK_HEAD "87\r\n\r\n" TOKEN_A "." THUMBPRINT
#define ANSWER_B  OK_HEAD "86\r\n\r\n" TOKEN_B "." THUMBPRINT
#define ANSWER_C  OK_HEAD "87\r\n\r\n" TOKEN_C "." THUMBPRINT

static const struct wafer_challenge challenge_a = {"http-01", "a.example", TOKEN_A, THUMBPRINT};
static const struct wafer_challenge challenge_b = {"http-01", "b.example", TOKEN_B, THUMBPRINT};
static const struct wafer_challenge challenge_c = {"http-01", "c.example", TOKEN_C, THUMBPRINT};

struct bench {
    struct emu_net net;
    struct wafer_http01 responder;
    struct wafer_solver solver;
};

static void set_up(struct bench *bench)
{
    emu_net_init(&bench->net);
    bench->net.now_ms = bench->net.idle_ms = 0xfffff000u; /* the clock wraps in the long tests */
    wafer_http01_init(&bench->responder, &bench->net.port, NULL, 80);
    bench->solver = wafer_http01_solver(&bench->responder);
    assert_string_equal(bench->solver.type, "http-01");
}

static int present(struct bench *bench, const struct wafer_challenge *challenge)
{
    struct wafer_challenge transient = *challenge; /* only the strings stay */
    int result = bench->solver.present(bench->solver.ctx, &transient);

    memset(&transient, 0xee, sizeof transient);
    return result;
}

static void cleanup(struct bench *bench, const struct wafer_challenge *challenge)
{
    struct wafer_challenge transient = *challenge;

    bench->solver.cleanup(bench->solver.ctx, &transient);
}

static int serve(struct bench *bench, uint32_t timeout_ms)
{
    return bench->solver.serve(bench->solver.ctx, timeout_ms);
}

static struct emu_connection *come(struct bench *bench, uint32_t in_ms, const char *input)
{
    return emu_net_connection(&bench->net, bench->net.now_ms + in_ms, input);
}

/* One request to a responder that has the tokens A, B and C; returns what it answered. */
static const char *ask(const char *request, size_t portion, int *served)
{
    static struct bench bench;
    struct emu_connection *c;

    set_up(&bench);
    assert_int_equal(present(&bench, &challenge_a), 0);
    assert_int_equal(present(&bench, &challenge_b), 0);
    assert_int_equal(present(&bench, &challenge_c), 0);
    c = come(&bench, 0, request);
    c->portion = portion;
    *served = serve(&bench, 500);
    assert_true(bench.net.listening);
    cleanup(&bench, &challenge_a);
    cleanup(&bench, &challenge_b);
    cleanup(&bench, &challenge_c);
    assert_false(bench.net.listening);
    assert_true(c->closed);
    return c->output;
}

static void test_requests(void **state)
{
    static const struct {
        const char *request, *answer;
    } cases[] = {
        {GET(TOKEN_A), ANSWER_A},
        {GET(TOKEN_B), ANSWER_B},
        {GET(TOKEN_C), ANSWER_C},
        {"GET " PATH TOKEN_A " HTTP/1.0\n\n", ANSWER_A},
        {"GET " PATH TOKEN_A " HTTP/1.1\nHost: x\n\n", ANSWER_A},
        {"\r\n\r\n" GET(TOKEN_A), ANSWER_A},
        {GET(TOKEN_A) "GET / HTTP/1.1\r\n\r\n", ANSWER_A}, /* one answer for each connection */
        {"GET " PATH TOKEN_A " HTTP/1.1\r\nX: " PATH TOKEN_B " HTTP/1.1\r\n\r\n", ANSWER_A},
        /* all else is not found */
        {GET(TOKEN_A "x"), NOT_FOUND},
        {GET("LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu"), NOT_FOUND},
        {GET(""), NOT_FOUND},
        {GET(TOKEN_A "?x=1"), NOT_FOUND},
        {GET(TOKEN_A "/"), NOT_FOUND},
        {GET("./" TOKEN_A), NOT_FOUND},
        {GET("%4c"
             "oqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"),
         NOT_FOUND},
        {GET("../../etc/passwd"), NOT_FOUND},
        {"GET  " PATH TOKEN_A " HTTP/1.1\r\n\r\n", NOT_FOUND},
        {"GET " PATH TOKEN_A "  HTTP/1.1\r\n\r\n", NOT_FOUND},
        {"GET " PATH TOKEN_A " HTTP/1.1 \r\n\r\n", NOT_FOUND},
        {"GET " PATH TOKEN_A " HTTP/1.12\r\n\r\n", NOT_FOUND},
        {"GET " PATH TOKEN_A " HTTP/1.1\r\r\n\r\n", NOT_FOUND},
        {"GET " PATH TOKEN_A " HTTP/1.\r\n\r\n", NOT_FOUND},
        {"GET " PATH TOKEN_A " HTTP/1.x\r\n\r\n", NOT_FOUND},
        {"GET " PATH TOKEN_A " HTTP/2.0\r\n\r\n", NOT_FOUND},
        {"GET " PATH TOKEN_A "\r\n\r\n", NOT_FOUND},
        {"get " PATH TOKEN_A " HTTP/1.1\r\n\r\n", NOT_FOUND},
        {"HEAD " PATH TOKEN_A " HTTP/1.1\r\n\r\n", NOT_FOUND},
        {"POST " PATH TOKEN_A " HTTP/1.1\r\n\r\n", NOT_FOUND},
        {"GET http://a.example" PATH TOKEN_A " HTTP/1.1\r\n\r\n", NOT_FOUND},
        {"GET /.WELL-KNOWN/acme-challenge/" TOKEN_A " HTTP/1.1\r\n\r\n", NOT_FOUND},
        {"GET / HTTP/1.1\r\n\r\n", NOT_FOUND},
        {"\x16\x03\x01\x02\n\r\n", NOT_FOUND},
        {"G\n\n", NOT_FOUND},
        /* the request is not whole */
        {"GET " PATH TOKEN_A " HTTP/1.1\r\nHost: x\r\n", ""},
        {"GET " PATH TOKEN_A " HTTP/1.1\r\nHost: x\r\n\r", ""},
        {"GET " PATH TOKEN_A " HTTP/1.1\r\n", ""},
        {"GET " PATH TOKEN_A, ""},
        {"", ""},
    };
    size_t i, portion;
    int served;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (portion = 0; portion < 40; portion++) {
            const char *answer = ask(cases[i].request, portion, &served);
            assert_string_equal(answer, cases[i].answer);
            assert_int_equal(served, strncmp(answer, OK_HEAD, sizeof OK_HEAD - 1) == 0);
        }
    }
}

static void test_listener_lives_from_first_present_to_last_cleanup(void **state)
{
    struct bench bench;

    (void)state;
    set_up(&bench);
    cleanup(&bench, &challenge_a); /* never presented */
    assert_int_equal(bench.net.listens, 0);
    bench.net.listen_result = WAFER_E_ADDRESS_IN_USE;
    assert_int_equal(present(&bench, &challenge_a), WAFER_E_ADDRESS_IN_USE);
    cleanup(&bench, &challenge_a);
    bench.net.listen_result = 0;
    assert_int_equal(present(&bench, &challenge_a), 0);
    assert_int_equal(present(&bench, &challenge_b), 0);
    assert_int_equal(bench.net.listens, 2);
    cleanup(&bench, &challenge_a);
    cleanup(&bench, &challenge_a);
    cleanup(&bench, &challenge_c);
    assert_true(bench.net.listening);
    cleanup(&bench, &challenge_b);
    assert_false(bench.net.listening);
    assert_int_equal(present(&bench, &challenge_c), 0);
    assert_true(bench.net.listening);
    cleanup(&bench, &challenge_c);
    assert_false(bench.net.listening);
}

static void test_present_limits(void **state)
{
    static char tokens[WAFER_HTTP01_CHALLENGES + 1][16];
    char longest[WAFER_TOKEN_MAX + 1];
    struct wafer_challenge challenge = challenge_a;
    struct bench bench;
    struct emu_connection *c;
    int i;

    (void)state;
    set_up(&bench);
    challenge.token = "";
    assert_int_equal(present(&bench, &challenge), WAFER_E_ARGUMENT);
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    challenge.token = longest;
    assert_int_equal(present(&bench, &challenge), WAFER_E_ARGUMENT);
    assert_int_equal(bench.net.listens, 0);
    longest[WAFER_TOKEN_MAX - 1] = 0;
    assert_int_equal(present(&bench, &challenge), 0);
    {
        char request[WAFER_TOKEN_MAX + 100], body[WAFER_TOKEN_MAX + 50];
        snprintf(request, sizeof request, "GET " PATH "%s HTTP/1.1\r\n\r\n", longest);
        snprintf(body, sizeof body, "\r\n\r\n%s." THUMBPRINT, longest);
        c = come(&bench, 0, request);
        assert_int_equal(serve(&bench, 100), 1);
        assert_string_equal(strstr(c->output, "\r\n\r\n"), body);
    }
    cleanup(&bench, &challenge);

    for (i = 0; i <= WAFER_HTTP01_CHALLENGES; i++) {
        snprintf(tokens[i], sizeof tokens[i], "t%d", i);
        challenge.token = tokens[i];
        assert_int_equal(present(&bench, &challenge), i < WAFER_HTTP01_CHALLENGES ? 0 : WAFER_E_SPACE);
    }
    c = come(&bench, 0, "GET " PATH "t31 HTTP/1.1\r\n\r\n");
    assert_int_equal(serve(&bench, 100), 1);
    assert_non_null(strstr(c->output, "\r\n\r\nt31." THUMBPRINT));
}

static void test_serve_ends_when_all_under_way_are_served(void **state)
{
    struct bench bench;
    struct emu_connection *c[3];
    uint32_t start;
    int i;

    (void)state;
    set_up(&bench);
    assert_int_equal(present(&bench, &challenge_a), 0);
    start = bench.net.now_ms;
    for (i = 0; i < 3; i++) {
        c[i] = come(&bench, 2000, GET(TOKEN_A));
        c[i]->portion = 10;
        c[i]->interval_ms = 2 + (uint32_t)i;
    }
    assert_int_equal(serve(&bench, 60000), 3);
    assert_in_range(bench.net.now_ms - start, 2040, 2070);
    for (i = 0; i < 3; i++) {
        assert_string_equal(c[i]->output, ANSWER_A);
        assert_true(c[i]->closed);
    }
    /* nothing comes: the time passes, and idle is called */
    start = bench.net.now_ms;
    assert_int_equal(serve(&bench, 10000), 0);
    assert_int_equal(bench.net.now_ms - start, 10000);
    assert_true(bench.net.idle_gap_ms <= 1001);
    assert_int_equal(serve(&bench, 0), 0);
    assert_int_equal(bench.net.now_ms - start, 10000);
}

/* A connection that only stays open delays the good news by little. */
static void test_idle_connection_does_not_hold_serve(void **state)
{
    struct bench bench;
    struct emu_connection *quiet, *asking;
    uint32_t start;

    (void)state;
    set_up(&bench);
    assert_int_equal(present(&bench, &challenge_a), 0);
    start = bench.net.now_ms;
    quiet = come(&bench, 0, "GET ");
    asking = come(&bench, 100, GET(TOKEN_A));
    assert_int_equal(serve(&bench, 60000), 1);
    assert_in_range(bench.net.now_ms - start, 100, 350);
    assert_string_equal(asking->output, ANSWER_A);
    assert_false(quiet->closed);
    /* it has ten seconds in all, however it drips */
    start = quiet->accepted_ms;
    assert_int_equal(serve(&bench, 30000), 0);
    assert_true(quiet->closed);
    assert_in_range(quiet->closed_ms - start, 10000, 11001);
    assert_int_equal(quiet->output_len, 0);
}

static void test_limits_of_a_request(void **state)
{
    struct bench bench;
    struct emu_connection *c, *exact, *drip;
    char *large = malloc(8194 + 1), *largest = malloc(8192 + 1);

    (void)state;
    set_up(&bench);
    assert_int_equal(present(&bench, &challenge_a), 0);
    memset(large, 'x', 8194);
    memcpy(large, "GET " PATH TOKEN_A " HTTP/1.1\r\n",
           sizeof GET(TOKEN_A) - sizeof "Host: example.org\r\nUser-Agent: x\r\n\r\n");
    strcpy(large + 8190 - 1, "\r\n\r\n"); /* 8193 octets */
    memcpy(largest, large, 8192);
    strcpy(largest + 8188, "\r\n\r\n");
    c = come(&bench, 0, large);
    exact = come(&bench, 0, largest);
    drip = come(&bench, 0, largest);
    drip->portion = 1;
    drip->interval_ms = 100;
    assert_int_equal(serve(&bench, 20000), 1);
    assert_int_equal(c->output_len, 0);
    assert_true(c->closed);
    assert_string_equal(exact->output, ANSWER_A);
    assert_int_equal(serve(&bench, 20000), 0);
    assert_true(drip->closed);
    assert_int_equal(drip->output_len, 0);
    assert_true(drip->closed_ms - drip->accepted_ms <= 11000);
    free(large);
    free(largest);
}

/* More connections at once than there are places: they wait and none is lost. */
static void test_more_than_places(void **state)
{
    struct bench bench;
    int i;

    (void)state;
    set_up(&bench);
    assert_int_equal(present(&bench, &challenge_a), 0);
    for (i = 0; i < 30; i++) {
        struct emu_connection *c = come(&bench, 10, GET(TOKEN_A));
        c->portion = 50;
        c->interval_ms = 5;
    }
    assert_int_equal(serve(&bench, 5000), 30);
    for (i = 0; i < 30; i++) {
        assert_string_equal(bench.net.connections[i].output, ANSWER_A);
    }
}

/* Connections that never ask must not keep out the one that does. */
static void test_slow_connections_are_dropped_for_others(void **state)
{
    struct bench bench;
    struct emu_connection *asking;
    uint32_t start;
    int i;

    (void)state;
    set_up(&bench);
    assert_int_equal(present(&bench, &challenge_a), 0);
    start = bench.net.now_ms;
    for (i = 0; i < WAFER_HTTP01_CONNECTIONS; i++) {
        come(&bench, (uint32_t)i * 10, "GET / HTTP/1.1\r\n");
    }
    asking = come(&bench, 200, GET(TOKEN_A));
    assert_int_equal(serve(&bench, 10000), 1);
    assert_string_equal(asking->output, ANSWER_A);
    assert_in_range(asking->closed_ms - start, 1000, 1200);
    assert_true(bench.net.connections[0].closed); /* the oldest */
    for (i = 1; i < WAFER_HTTP01_CONNECTIONS; i++) {
        assert_false(bench.net.connections[i].closed);
    }
    assert_true(bench.net.waits < 50); /* it slept meanwhile */
}

static void test_slow_writing(void **state)
{
    struct bench bench;
    struct emu_connection *c;

    (void)state;
    set_up(&bench);
    assert_int_equal(present(&bench, &challenge_a), 0);
    c = come(&bench, 0, GET(TOKEN_A) "more than was asked for");
    c->write_portion = 1;
    assert_int_equal(serve(&bench, 1000), 1);
    assert_string_equal(c->output, ANSWER_A);

    bench.net.waits = 0;
    c = come(&bench, 0, GET(TOKEN_A) "more than was asked for");
    c->deaf_until_ms = bench.net.now_ms + 500;
    assert_int_equal(serve(&bench, 5000), 1);
    assert_string_equal(c->output, ANSWER_A);
    assert_in_range(bench.net.waits, 5, 10); /* no spinning on input that nobody reads */

    c = come(&bench, 0, GET(TOKEN_A));
    c->deaf_until_ms = bench.net.now_ms + 50000;
    assert_int_equal(serve(&bench, 12000), 0);
    assert_true(c->closed);
    assert_int_equal(c->output_len, 0);
}

/* The place of a token that is taken back may be given to another one while a request for the
 * first is half read. */
static void test_cleanup_in_the_middle(void **state)
{
    struct bench bench;
    struct emu_connection *c, *writing;

    (void)state;
    set_up(&bench);
    assert_int_equal(present(&bench, &challenge_b), 0);
    assert_int_equal(present(&bench, &challenge_a), 0);
    c = come(&bench, 0, GET(TOKEN_A));
    c->portion = sizeof "GET " PATH TOKEN_A - 1;
    c->interval_ms = 100;
    writing = come(&bench, 0, GET(TOKEN_A));
    writing->deaf_until_ms = bench.net.now_ms + 60;
    assert_int_equal(serve(&bench, 50), 0);
    cleanup(&bench, &challenge_a);
    assert_true(writing->closed);
    assert_int_equal(present(&bench, &challenge_c), 0);
    assert_int_equal(serve(&bench, 500), 0);
    assert_string_equal(c->output, NOT_FOUND);
    c = come(&bench, 0, "GET ");
    assert_int_equal(serve(&bench, 50), 0);
    cleanup(&bench, &challenge_b);
    assert_false(c->closed);
    cleanup(&bench, &challenge_c);
    assert_true(c->closed);
}

static void test_every_call_fails_once(void **state)
{
    static const int errors[] = {WAFER_E_NETWORK, WAFER_E_CLOSED, WAFER_E_AGAIN, WAFER_E_TIMEOUT};
    struct bench bench;
    unsigned n, i;

    (void)state;
    for (i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        for (n = 1;; n++) {
            int result;
            set_up(&bench);
            bench.net.fail_at = n;
            bench.net.fail_with = errors[i];
            result = present(&bench, &challenge_a);
            if (result == 0) {
                come(&bench, 5, GET(TOKEN_A));
                come(&bench, 5, GET(TOKEN_A))->write_portion = 60;
                come(&bench, 20, "GET / HTTP/1.1\r\n\r\n")->portion = 3;
                result = serve(&bench, 300);
                assert_true(result == errors[i] || (result >= 1 && result <= 2));
            } else {
                assert_int_equal(result, errors[i]);
            }
            cleanup(&bench, &challenge_a);
            assert_false(bench.net.listening);
            for (size_t k = 0; k < bench.net.count; k++) {
                assert_int_equal(bench.net.connections[k].accepted, bench.net.connections[k].closed);
            }
            if (bench.net.calls < n) {
                break; /* a run without failure */
            }
        }
        assert_true(n > 10);
    }
}

static void test_cancel(void **state)
{
    struct bench bench;

    (void)state;
    set_up(&bench);
    assert_int_equal(present(&bench, &challenge_a), 0);
    bench.net.cancel_at = 3;
    assert_int_equal(serve(&bench, 60000), WAFER_E_CANCELLED);
    bench.net.port.idle = NULL;
    assert_int_equal(serve(&bench, 2500), 0);
    cleanup(&bench, &challenge_a);
}

/* --- over real sockets --------------------------------------------------------------- */

static int dial(const char *address, uint16_t port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    bool is_six = strchr(address, ':') != NULL;
    int fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    inet_pton(is_six ? AF_INET6 : AF_INET, address, is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr);
    assert_int_equal(connect(fd, is_six ? (void *)&six : (void *)&four, is_six ? sizeof six : sizeof four),
                     0);
    return fd;
}

static bool has_ipv6(void)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    bool has = fd >= 0 && bind(fd, (void *)&six, sizeof six) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return has;
}

static void read_answer(int fd, char *text, size_t size)
{
    size_t len = 0;
    ssize_t n;

    while ((n = recv(fd, text + len, size - 1 - len, 0)) > 0) {
        len += (size_t)n;
    }
    assert_int_equal(n, 0); /* an end, not a reset */
    text[len] = 0;
    close(fd);
}

static uint16_t listening_port(const struct wafer_http01 *responder)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;

    assert_int_equal(getsockname(responder->listener, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

static void test_sockets(void **state)
{
    struct wafer_posix posix;
    struct wafer_port port;
    struct wafer_http01 responder;
    struct wafer_solver solver;
    char answer[1024];
    int fds[12], i, served = 0, idle_fd;
    uint16_t tcp_port;

    (void)state;
    assert_int_equal(wafer_posix_port(&posix, &port), 0);
    wafer_http01_init(&responder, &port, NULL, 0);
    solver = wafer_http01_solver(&responder);
    assert_int_equal(solver.present(solver.ctx, &challenge_a), 0);
    assert_int_equal(solver.present(solver.ctx, &challenge_b), 0);
    tcp_port = listening_port(&responder);
    idle_fd = dial("127.0.0.1", tcp_port);
    for (i = 0; i < 12; i++) {
        const char *request = i % 2 ? GET(TOKEN_A) : GET(TOKEN_B);
        fds[i] = dial(i % 3 == 0 && has_ipv6() ? "::1" : "127.0.0.1", tcp_port);
        assert_int_equal(send(fds[i], request, strlen(request), 0), strlen(request));
        if (i % 4 == 0) { /* what comes after the request does not spoil the answer */
            assert_int_equal(send(fds[i], request, strlen(request), 0), strlen(request));
        }
    }
    for (i = 0; i < 50 && served < 12; i++) {
        int n = solver.serve(solver.ctx, 1000);
        assert_true(n >= 0);
        served += n;
    }
    assert_int_equal(served, 12);
    for (i = 0; i < 12; i++) {
        read_answer(fds[i], answer, sizeof answer);
        assert_string_equal(answer, i % 2 ? ANSWER_A : ANSWER_B);
    }
    solver.cleanup(solver.ctx, &challenge_a);
    solver.cleanup(solver.ctx, &challenge_b);
    read_answer(idle_fd, answer, sizeof answer);
    assert_string_equal(answer, "");
    /* the port is free again at once */
    wafer_http01_init(&responder, &port, "127.0.0.1", tcp_port);
    assert_int_equal(solver.present(solver.ctx, &challenge_a), 0);
    solver.cleanup(solver.ctx, &challenge_a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_listener_lives_from_first_present_to_last_cleanup),
        cmocka_unit_test(test_present_limits),
        cmocka_unit_test(test_serve_ends_when_all_under_way_are_served),
        cmocka_unit_test(test_idle_connection_does_not_hold_serve),
        cmocka_unit_test(test_limits_of_a_request),
        cmocka_unit_test(test_more_than_places),
        cmocka_unit_test(test_slow_connections_are_dropped_for_others),
        cmocka_unit_test(test_slow_writing),
        cmocka_unit_test(test_cleanup_in_the_middle),
        cmocka_unit_test(test_every_call_fails_once),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_sockets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
