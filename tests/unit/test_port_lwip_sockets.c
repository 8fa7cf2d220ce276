/* The port for lwIP's sockets over lwIP's own loopback: the contract of port.h, and names, which
 * a server in lwIP's thread answers by a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "lwip/dns.h"
#include "lwip/sockets.h"
#include "lwip/timeouts.h"
#include "lwip/udp.h"
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

#define GUARD_MS 20000

static const struct wafer_port *const port = &wafer_lwip_sockets_port;

/* --- the name server ------------------------------------------------------------ */

/* What is done with an answer: KEEP waits for RELEASE, which is sent before those that were kept. */
enum how { SEND, KEEP, RELEASE };

/* What it knows of names that begin so: an address of each family (NULL: none). */
static const struct name {
    const char *name, *four, *six;
    enum how how_four, how_six;
} names[] = {
    {"four", "127.0.0.1", NULL, SEND, SEND},  {"six", NULL, "::1", SEND, SEND},
    {"both", "127.0.0.1", "::1", SEND, SEND}, {"dead4", STACK_SILENT, "::1", SEND, SEND},
    {"half", "127.0.0.1", NULL, SEND, KEEP},  {"late", "127.0.0.1", "::1", KEEP, KEEP},
    {"release", NULL, NULL, RELEASE, SEND},
};

static struct udp_pcb *server;
static struct pbuf *kept[32];
static u16_t kept_port[32];
static volatile size_t kept_count;

/* "\4four\4test\0" as "four.test". Returns the octets of the question's name, 0: broken. */
static size_t read_name(const uint8_t *at, size_t len, char *name, size_t size)
{
    size_t i = 0, n = 0;

    while (i < len && at[i] != 0) {
        size_t label = at[i++];
        if (label > len - i || n + label + 2 > size) {
            return 0;
        }
        memcpy(name + n, at + i, label);
        n += label;
        name[n++] = '.';
        i += label;
    }
    name[n > 0 ? n - 1 : 0] = '\0';
    return i + 1;
}

static const struct name *find(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(names[i].name, name, strlen(names[i].name)) == 0) {
            return &names[i];
        }
    }
    return NULL;
}

/* The question, turned into its answer (RFC 1035 4): with `address`, or with none (name error). */
static struct pbuf *make_answer(uint8_t *message, size_t len, const char *address)
{
    uint8_t record[] = {0xc0, 12, 0, message[len - 3], 0, 1, 0, 0, 0, 60, 0, 0};
    uint8_t data[16];
    size_t size = address == NULL ? 0 : message[len - 3] == 1 ? 4 : 16;
    struct pbuf *p =
        pbuf_alloc(PBUF_TRANSPORT, (u16_t)(len + (size > 0 ? sizeof record + size : 0)), PBUF_RAM);

    message[2] |= 0x80;                  /* an answer */
    message[3] = size > 0 ? 0x80 : 0x83; /* recursion is available; no such name */
    message[7] = size > 0;               /* records */
    pbuf_take(p, message, (u16_t)len);
    if (size > 0) {
        assert_int_equal(lwip_inet_pton(size == 4 ? AF_INET : AF_INET6, address, data), 1);
        record[sizeof record - 1] = (uint8_t)size;
        pbuf_take_at(p, record, sizeof record, (u16_t)len);
        pbuf_take_at(p, data, (u16_t)size, (u16_t)(len + sizeof record));
    }
    return p;
}

static void send_answer(struct pbuf *p, u16_t to)
{
    ip_addr_t loopback;

    ip_addr_set_loopback(0, &loopback);
    udp_sendto(server, p, &loopback, to);
    pbuf_free(p);
}

static void keep_answer(struct pbuf *p, u16_t to)
{
    if (kept_count == sizeof kept / sizeof kept[0]) {
        pbuf_free(p);
        return;
    }
    kept_port[kept_count] = to;
    kept[kept_count++] = p;
}

static void release_answers(void *arg)
{
    (void)arg;
    while (kept_count > 0) {
        kept_count--;
        send_answer(kept[kept_count], kept_port[kept_count]);
    }
}

static void on_question(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from,
                        u16_t from_port)
{
    static const struct name unknown = {"", NULL, NULL, SEND, SEND};
    uint8_t message[256];
    char text[128];
    size_t len = pbuf_copy_partial(p, message, sizeof message, 0);
    size_t name_len = len > 16 ? read_name(message + 12, len - 16, text, sizeof text) : 0;
    const struct name *name = name_len > 0 ? find(text) : NULL;
    bool four = name_len > 0 && message[12 + name_len + 1] == 1;
    enum how how;

    (void)arg, (void)pcb, (void)from;
    pbuf_free(p);
    if (name_len == 0) {
        return;
    }
    name = name != NULL ? name : &unknown;
    how = four ? name->how_four : name->how_six;
    p = make_answer(message, 12 + name_len + 4, four ? name->four : name->six);
    if (how == KEEP) {
        keep_answer(p, from_port);
        return;
    }
    send_answer(p, from_port);
    if (how == RELEASE) {
        release_answers(NULL);
    }
}

static void release_soon(void *arg)
{
    sys_timeout(500, release_answers, arg);
}

static void start_server(void)
{
    ip_addr_t loopback;

    ip_addr_set_loopback(0, &loopback);
    server = udp_new();
    udp_bind(server, &loopback, 53);
    udp_recv(server, on_question, NULL);
    dns_setserver(0, &loopback);
}

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
    stack_start(start_server);
    contract.port = *port;
    contract.port_of = port_of;
    contract.half_close = half_close;
    contract.reset = reset;
    contract.silent = STACK_SILENT;
    contract.silent_port = 80;
    contract.ipv6 = true;
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
    (void)state;
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

static void release_now(void)
{
    assert_int_equal(tcpip_callback(release_answers, NULL), ERR_OK);
    while (kept_count > 0) {
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
    while (kept_count < 2) {
        assert_int_equal(port->wait(port->ctx, NULL, 0, 10), 0);
    }
    assert_int_equal(family_taken("release.test", GUARD_MS), WAFER_E_RESOLVE);
    assert_int_equal(kept_count, 0);
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
