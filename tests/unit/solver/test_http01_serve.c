/* The http-01 responder and its connections over time: slow, idle, many or failing ones, with a clock
 * that only waiting moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "http01_bench.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serve_ends_when_all_under_way_are_served),
        cmocka_unit_test(test_idle_connection_does_not_hold_serve),
        cmocka_unit_test(test_more_than_places),
        cmocka_unit_test(test_slow_connections_are_dropped_for_others),
        cmocka_unit_test(test_slow_writing),
        cmocka_unit_test(test_cleanup_in_the_middle),
        cmocka_unit_test(test_every_call_fails_once),
        cmocka_unit_test(test_cancel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
