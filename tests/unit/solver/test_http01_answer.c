/* Answers for a web server of the device's own: which paths have one, what serve tells of them,
 * and that no task can read a token that was taken back. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "guard.h"
#include "http01_bench.h"

static struct emu_net net;
static struct wafer_http01_passive passive;
static struct wafer_solver solver;
static char body[WAFER_HTTP01_BODY_MAX];

static int set_up_passive(void **state)
{
    (void)state;
    emu_net_init(&net);
    net.now_ms = net.idle_ms = 0xfffffff0u; /* the clock wraps */
    memset(&passive, 0xa5, sizeof passive);
    wafer_http01_passive_init(&passive, &net.port);
    solver = wafer_http01_passive_solver(&passive);
    assert_string_equal(solver.type, "http-01");
    memset(body, 'x', sizeof body);
    return 0;
}

/* Asks with a path that ends at a guard page. */
static int ask(const char *path, size_t len)
{
    struct guard guard = guard_copy(path, len);
    int rc = wafer_http01_answer(&passive, (const char *)guard.data, len, body, sizeof body);

    guard_free(&guard);
    return rc;
}

static int ask_text(const char *path)
{
    return ask(path, strlen(path));
}

static int hold(const struct wafer_challenge *challenge)
{
    struct wafer_challenge transient = *challenge; /* only the strings stay */
    int rc = solver.present(solver.ctx, &transient);

    memset(&transient, 0xee, sizeof transient);
    return rc;
}

static void test_exact_path(void **state)
{
    (void)state;
    assert_int_equal(ask_text(PATH TOKEN_A), WAFER_E_NOT_FOUND);
    assert_int_equal(hold(&challenge_a), 0);
    assert_int_equal(hold(&challenge_b), 0);
    assert_int_equal(ask_text(PATH TOKEN_A), 87);
    assert_string_equal(body, TOKEN_A "." THUMBPRINT);
    assert_int_equal(ask_text(PATH TOKEN_B), 86);
    assert_string_equal(body, TOKEN_B "." THUMBPRINT);
    solver.cleanup(solver.ctx, &challenge_a);
    assert_int_equal(ask_text(PATH TOKEN_A), WAFER_E_NOT_FOUND);
    assert_int_equal(ask_text(PATH TOKEN_B), 86);
    solver.cleanup(solver.ctx, &challenge_b);
    assert_int_equal(ask_text(PATH TOKEN_B), WAFER_E_NOT_FOUND);
    assert_int_equal(net.listens, 0);
}

static void test_near_misses(void **state)
{
    static const char *const paths[] = {
        "",
        "/",
        PATH,
        "/.well-known/acme-challenge",
        PATH TOKEN_C,
        PATH TOKEN_A "0",
        PATH TOKEN_A "/",
        PATH "/" TOKEN_A,
        PATH TOKEN_A "?",
        PATH TOKEN_A "?x=1",
        PATH TOKEN_A "#x",
        PATH TOKEN_A " ",
        PATH " " TOKEN_A,
        PATH "%4coqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0", /* "%4c" is "L" */
        "/.well-known/acme-challenge%2f" TOKEN_A,
        PATH "loqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0",
        PATH "LOQXCYV8Q5ONBJQXBMR7SCTNO3TIAXDFOWYJXAJEUX0",
        "/.WELL-KNOWN/acme-challenge/" TOKEN_A,
        "/.well-known/acme-challenge/../acme-challenge/" TOKEN_A,
        "//.well-known/acme-challenge/" TOKEN_A,
        ".well-known/acme-challenge/" TOKEN_A,
        TOKEN_A,
        "http://a.example" PATH TOKEN_A,
    };

    (void)state;
    assert_int_equal(hold(&challenge_a), 0);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal(ask_text(paths[i]), WAFER_E_NOT_FOUND);
        assert_int_equal(body[0], 'x'); /* untouched */
    }
    /* every prefix of the right one, and NULs in and behind it */
    for (size_t len = 0; len < strlen(PATH TOKEN_A); len++) {
        assert_int_equal(ask(PATH TOKEN_A, len), WAFER_E_NOT_FOUND);
    }
    assert_int_equal(ask(PATH TOKEN_A "\0", sizeof PATH TOKEN_A), WAFER_E_NOT_FOUND);
    assert_int_equal(ask(PATH "\0" TOKEN_A, sizeof PATH TOKEN_A), WAFER_E_NOT_FOUND);
    assert_int_equal(solver.serve(solver.ctx, 0), 0);
}

static void test_long_paths(void **state)
{
    static char path[20000];

    (void)state;
    assert_int_equal(hold(&challenge_a), 0);
    memset(path, 'L', sizeof path);
    memcpy(path, PATH, strlen(PATH));
    assert_int_equal(ask(path, sizeof path), WAFER_E_NOT_FOUND);
    memcpy(path, PATH TOKEN_A, strlen(PATH TOKEN_A));
    assert_int_equal(ask(path, sizeof path), WAFER_E_NOT_FOUND);
}

/* Every size: nothing is written beyond it, and what does not fit counts as not fetched. */
static void test_small_bodies(void **state)
{
    (void)state;
    assert_int_equal(hold(&challenge_a), 0);
    for (size_t size = 0; size <= 88; size++) {
        struct guard guard = guard_copy(NULL, size);
        int rc = wafer_http01_answer(&passive, PATH TOKEN_A, strlen(PATH TOKEN_A), (char *)guard.data, size);
        assert_int_equal(rc, size == 88 ? 87 : WAFER_E_SPACE);
        if (size > 0) {
            assert_string_equal((char *)guard.data, size == 88 ? TOKEN_A "." THUMBPRINT : "");
        }
        guard_free(&guard);
    }
    assert_int_equal(solver.serve(solver.ctx, 0), 1);
}

static void test_longest_token(void **state)
{
    static char token[WAFER_TOKEN_MAX + 1], path[sizeof PATH + WAFER_TOKEN_MAX];
    struct wafer_challenge challenge = {"http-01", "a.example", token, THUMBPRINT};

    (void)state;
    assert_int_equal(hold(&challenge), WAFER_E_ARGUMENT); /* "" */
    memset(token, 'a', WAFER_TOKEN_MAX);
    assert_int_equal(hold(&challenge), WAFER_E_ARGUMENT);
    solver.cleanup(solver.ctx, &challenge);
    token[WAFER_TOKEN_MAX - 1] = 0;
    assert_int_equal(hold(&challenge), 0);
    strcpy(path, PATH);
    strcat(path, token);
    assert_int_equal(ask_text(path), WAFER_HTTP01_BODY_MAX - 1);
    assert_int_equal(strlen(body), WAFER_HTTP01_BODY_MAX - 1);
}

static void test_as_many_as_there_are(void **state)
{
    (void)state;
    for (int i = 0; i < WAFER_HTTP01_CHALLENGES; i++) {
        assert_int_equal(hold(&challenge_a), 0); /* a CA may give one token twice */
    }
    assert_int_equal(hold(&challenge_b), WAFER_E_SPACE);
    solver.cleanup(solver.ctx, &challenge_b);
    for (int i = 0; i < WAFER_HTTP01_CHALLENGES; i++) {
        assert_int_equal(ask_text(PATH TOKEN_A), 87);
        solver.cleanup(solver.ctx, &challenge_a);
    }
    assert_int_equal(ask_text(PATH TOKEN_A), WAFER_E_NOT_FOUND);
}

/* A web server in the port's idle: asked for an answer at a call of idle. */
static unsigned ask_at, asked;

static int web_server(void *ctx)
{
    (void)ctx;
    if (++asked == ask_at) {
        assert_int_equal(ask_text(PATH TOKEN_A), 87);
        assert_int_equal(ask_text(PATH TOKEN_A), 87); /* from two places */
    }
    return asked == 100 ? WAFER_E_CANCELLED : 0;
}

static void test_serve_ends_with_a_fetch(void **state)
{
    uint32_t start = net.now_ms;

    (void)state;
    assert_int_equal(hold(&challenge_a), 0);
    assert_int_equal(solver.serve(solver.ctx, 1000), 0);
    assert_int_equal(net.now_ms - start, 1000);

    net.port.idle = web_server;
    ask_at = 5;
    asked = 0;
    start = net.now_ms;
    assert_int_equal(solver.serve(solver.ctx, 1000), 2);
    assert_int_equal(net.now_ms - start, 250); /* the fifth look */
    assert_int_equal(solver.serve(solver.ctx, 0), 0);

    asked = 90;
    assert_int_equal(solver.serve(solver.ctx, 60000), WAFER_E_CANCELLED);

    /* while a connection waits: told at once, without waiting */
    start = net.now_ms;
    assert_int_equal(ask_text(PATH TOKEN_A), 87);
    assert_int_equal(solver.serve(solver.ctx, 0), 1);
    assert_int_equal(solver.serve(solver.ctx, 0), 0);
    assert_int_equal(net.now_ms - start, 0);

    /* a fetch that nobody was told of does not count for the next challenge */
    assert_int_equal(ask_text(PATH TOKEN_A), 87);
    solver.cleanup(solver.ctx, &challenge_a);
    assert_int_equal(hold(&challenge_b), 0);
    assert_int_equal(solver.serve(solver.ctx, 0), 0);
}

static void test_wait_fails(void **state)
{
    (void)state;
    net.fail_at = net.calls + 2;
    net.fail_with = WAFER_E_NETWORK;
    assert_int_equal(solver.serve(solver.ctx, 1000), WAFER_E_NETWORK);
}

/* The lock: taken once and given back by each call, and held while tokens are read. */
static int held;
static unsigned entered;

static void take_lock(void *ctx)
{
    assert_ptr_equal(ctx, &held);
    assert_int_equal(held++, 0);
    entered++;
}

static void give_back(void *ctx)
{
    assert_ptr_equal(ctx, &held);
    assert_int_equal(--held, 0);
}

static void test_lock(void **state)
{
    (void)state;
    passive.lock_ctx = &held;
    passive.lock = take_lock;
    passive.unlock = give_back;
    held = 0;
    entered = 0;
    assert_int_equal(hold(&challenge_a), 0);
    assert_int_equal(entered, 1);
    assert_int_equal(ask_text(PATH TOKEN_A), 87);
    assert_int_equal(entered, 2);
    assert_int_equal(ask_text(PATH TOKEN_B), WAFER_E_NOT_FOUND);
    assert_int_equal(entered, 3);
    assert_int_equal(ask_text("/index.html"), WAFER_E_NOT_FOUND); /* not even asked */
    assert_int_equal(entered, 3);
    assert_int_equal(wafer_http01_answer(&passive, PATH TOKEN_A, strlen(PATH TOKEN_A), body, 10),
                     WAFER_E_SPACE);
    assert_int_equal(solver.serve(solver.ctx, 0), 1);
    assert_int_equal(entered, 5);
    solver.cleanup(solver.ctx, &challenge_a);
    assert_int_equal(entered, 6);
    assert_int_equal(held, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_passive)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_exact_path),
                                       TEST(test_near_misses),
                                       TEST(test_long_paths),
                                       TEST(test_small_bodies),
                                       TEST(test_longest_token),
                                       TEST(test_as_many_as_there_are),
                                       TEST(test_serve_ends_with_a_fetch),
                                       TEST(test_wait_fails),
                                       TEST(test_lock)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
