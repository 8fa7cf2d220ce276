/* The port for lwIP's sockets over lwIP's own loopback: the contract of port.h, and names,
 * against tests/lwip/name_server.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "lwip/sockets.h"
#include "lwip/timeouts.h"
#include "name_server.h"
#include "port_contract.h"
#include "stack.h"
#include "wafer/config.h"
#include "wafer_lwip_sockets.h"

#undef connect /* struct wafer_port's functions have these names too */
#undef listen
#undef accept
#undef read
#undef write
#undef close

static const struct wafer_port *const port = &wafer_lwip_sockets_port;

/* --- what the contract asks for ------------------------------------------------- */

static uint16_t port_of(int handle)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;

    assert_int_equal(lwip_getsockname(handle, (struct sockaddr *)&address, &len), 0);
    return lwip_ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                                    : ((struct sockaddr_in *)&address)->sin_port);
}

static void half_close(int handle)
{
    assert_int_equal(lwip_shutdown(handle, SHUT_WR), 0);
}

static void reset(int handle)
{
    struct linger none = {1, 0};

    assert_int_equal(lwip_setsockopt(handle, SOL_SOCKET, SO_LINGER, &none, sizeof none), 0);
    lwip_close(handle);
}

static int64_t wall_time(void)
{
    return 1893456000;
}

static int entropy(void *data, size_t len)
{
    memset(data, 0x5a, len);
    return len < 100 ? 0 : WAFER_E_ENTROPY;
}

static bool cancelled;

static int idle(void)
{
    return cancelled ? WAFER_E_CANCELLED : contract_idle();
}

static const struct wafer_lwip_sockets_device device = {wall_time, entropy, idle};

static int set_up(void **state)
{
    (void)state;
    stack_start(name_server_start);
    contract.port = *port;
    contract.port_of = port_of;
    contract.half_close = half_close;
    contract.reset = reset;
    contract.silent = STACK_SILENT;
    contract.silent_port = 80;
    contract.ipv6 = contract.dual = true;
    return wafer_lwip_sockets_init(&device);
}

/* --- names ------------------------------------------------------------------------ */

static int family_of_peer(int handle)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;

    assert_int_equal(lwip_getpeername(handle, (struct sockaddr *)&address, &len), 0);
    return address.ss_family;
}

/* Connects to a name where somebody listens. Returns the family that it took, or an error. */
static int family_taken(const char *name, uint32_t timeout_ms)
{
    int listener = port->listen(port->ctx, NULL, 0);
    int handle = port->connect(port->ctx, name, port_of(listener), timeout_ms);
    int result = handle < 0 ? handle : family_of_peer(handle);

    if (handle >= 0) {
        port->close(port->ctx, handle);
    }
    port->close(port->ctx, listener);
    return result;
}

static void test_names(void **state)
{
    int listener = port->listen(port->ctx, "localhost", 0);

    (void)state;
    assert_true(listener >= 0);
    port->close(port->ctx, listener);
    assert_int_equal(family_taken("four.test", GUARD_MS), AF_INET);
    assert_int_equal(family_taken("six.test", GUARD_MS), AF_INET6);
    assert_int_equal(family_taken("both.test", GUARD_MS), AF_INET);
    assert_int_equal(family_taken("both.test", GUARD_MS), AF_INET); /* lwIP knows it now */
    assert_int_equal(family_taken("none.test", GUARD_MS), WAFER_E_RESOLVE);
    assert_int_equal(family_taken("::1", GUARD_MS), AF_INET6);
    assert_int_equal(port->listen(port->ctx, "none.test", 0), WAFER_E_RESOLVE);
}

/* The second address gets its chance although the first does not answer. */
static void test_every_address_is_tried(void **state)
{
    (void)state;
    assert_int_equal(family_taken("dead4.test", GUARD_MS), AF_INET6);
}

static void release_soon(void *arg)
{
    sys_timeout(500, name_server_release, arg);
}

static void release_now(void)
{
    assert_int_equal(tcpip_callback(name_server_release, NULL), ERR_OK);
    while (name_server_kept() > 0) {
        assert_int_equal(port->wait(port->ctx, NULL, 0, 10), 0);
    }
}

/* One family's answer is enough, long before the other's is given up. */
static void test_half_an_answer(void **state)
{
    (void)state;
    assert_int_equal(family_taken("half.test", GUARD_MS), AF_INET);
    release_now();
}

static void test_silent_name_server(void **state)
{
    uint32_t start = port->monotonic_ms(port->ctx);

    (void)state;
    assert_int_equal(family_taken("late.test", 300), WAFER_E_TIMEOUT);
    assert_true(port->monotonic_ms(port->ctx) - start >= 300);
    assert_int_equal(family_taken("late.test", 0), WAFER_E_TIMEOUT);
    cancelled = true;
    assert_int_equal(family_taken("late.test", GUARD_MS), WAFER_E_CANCELLED);
    cancelled = false;
    release_now();
}

/* The answers to a name that was given up are not taken for the next one's. */
static void test_late_answer(void **state)
{
    (void)state;
    assert_int_equal(family_taken("late1.test", 50), WAFER_E_TIMEOUT);
    while (name_server_kept() < 2) {
        assert_int_equal(port->wait(port->ctx, NULL, 0, 10), 0);
    }
    assert_int_equal(family_taken("release.test", GUARD_MS), WAFER_E_RESOLVE);
    assert_int_equal(name_server_kept(), 0);
}

/* lwIP's table holds names that were given up for some time: a new one waits for its place. */
static void test_full_table(void **state)
{
    char name[] = "late2.test";

    (void)state;
    for (; name[4] < '2' + DNS_TABLE_SIZE; name[4]++) {
        assert_int_equal(family_taken(name, 50), WAFER_E_TIMEOUT);
    }
    assert_int_equal(tcpip_callback(release_soon, NULL), ERR_OK);
    assert_int_equal(family_taken("six2.test", GUARD_MS), AF_INET6);
}

/* --- the rest --------------------------------------------------------------------- */

static void test_socket_options(void **state)
{
    int listener = port->listen(port->ctx, NULL, 0), on = 0;
    int handle = port->connect(port->ctx, "127.0.0.1", port_of(listener), GUARD_MS);
    socklen_t len = sizeof on;

    (void)state;
    assert_int_equal(lwip_getsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
    assert_int_not_equal(on, 0);
    port->close(port->ctx, handle);
    port->close(port->ctx, listener);
}

/* Sockets come from a small pool: each path must give its own back. */
static void test_no_socket_is_lost(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < 3 * MEMP_NUM_NETCONN; i++) {
        assert_int_equal(port->connect(port->ctx, "127.0.0.1", 1, GUARD_MS), WAFER_E_CONNECT);
        assert_int_equal(port->connect(port->ctx, STACK_SILENT, 1, 1), WAFER_E_TIMEOUT);
        assert_int_equal(family_taken("localhost", GUARD_MS), AF_INET);
    }
}

/* With no socket left a call says so; it does not hang. */
static void test_no_socket_left(void **state)
{
    int handles[MEMP_NUM_NETCONN + 1], n = 0;

    (void)state;
    while ((handles[n] = port->listen(port->ctx, "127.0.0.1", 0)) >= 0) {
        n++;
        assert_in_range(n, 0, MEMP_NUM_NETCONN);
    }
    assert_int_equal(handles[n], WAFER_E_NETWORK);
    assert_int_equal(port->connect(port->ctx, "127.0.0.1", 1, GUARD_MS), WAFER_E_NETWORK);
    while (n > 0) {
        port->close(port->ctx, handles[--n]);
    }
}

static void test_device(void **state)
{
    uint8_t data[200];

    (void)state;
    assert_true(port->wall_time(port->ctx) == 1893456000);
    assert_int_equal(port->entropy(port->ctx, data, 4), 0);
    assert_memory_equal(data, "ZZZZ", 4);
    assert_int_equal(port->entropy(port->ctx, data, sizeof data), WAFER_E_ENTROPY);
    assert_int_equal(port->idle(port->ctx), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TESTS,
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_every_address_is_tried),
        cmocka_unit_test(test_half_an_answer),
        cmocka_unit_test(test_silent_name_server),
        cmocka_unit_test(test_late_answer),
        cmocka_unit_test(test_full_table),
        cmocka_unit_test(test_socket_options),
        cmocka_unit_test(test_no_socket_is_lost),
        cmocka_unit_test(test_no_socket_left),
        cmocka_unit_test(test_device),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
