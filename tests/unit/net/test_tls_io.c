/* The TLS connection: data, ends, limits of time, resumption. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/deadline.h"
#include "tls_lab.h"
#include "wafer/tls_error.h"

/* Gets the page that `s_server -www` shows, up to the end. */
static int get_page(char *page, size_t size, bool *proper)
{
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    size_t have = 0;

    *proper = false;
    assert_int_equal(wafer_tls_write(&lab.tls, request, strlen(request)), 0);
    assert_int_equal(wafer_tls_flush(&lab.tls), 0);
    for (;;) {
        const uint8_t *data;
        int len = wafer_tls_read(&lab.tls, &data, proper);

        if (len < 0) {
            page[have] = 0;
            return len;
        }
        assert_true(have + (size_t)len < size);
        memcpy(page + have, data, (size_t)len);
        have += (size_t)len;
        wafer_tls_consume(&lab.tls, (size_t)len);
    }
}

static void test_resumption(void **state)
{
    char page[16384];
    bool proper;

    (void)state;
    lab_serve("good", "127.0.0.1", "-www -no_ticket");
    assert_int_equal(lab_connect("ca.example", true), 0);
    assert_int_equal(get_page(page, sizeof page, &proper), WAFER_E_CLOSED);
    assert_true(proper);
    assert_non_null(strstr(page, "\nNew, TLSv1.2"));
    assert_true(wafer_tls_is_open(&lab.tls));
    wafer_tls_close(&lab.tls);

    assert_int_equal(lab_connect("ca.example", true), 0);
    assert_int_equal(get_page(page, sizeof page, &proper), WAFER_E_CLOSED);
    assert_non_null(strstr(page, "\nReused, TLSv1.2"));
    wafer_tls_close(&lab.tls);

    assert_int_equal(lab_connect("ca.example", false), 0);
    assert_int_equal(get_page(page, sizeof page, &proper), WAFER_E_CLOSED);
    assert_non_null(strstr(page, "\nNew, TLSv1.2"));

    /* a failed handshake leaves no session behind */
    assert_int_equal(lab_connect("wrong.example", false), WAFER_E_WRONG_NAME);
    assert_int_equal(lab_connect("wrong.example", true), WAFER_E_WRONG_NAME);
    assert_int_equal(lab_connect("ca.example", true), 0);
    assert_int_equal(get_page(page, sizeof page, &proper), WAFER_E_CLOSED);
    assert_non_null(strstr(page, "\nNew, TLSv1.2"));

    /* a server that knows the session no longer */
    lab_serve("good", "127.0.0.1", "-www -no_ticket");
    assert_int_equal(lab_connect("ca.example", true), 0);
    assert_int_equal(get_page(page, sizeof page, &proper), WAFER_E_CLOSED);
    assert_non_null(strstr(page, "\nNew, TLSv1.2"));
}

/* A server that dies is no proper end. */
static void test_cut_stream(void **state)
{
    const uint8_t *data;
    bool proper = true;
    int result;

    (void)state;
    lab_serve("good", "127.0.0.1", "-rev");
    assert_int_equal(lab_connect("ca.example", false), 0);
    lab_talk("x\n", "x\n");
    lab_stop();
    result = wafer_tls_read(&lab.tls, &data, &proper);
    assert_true(result == WAFER_E_CLOSED || result == WAFER_E_NETWORK);
    assert_false(proper);
    result = wafer_tls_write(&lab.tls, "y\n", 2);
    assert_true(result == 0 || result == WAFER_E_CLOSED || result == WAFER_E_NETWORK);
}

/* Octet by octet, and in other small portions. */
static void test_every_portion(void **state)
{
    (void)state;
    lab_serve("good", "127.0.0.1", "-rev");
    for (lab.most = 1; lab.most < 8; lab.most++) {
        assert_int_equal(lab_connect("ca.example", false), 0);
        lab_talk("portions\n", "snoitrop\n");
        wafer_tls_close(&lab.tls);
    }
}

/* What is written before a flush leaves as one record in one call. */
static void test_one_record(void **state)
{
    (void)state;
    lab_serve("good", "127.0.0.1", "-rev");
    assert_int_equal(lab_connect("ca.example", false), 0);
    lab.writes = 0;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(wafer_tls_write(&lab.tls, "0123456789", 10), 0);
    }
    assert_int_equal(wafer_tls_write(&lab.tls, NULL, 0), 0);
    assert_int_equal(lab.writes, 0);
    assert_int_equal(wafer_tls_flush(&lab.tls), 0);
    assert_int_equal(lab.writes, 1);
    assert_int_equal(wafer_tls_flush(&lab.tls), 0); /* nothing more to send */
    assert_int_equal(lab.writes, 1);
}

/* Octets that nobody took are in the way of a request: such a connection is over. */
static void test_unread_answer(void **state)
{
    const uint8_t *data;
    bool proper = true;

    (void)state;
    lab_serve("good", "127.0.0.1", "-rev");
    assert_int_equal(lab_connect("ca.example", false), 0);
    assert_int_equal(wafer_tls_write(&lab.tls, "abc\n", 4), 0);
    assert_int_equal(wafer_tls_read(&lab.tls, &data, &proper), 4);
    wafer_tls_consume(&lab.tls, 1);
    assert_int_equal(wafer_tls_write(&lab.tls, "x\n", 2), WAFER_E_CLOSED);
    assert_int_equal(wafer_tls_read(&lab.tls, &data, &proper), 3);
    assert_false(proper);
    assert_memory_equal(data, "ba\n", 3);
    wafer_tls_consume(&lab.tls, 3);
    lab_talk("again\n", "niaga\n");
}

/* More than a record, and an answer of many. */
static void test_long_data(void **state)
{
    static char sent[40000], expected[40000], got[40000];
    size_t have = 0;

    (void)state;
    lab_serve("good", "127.0.0.1", "-rev");
    assert_int_equal(lab_connect("ca.example", false), 0);
    for (size_t i = 0; i < sizeof sent; i++) {
        sent[i] = i % 1000 == 999 ? '\n' : (char)('!' + i % 89);
    }
    for (size_t i = 0; i < sizeof sent; i++) {
        expected[i] = i % 1000 == 999 ? '\n' : sent[i / 1000 * 1000 + 998 - i % 1000];
    }
    assert_int_equal(wafer_tls_write(&lab.tls, sent, sizeof sent), 0);
    while (have < sizeof got) {
        const uint8_t *data;
        bool proper;
        int len = wafer_tls_read(&lab.tls, &data, &proper); /* flushes by itself */

        assert_true(len > 0 && (size_t)len <= sizeof got - have);
        memcpy(got + have, data, (size_t)len);
        have += (size_t)len;
        wafer_tls_consume(&lab.tls, (size_t)len);
    }
    assert_memory_equal(got, expected, sizeof got);
}

static void test_silent_server(void **state)
{
    int fd = lab_listen(&lab.tcp_port);

    (void)state;
    lab.silent = true;
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_TIMEOUT);
    assert_in_range(lab.ahead_ms, WAFER_IO_TIMEOUT_MS - 1000, WAFER_IO_TIMEOUT_MS);
    assert_true(lab.idle_calls >= WAFER_IO_TIMEOUT_MS / 1000 - 1);
    assert_false(wafer_tls_is_open(&lab.tls));
    assert_int_equal(lab.closes, 1);
    close(fd);
}

/* The caller's own limit of silence. */
static void test_short_silence(void **state)
{
    int fd = lab_listen(&lab.tcp_port);

    (void)state;
    lab.silent = true;
    lab.params.io_timeout_ms = 2500;
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_TIMEOUT);
    assert_in_range(lab.ahead_ms, 2400, 2500);
    close(fd);
}

/* The time of the whole operation ends a wait that silence alone would not have ended yet;
 * when it is over nothing is begun. */
static void test_end_of_operation(void **state)
{
    struct wafer_deadline deadline;
    int fd = lab_listen(&lab.tcp_port);

    (void)state;
    lab.silent = true;
    lab.params.deadline = &deadline;
    wafer_deadline_start(&deadline, &lab.port, 4200);
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_TIMEOUT);
    assert_in_range(lab.ahead_ms, 3000, 4200);
    assert_int_equal(lab.closes, 1);
    lab.ahead_ms += 4200;
    lab.connects = 0;
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_TIMEOUT);
    assert_int_equal(lab.connects, 0);
    assert_false(wafer_tls_is_open(&lab.tls));
    close(fd);
}

/* The same on a connection that is open. */
static void test_end_while_reading(void **state)
{
    struct wafer_deadline deadline;
    const uint8_t *data;
    bool proper = true;

    (void)state;
    lab_serve("good", "127.0.0.1", "-rev");
    assert_int_equal(lab_connect("ca.example", false), 0);
    lab.params.deadline = &deadline;
    wafer_deadline_start(&deadline, &lab.port, 1);
    wafer_tls_limit(&lab.tls, &lab.params);
    lab.silent = true;
    lab.ahead_ms += 2;
    assert_int_equal(wafer_tls_read(&lab.tls, &data, &proper), WAFER_E_TIMEOUT);
    assert_false(proper);
    lab.silent = false;
    lab.params.deadline = NULL;
    wafer_tls_limit(&lab.tls, &lab.params);
    lab_talk("goes on\n", "no seog\n");
}

static void test_cancel(void **state)
{
    (void)state;
    lab_serve("good", "127.0.0.1", "-rev");
    for (unsigned at = 1; at < 12; at++) {
        lab.idle_calls = 0;
        lab.cancel_at = at;
        assert_int_equal(lab_connect("ca.example", false), WAFER_E_CANCELLED);
        assert_int_equal(lab.idle_calls, at);
        assert_false(wafer_tls_is_open(&lab.tls));
    }
}

static void test_port_errors(void **state)
{
    int fd = lab_listen(&lab.tcp_port);

    (void)state;
    close(fd); /* nobody listens there now */
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_CONNECT);
    assert_false(wafer_tls_is_open(&lab.tls));

    lab.connect_to = "name.invalid";
    assert_int_equal(lab_connect("name.invalid", false), WAFER_E_RESOLVE);

    lab.connect_to = "127.0.0.1";
    lab_serve("good", "127.0.0.1", "-rev");
    lab.write_error = WAFER_E_NETWORK;
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_NETWORK);
    lab.write_error = 0;

    /* a session survives a connect that failed before the handshake */
    lab_serve("good", "127.0.0.1", "-rev");
    assert_int_equal(lab_connect("ca.example", false), 0);
    assert_true(lab.tls.resume);
    wafer_tls_close(&lab.tls);
    lab.connect_to = "name.invalid";
    assert_int_equal(lab_connect("ca.example", true), WAFER_E_RESOLVE);
    assert_true(lab.tls.resume);
}

/* A peer that is no TLS server. */
static void test_garbage(void **state)
{
    static const char *const garbage[] = {"HTTP/1.0 400 Bad Request\r\n\r\n",
                                          "\x16\x03\x03\x00\x00\x16\x03\x03\x00\x00", "SSH-2.0-x\r\n",
                                          "\x15\x03\x03\x00\x02\x02\x28"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        int fd = lab_listen(&lab.tcp_port), error;
        pid_t pid = fork();

        if (pid == 0) {
            char drop[600];
            int peer = accept(fd, NULL, NULL);
            size_t len = i == 1 ? 10 : i == 3 ? 7 : strlen(garbage[i]);
            _exit(peer < 0 || read(peer, drop, sizeof drop) < 0 ||
                  write(peer, garbage[i], len) != (ssize_t)len);
        }
        close(fd);
        error = lab_connect("ca.example", false);
        waitpid(pid, NULL, 0);
        assert_int_equal(error, i == 1 ? WAFER_E_CLOSED : WAFER_E_HANDSHAKE);
        assert_int_equal(lab.tls.engine_error, i == 0 || i == 2 ? WAFER_TLS_NOT_TLS
                                               : i == 3         ? BR_ERR_RECV_FATAL_ALERT + 40
                                                                : 0);
    }
}

/* A record larger than the buffer, as with a small WAFER_TLS_BUFFER. */
static void test_large_record(void **state)
{
    char page[16384];
    bool proper;

    (void)state;
    lab_serve("good", "127.0.0.1", "-www");
    assert_int_equal(lab_connect("ca.example", false), 0);
    lab.tls.client.eng.ibuf_len = 512;
    assert_int_equal(get_page(page, sizeof page, &proper), WAFER_E_TOO_LARGE);
    assert_int_equal(lab.tls.engine_error, BR_ERR_TOO_LARGE);
    assert_false(proper);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_resumption),        TEST(test_cut_stream),    TEST(test_every_portion),
        TEST(test_one_record),        TEST(test_unread_answer), TEST(test_long_data),
        TEST(test_silent_server),     TEST(test_short_silence), TEST(test_end_of_operation),
        TEST(test_end_while_reading), TEST(test_cancel),        TEST(test_port_errors),
        TEST(test_garbage),           TEST(test_large_record)};

    return cmocka_run_group_tests(tests, lab_group_setup, lab_group_teardown);
}
