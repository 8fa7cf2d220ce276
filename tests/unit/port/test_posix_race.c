/* How the POSIX port connects to a host with several addresses. The resolver is a scripted one:
 * this program's getaddrinfo stands before the system's. Times have lower bounds only, and
 * GUARD_MS ends what hangs: nothing fails because a machine is slow. */
#define _DEFAULT_SOURCE
#include "port_posix.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#define ADDRESSES 12
#define GUARD_MS  60000

static struct wafer_posix posix;
static struct wafer_port port;
static struct addrinfo list[ADDRESSES];
static struct sockaddr_in addresses[ADDRESSES];
static size_t count;
static int lists_out; /* given out and not yet freed */

int getaddrinfo(const char *restrict host, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
    (void)host, (void)service, (void)hints;
    lists_out++;
    *result = list;
    return 0;
}

void freeaddrinfo(struct addrinfo *result)
{
    assert_ptr_equal(result, list);
    lists_out--;
}

/* Addresses of 127.0.0.0/8: each can have a listener of its own on the same port. */
static void add(uint32_t address)
{
    addresses[count].sin_family = AF_INET;
    addresses[count].sin_addr.s_addr = htonl(address);
    list[count].ai_family = AF_INET;
    list[count].ai_addr = (struct sockaddr *)&addresses[count];
    list[count].ai_addrlen = sizeof addresses[count];
    list[count].ai_next = NULL;
    if (count > 0) {
        list[count - 1].ai_next = &list[count];
    }
    count++;
}

static int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    while (dir != NULL && readdir(dir) != NULL) {
        n++;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return n;
}

#define GOOD    0x7f000002u
#define REFUSED 0x7f000003u
#define SILENT  0x7f000004u

static int good, silent, fill[4];
static uint16_t tcp_port;

static int make_listener(uint32_t address, uint16_t at_port, int backlog)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(at_port), .sin_addr = {htonl(address)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

/* One address accepts, one refuses, and one does not answer: its listener's queue is full. */
static int set_up(void **state)
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    int i;

    (void)state;
    if (wafer_posix_port(&posix, &port) != 0) {
        return -1;
    }
    good = make_listener(GOOD, 0, 16);
    assert_int_equal(getsockname(good, (struct sockaddr *)&address, &len), 0);
    tcp_port = ntohs(address.sin_port);
    silent = make_listener(SILENT, tcp_port, 0);
    address.sin_addr.s_addr = htonl(SILENT);
    for (i = 0; i < 4; i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(fcntl(fill[i], F_SETFL, O_NONBLOCK), 0);
        (void)connect(fill[i], (struct sockaddr *)&address, sizeof address);
    }
    return 0;
}

/* Connects to the addresses in the list; returns the result, and how long it took. */
static int run(uint32_t timeout_ms, uint32_t *took)
{
    int before = open_descriptors();
    uint32_t start = port.monotonic_ms(port.ctx);
    int result = port.connect(port.ctx, "scripted", tcp_port, timeout_ms);

    *took = port.monotonic_ms(port.ctx) - start;
    if (result >= 0) {
        struct sockaddr_in peer;
        socklen_t len = sizeof peer;
        assert_int_equal(getpeername(result, (struct sockaddr *)&peer, &len), 0);
        assert_int_equal(ntohl(peer.sin_addr.s_addr), GOOD);
        port.close(port.ctx, result);
        result = 0;
    }
    assert_int_equal(lists_out, 0);
    assert_int_equal(open_descriptors(), before); /* no attempt stays open */
    count = 0;
    return result;
}

static void test_refused_then_good(void **state)
{
    uint32_t took;

    (void)state;
    add(REFUSED);
    add(REFUSED);
    add(GOOD);
    assert_int_equal(run(GUARD_MS, &took), 0);
}

static void test_silent_then_good(void **state)
{
    uint32_t took;

    (void)state;
    add(SILENT);
    add(GOOD);
    assert_int_equal(run(GUARD_MS, &took), 0);
    assert_true(took >= 250);
}

static void test_good_is_last_of_many(void **state)
{
    uint32_t took;
    int i;

    (void)state;
    for (i = 0; i < ADDRESSES - 1; i++) {
        add(i % 4 == 3 ? REFUSED : SILENT);
    }
    add(GOOD);
    assert_int_equal(run(GUARD_MS, &took), 0);
    assert_true(took >= 2000);
}

static void test_none_good(void **state)
{
    uint32_t took;

    (void)state;
    add(REFUSED);
    add(REFUSED);
    assert_int_equal(run(GUARD_MS, &took), WAFER_E_CONNECT);
    add(REFUSED);
    add(SILENT);
    add(SILENT);
    assert_int_equal(run(600, &took), WAFER_E_TIMEOUT);
    assert_true(took >= 600);
    add(0x7f000002u);
    list[0].ai_family = addresses[0].sin_family = 0x7777; /* a family that this system lacks */
    assert_int_equal(run(GUARD_MS, &took), WAFER_E_NETWORK);
    add(REFUSED);
    list[0].ai_family = 0x7777;
    add(GOOD);
    assert_int_equal(run(GUARD_MS, &took), 0);
}

static int idle_calls;

static int cancel(void *ctx)
{
    (void)ctx;
    return ++idle_calls == 2 ? WAFER_E_CANCELLED : 0;
}

static void test_cancelled(void **state)
{
    uint32_t took;

    (void)state;
    port.idle = cancel;
    add(SILENT);
    assert_int_equal(run(GUARD_MS, &took), WAFER_E_CANCELLED);
    assert_true(took >= 1000);
    port.idle = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused_then_good),
        cmocka_unit_test(test_silent_then_good),
        cmocka_unit_test(test_good_is_last_of_many),
        cmocka_unit_test(test_none_good),
        cmocka_unit_test(test_cancelled),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
