/* What the http-01 responder answers to which request, for how many tokens, and while it listens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "http01_bench.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_listener_lives_from_first_present_to_last_cleanup),
        cmocka_unit_test(test_present_limits),
        cmocka_unit_test(test_limits_of_a_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
