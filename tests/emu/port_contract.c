/* What port.h promises of the network, over any port; see port_contract.h. */
#include "port_contract.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "wafer/config.h"

struct contract contract;
static const struct wafer_port *const port = &contract.port;
static int idle_calls, cancel_at;

int contract_idle(void)
{
    idle_calls++;
    return cancel_at > 0 && idle_calls >= cancel_at ? WAFER_E_CANCELLED : 0;
}

static uint32_t since(uint32_t start)
{
    return port->monotonic_ms(port->ctx) - start;
}

static uint32_t now(void)
{
    return since(0);
}

static int dial(const char *host, uint16_t tcp_port)
{
    return port->connect(port->ctx, host, tcp_port, GUARD_MS);
}

static int take(int listener)
{
    uint32_t start = now();
    int handle;

    do {
        assert_true(since(start) < GUARD_MS);
        assert_int_equal(port->wait(port->ctx, &listener, 1, GUARD_MS), 0);
        handle = port->accept(port->ctx, listener);
    } while (handle == WAFER_E_AGAIN);
    assert_true(handle >= 0);
    return handle;
}

static void make_pair(int *client, int *server)
{
    int listener = port->listen(port->ctx, "127.0.0.1", 0);

    assert_true(listener >= 0);
    assert_int_equal(port->accept(port->ctx, listener), WAFER_E_AGAIN);
    *client = dial("127.0.0.1", contract.port_of(listener));
    assert_true(*client >= 0);
    *server = take(listener);
    port->close(port->ctx, listener);
}

static void send_text(int handle, const char *text)
{
    assert_int_equal(port->write(port->ctx, handle, (const uint8_t *)text, strlen(text), GUARD_MS),
                     strlen(text));
}

/* Reads to the end of the stream, and expects this text. */
static void expect_text_and_end(int handle, const char *text)
{
    uint8_t data[64];
    size_t len = 0;
    int n;

    while ((n = port->read(port->ctx, handle, data + len, sizeof data - len, GUARD_MS)) > 0) {
        len += (size_t)n;
    }
    assert_int_equal(n, WAFER_E_CLOSED);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(data, text, len);
    assert_int_equal(port->read(port->ctx, handle, data, sizeof data, 0), WAFER_E_CLOSED); /* it stays so */
}

/* --- opening ------------------------------------------------------------------ */

void contract_listen_addresses(void **state)
{
    static const struct {
        const char *listen, *connect;
        bool six, dual;
    } cases[] = {
        {NULL, "127.0.0.1", false, false},      {NULL, "::1", true, false},
        {NULL, "localhost", false, false},      {"127.0.0.1", "127.0.0.1", false, false},
        {"0.0.0.0", "127.0.0.1", false, false}, {"::1", "::1", true, false},
        {"::", "127.0.0.1", true, true},        {"::", "::1", true, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int listener, client, server;
        if ((cases[i].six && !contract.ipv6) || (cases[i].dual && !contract.dual)) {
            continue;
        }
        listener = port->listen(port->ctx, cases[i].listen, 0);
        assert_true(listener >= 0);
        client = dial(cases[i].connect, contract.port_of(listener));
        assert_true(client >= 0);
        server = take(listener);
        send_text(client, "to the server");
        port->close(port->ctx, client);
        expect_text_and_end(server, "to the server");
        port->close(port->ctx, server);
        port->close(port->ctx, listener);
    }
}

/* Also while connections of an earlier listener linger. */
void contract_listen_twice(void **state)
{
    int listener = port->listen(port->ctx, NULL, 0), client, server;
    uint16_t tcp_port = contract.port_of(listener);

    (void)state;
    assert_int_equal(port->listen(port->ctx, NULL, tcp_port), WAFER_E_ADDRESS_IN_USE);
    client = dial("127.0.0.1", tcp_port);
    server = take(listener);
    port->close(port->ctx, listener);
    listener = port->listen(port->ctx, NULL, tcp_port); /* free at once */
    assert_true(listener >= 0);
    port->close(port->ctx, server);
    port->close(port->ctx, listener);
    listener = port->listen(port->ctx, NULL, tcp_port);
    assert_true(listener >= 0);
    port->close(port->ctx, listener);
    port->close(port->ctx, client);
}

void contract_connect_errors(void **state)
{
    int listener = port->listen(port->ctx, "127.0.0.1", 0);
    uint16_t tcp_port = contract.port_of(listener);

    (void)state;
    port->close(port->ctx, listener);
    assert_int_equal(dial("127.0.0.1", tcp_port), WAFER_E_CONNECT);
    assert_int_equal(dial("localhost", tcp_port), WAFER_E_CONNECT);
    assert_int_equal(dial("no such name", tcp_port), WAFER_E_RESOLVE);
    assert_int_equal(dial("", tcp_port), WAFER_E_RESOLVE);
    assert_int_equal(port->connect(port->ctx, contract.silent, contract.silent_port, 0), WAFER_E_TIMEOUT);
}

void contract_connect_deadline(void **state)
{
    uint32_t start = now();

    (void)state;
    assert_int_equal(port->connect(port->ctx, contract.silent, contract.silent_port, 300), WAFER_E_TIMEOUT);
    assert_true(since(start) >= 300);
}

/* --- data --------------------------------------------------------------------- */

void contract_read_and_write(void **state)
{
    uint8_t data[16];
    int client, server;
    uint32_t start;

    (void)state;
    make_pair(&client, &server);
    assert_int_equal(port->read(port->ctx, server, data, sizeof data, 0), WAFER_E_AGAIN);
    start = now();
    assert_int_equal(port->read(port->ctx, server, data, sizeof data, 120), WAFER_E_TIMEOUT);
    assert_true(since(start) >= 120);
    send_text(client, "hello");
    assert_int_equal(port->read(port->ctx, server, data, 2, GUARD_MS), 2);
    assert_int_equal(port->read(port->ctx, server, data, sizeof data, GUARD_MS), 3);
    assert_memory_equal(data, "llo", 3);
    send_text(client, "last"); /* what was written before close arrives, then the end */
    port->close(port->ctx, client);
    expect_text_and_end(server, "last");
    port->close(port->ctx, server);
}

/* A peer that does not read: write takes what there is room for, then time runs out. */
void contract_write_without_room(void **state)
{
    static uint8_t data[65536];
    int client, server, n;
    uint32_t start;

    (void)state;
    make_pair(&client, &server);
    do { /* room may come as long as the peer's system takes something */
        while ((n = port->write(port->ctx, client, data, sizeof data, 0)) > 0) {}
        assert_int_equal(n, WAFER_E_AGAIN);
        start = now();
        n = port->write(port->ctx, client, data, sizeof data, 120);
    } while (n > 0);
    assert_int_equal(n, WAFER_E_TIMEOUT);
    assert_true(since(start) >= 120);
    port->close(port->ctx, server);
    port->close(port->ctx, client);
}

/* More than any buffer holds, both sides in turn: nothing is lost or changes its place. */
void contract_large_stream(void **state)
{
    enum { TOTAL = 300000 };
    uint8_t out[3000], in[700];
    size_t sent = 0, got = 0, i;
    int client, server;

    (void)state;
    make_pair(&client, &server);
    while (got < TOTAL) {
        int n = 0;
        for (i = 0; i < sizeof out; i++) {
            out[i] = (uint8_t)((sent + i) * 31 >> 3);
        }
        if (sent < TOTAL) {
            size_t len = sizeof out < TOTAL - sent ? sizeof out : TOTAL - sent;
            n = port->write(port->ctx, client, out, len, 0);
            assert_true(n > 0 || n == WAFER_E_AGAIN);
            sent += n > 0 ? (size_t)n : 0;
        }
        n = port->read(port->ctx, server, in, sizeof in, got < sent ? GUARD_MS : 0);
        assert_true(n > 0 || n == WAFER_E_AGAIN);
        for (i = 0; n > 0 && i < (size_t)n; i++) {
            assert_int_equal(in[i], (uint8_t)((got + i) * 31 >> 3));
        }
        got += n > 0 ? (size_t)n : 0;
    }
    assert_int_equal(got, TOTAL);
    port->close(port->ctx, client);
    port->close(port->ctx, server);
}

/* --- ends --------------------------------------------------------------------- */

/* A peer that has ended its stream still gets its answer. */
void contract_half_close(void **state)
{
    uint8_t data[16];
    int client, server;

    (void)state;
    make_pair(&client, &server);
    send_text(client, "question");
    contract.half_close(client);
    assert_int_equal(port->read(port->ctx, server, data, sizeof data, GUARD_MS), 8);
    assert_int_equal(port->read(port->ctx, server, data, sizeof data, GUARD_MS), WAFER_E_CLOSED);
    send_text(server, "answer");
    port->close(port->ctx, server);
    expect_text_and_end(client, "answer");
    port->close(port->ctx, client);
}

/* Unread input, and the peer's end behind it, must not make close destroy what was written. */
void contract_close_with_unread_input(void **state)
{
    int client, server, ended;

    (void)state;
    for (ended = 0; ended < 2; ended++) {
        make_pair(&client, &server);
        send_text(client, "never read");
        if (ended) {
            contract.half_close(client);
        }
        assert_int_equal(port->wait(port->ctx, &server, 1, GUARD_MS), 0);
        assert_int_equal(port->wait(port->ctx, NULL, 0, 50), 0); /* for the end, which nothing shows */
        send_text(server, "answer");
        port->close(port->ctx, server);
        expect_text_and_end(client, "answer");
        port->close(port->ctx, client);
    }
}

/* A reset may count as an end or as a failure. */
static void assert_gone(int result)
{
    assert_true(result == WAFER_E_CLOSED || result == WAFER_E_NETWORK);
}

/* Writing to a peer that is gone is an error, and no signal. */
void contract_peer_reset(void **state)
{
    uint8_t data[16] = {0};
    int client, server, i, n = 0;

    (void)state;
    make_pair(&client, &server);
    send_text(server, "lost"); /* lwIP resets only where something is not acknowledged */
    contract.reset(server);
    for (i = 0; i < 1000 && n >= 0; i++) {
        n = port->write(port->ctx, client, data, sizeof data, GUARD_MS);
    }
    assert_gone(n);
    assert_gone(port->write(port->ctx, client, data, sizeof data, GUARD_MS));
    while ((n = port->read(port->ctx, client, data, sizeof data, GUARD_MS)) > 0) {}
    assert_gone(n);
    port->close(port->ctx, client);
}

/* --- many --------------------------------------------------------------------- */

/* A CA looks from several places at once. All wait before the first is accepted. */
void contract_several_at_once(void **state)
{
    enum { N = WAFER_HTTP01_CONNECTIONS };
    int listener = port->listen(port->ctx, NULL, 0), clients[N], servers[N], i;
    char text[2] = "0";

    (void)state;
    for (i = 0; i < N; i++) {
        clients[i] = dial("127.0.0.1", contract.port_of(listener));
        assert_true(clients[i] >= 0);
        text[0] = (char)('0' + i);
        send_text(clients[i], text);
    }
    for (i = 0; i < N; i++) {
        servers[i] = take(listener);
    }
    assert_int_equal(port->accept(port->ctx, listener), WAFER_E_AGAIN);
    for (i = N; i-- > 0;) {
        uint8_t byte;
        assert_int_equal(port->read(port->ctx, servers[i], &byte, 1, GUARD_MS), 1);
        text[0] = (char)(byte + 1);
        send_text(servers[i], text);
        port->close(port->ctx, servers[i]);
    }
    for (i = 0; i < N; i++) {
        text[0] = (char)('1' + i);
        expect_text_and_end(clients[i], text);
        port->close(port->ctx, clients[i]);
    }
    port->close(port->ctx, listener);
}

/* A wait that returns although nothing has happened would pass too (port.h allows it), so what
 * must not come too early is told by read. */
void contract_wait(void **state)
{
    enum { N = WAFER_HTTP01_CONNECTIONS + 2 }; /* the responder's, its listener, and the one to the CA */
    int listener = port->listen(port->ctx, NULL, 0), clients[N / 2], handles[N], n = 0, i;
    uint8_t data[4];
    uint32_t start = now();

    (void)state;
    assert_int_equal(port->wait(port->ctx, NULL, 0, 50), 0);
    assert_true(since(start) >= 50);
    for (i = 0; i < N / 2; i++) {
        handles[n++] = clients[i] = dial("127.0.0.1", contract.port_of(listener));
        assert_true(clients[i] >= 0);
        handles[n++] = take(listener);
    }
    handles[n - 1] = listener; /* the last pair's server is not among them */
    start = now();
    assert_int_equal(port->wait(port->ctx, handles, N, 50), 0);
    assert_true(since(start) >= 50);

    send_text(clients[1], "x");
    start = now();
    assert_int_equal(port->wait(port->ctx, handles, N, GUARD_MS), 0);
    assert_true(since(start) < GUARD_MS);
    assert_int_equal(port->read(port->ctx, handles[3], data, sizeof data, 0), 1);
    port->close(port->ctx, clients[0]);
    start = now();
    assert_int_equal(port->wait(port->ctx, handles + 1, N - 1, GUARD_MS), 0);
    assert_true(since(start) < GUARD_MS);
    assert_int_equal(port->read(port->ctx, handles[1], data, sizeof data, 0), WAFER_E_CLOSED);
    for (i = 1; i < N; i++) {
        port->close(port->ctx, handles[i]);
    }
}

/* While a call waits, idle is called once a second at least, and its word ends the call. */
void contract_idle_and_cancel(void **state)
{
    uint8_t data[4];
    int client, server;

    (void)state;
    make_pair(&client, &server);
    idle_calls = 0;
    assert_int_equal(port->wait(port->ctx, NULL, 0, 1500), 0);
    assert_true(idle_calls >= 1);
    cancel_at = 1;
    idle_calls = 0;
    assert_int_equal(port->wait(port->ctx, &client, 1, GUARD_MS), WAFER_E_CANCELLED);
    idle_calls = 0;
    assert_int_equal(port->read(port->ctx, client, data, sizeof data, GUARD_MS), WAFER_E_CANCELLED);
    idle_calls = 0;
    assert_int_equal(port->connect(port->ctx, contract.silent, contract.silent_port, GUARD_MS),
                     WAFER_E_CANCELLED);
    cancel_at = 0;
    port->close(port->ctx, client);
    port->close(port->ctx, server);
}
