/* The POSIX port over loopback: the contract of port.h, and what only POSIX has. */
#define _DEFAULT_SOURCE
#include "port_posix.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "port_contract.h"
#include "wafer/config.h"

static struct wafer_posix posix;
static struct wafer_port *const port = &contract.port;

static int idle(void *ctx)
{
    assert_ptr_equal(ctx, &posix);
    return contract_idle();
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;

    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

static void half_close(int fd)
{
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
}

static void reset(int fd)
{
    struct linger none = {1, 0};

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none), 0);
    close(fd);
}

static bool has_ipv6(void)
{
    int fd = port->listen(port->ctx, "::1", 0);

    if (fd >= 0) {
        port->close(port->ctx, fd);
    }
    return fd >= 0;
}

/* A listener whose queue is full does not answer. */
static uint16_t make_silent(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int listener = socket(AF_INET, SOCK_STREAM, 0), i;

    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 0), 0);
    address.sin_port = htons(port_of(listener));
    for (i = 0; i < 4; i++) {
        int fill = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(fcntl(fill, F_SETFL, O_NONBLOCK), 0);
        (void)connect(fill, (struct sockaddr *)&address, sizeof address);
    }
    return ntohs(address.sin_port); /* all stay open to the end */
}

static int set_up(void **state)
{
    (void)state;
    if (wafer_posix_port(&posix, port) != 0) {
        return -1;
    }
    port->idle = idle;
    contract.port_of = port_of;
    contract.half_close = half_close;
    contract.reset = reset;
    contract.silent = "127.0.0.1";
    contract.silent_port = make_silent();
    contract.ipv6 = contract.dual = has_ipv6();
    return 0;
}

/* The same with names that are looked up in a child process. */
static int set_up_apart(void **state)
{
    int rc = set_up(state);

    posix.look_up = wafer_posix_look_up_apart;
    return rc;
}

static uint32_t now(void)
{
    return port->monotonic_ms(port->ctx);
}

/* A connected pair: both ends are handles of the port. */
static void make_pair(int *client, int *server)
{
    int listener = port->listen(port->ctx, "127.0.0.1", 0);

    assert_true(listener >= 0);
    assert_int_equal(port->accept(port->ctx, listener), WAFER_E_AGAIN);
    *client = port->connect(port->ctx, "127.0.0.1", port_of(listener), 5000);
    assert_true(*client >= 0);
    assert_int_equal(port->wait(port->ctx, &listener, 1, 5000), 0);
    *server = port->accept(port->ctx, listener);
    assert_true(*server >= 0);
    port->close(port->ctx, listener);
}

static void test_listen_errors(void **state)
{
    int listener = port->listen(port->ctx, NULL, 0);
    uint16_t tcp_port = port_of(listener);

    (void)state;
    assert_int_equal(port->listen(port->ctx, NULL, tcp_port), WAFER_E_ADDRESS_IN_USE);
    assert_int_equal(port->listen(port->ctx, "127.0.0.1", tcp_port), WAFER_E_ADDRESS_IN_USE);
    assert_int_equal(port->listen(port->ctx, "localhost", tcp_port), WAFER_E_ADDRESS_IN_USE);
    port->close(port->ctx, listener);
    listener = port->listen(port->ctx, "127.0.0.1", tcp_port); /* free at once */
    assert_true(listener >= 0);
    assert_int_equal(port->listen(port->ctx, NULL, tcp_port), WAFER_E_ADDRESS_IN_USE);
    port->close(port->ctx, listener);
    listener = port->listen(port->ctx, "localhost", 0);
    assert_true(listener >= 0);
    port->close(port->ctx, listener);
    assert_int_equal(port->listen(port->ctx, "192.0.2.1", 0), WAFER_E_ADDRESS_DENIED); /* not ours */
    assert_int_equal(port->listen(port->ctx, "no such name", 0), WAFER_E_RESOLVE);
}

static void test_socket_options(void **state)
{
    int fds[2], i, on;

    (void)state;
    make_pair(&fds[0], &fds[1]);
    for (i = 0; i < 2; i++) {
        socklen_t len = sizeof on;
        assert_int_equal(getsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
        assert_int_not_equal(on, 0);
        assert_true((fcntl(fds[i], F_GETFD) & FD_CLOEXEC) != 0);
        assert_true((fcntl(fds[i], F_GETFL) & O_NONBLOCK) != 0);
        port->close(port->ctx, fds[i]);
        assert_int_equal(fcntl(fds[i], F_GETFD), -1);
    }
}

static void test_too_many_handles(void **state)
{
    int many[WAFER_HTTP01_CONNECTIONS + 3] = {0};

    (void)state;
    assert_int_equal(port->wait(port->ctx, many, sizeof many / sizeof many[0], 10), WAFER_E_NETWORK);
}

static volatile sig_atomic_t signalled;
static int idle_calls;

static void on_signal(int number)
{
    (void)number;
    signalled++;
}

static int idle_until_signal(void *ctx)
{
    assert_ptr_equal(ctx, &posix);
    idle_calls++;
    return signalled > 0 ? WAFER_E_CANCELLED : 0;
}

static void signal_in(int ms, int again_ms)
{
    struct itimerval timer = {{0, again_ms * 1000}, {0, ms * 1000}};

    signalled = idle_calls = 0;
    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

/* Signals do not shorten a call; with an idle hook they end it at once if the hook says so. */
static void test_signals(void **state)
{
    struct sigaction action = {.sa_handler = on_signal};
    uint8_t byte;
    int client, server, listener;
    uint32_t start;

    (void)state;
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    make_pair(&client, &server);
    signal_in(10, 10);
    do { /* until enough of them have come */
        start = now();
        assert_int_equal(port->read(port->ctx, client, &byte, 1, 200), WAFER_E_TIMEOUT);
        assert_true(now() - start >= 200);
        start = now();
        assert_int_equal(port->wait(port->ctx, NULL, 0, 200), 0);
        assert_true(now() - start >= 200);
    } while (signalled <= 5);

    port->idle = idle_until_signal;
    signal_in(50, 0);
    assert_int_equal(port->read(port->ctx, client, &byte, 1, GUARD_MS), WAFER_E_CANCELLED);
    signal_in(50, 0);
    assert_int_equal(port->wait(port->ctx, &client, 1, GUARD_MS), WAFER_E_CANCELLED);
    signal_in(50, 0);
    listener = port->listen(port->ctx, "127.0.0.1", 0);
    assert_int_equal(port->wait(port->ctx, &listener, 1, GUARD_MS), WAFER_E_CANCELLED);
    port->close(port->ctx, listener);
    /* also called without signals, once a second */
    signalled = idle_calls = 0;
    assert_int_equal(port->wait(port->ctx, NULL, 0, 2100), 0);
    assert_in_range(idle_calls, 1, 4);
    port->idle = idle;
    port->close(port->ctx, client);
    port->close(port->ctx, server);
}

static void test_clocks(void **state)
{
    uint32_t start = now(), before = start;
    time_t earliest = time(NULL);
    int64_t seconds = port->wall_time(port->ctx);
    time_t latest = time(NULL);
    int i;

    (void)state;
    for (i = 0; i < 1000; i++) {
        uint32_t then = now();
        assert_true(then - before < 60000); /* never back */
        before = then;
    }
    if (earliest >= (time_t)WAFER_BUILD_TIME) { /* the two clocks may differ by a tick */
        assert_true(seconds >= WAFER_BUILD_TIME && seconds >= earliest - 1 && seconds <= latest + 1);
    } else {
        assert_true(seconds == WAFER_E_CLOCK);
    }
}

static void test_entropy(void **state)
{
    static uint8_t a[70000], b[70000];
    unsigned seen[256] = {0}, i;

    (void)state;
    assert_int_equal(port->entropy(port->ctx, a, sizeof a), 0);
    assert_int_equal(port->entropy(port->ctx, b, sizeof b), 0);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a, a + 32, 32);
    for (i = 0; i < sizeof a; i++) {
        seen[a[i]]++;
    }
    for (i = 0; i < 256; i++) { /* 273 on average, standard deviation 17 */
        assert_in_range(seen[i], 100, 450);
    }
    assert_memory_not_equal(a + sizeof a - 32, (uint8_t[32]){0}, 32); /* filled to the end */
    assert_int_equal(port->entropy(port->ctx, a, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TESTS,
        cmocka_unit_test(test_listen_errors),
        cmocka_unit_test(test_socket_options),
        cmocka_unit_test(test_too_many_handles),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_entropy),
    };

    int failed = cmocka_run_group_tests_name("names here", tests, set_up, NULL);
    return failed + cmocka_run_group_tests_name("names apart", tests, set_up_apart, NULL);
}
