/* The http-01 responder over real sockets on loopback, IPv4 and IPv6. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "http01_bench.h"
#include "port_posix.h"

static int dial(const char *address, uint16_t tcp_port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(tcp_port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(tcp_port)};
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
        cmocka_unit_test(test_sockets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
