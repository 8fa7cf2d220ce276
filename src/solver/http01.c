/* The http-01 responder: several connections at once, none of which can hold it up. */
#include "wafer/solver.h"
#include <stdbool.h>
#include <string.h>
#include "base/buf.h"

#define PATH          "GET /.well-known/acme-challenge/"
#define VERSION       " HTTP/1."
#define REQUEST_MAX   8192  /* octets of one request */
#define CONNECTION_MS 10000 /* a connection's whole life */
#define CROWDED_MS    1000  /* its life when others wait for a place */
#define IDLE_MS       1000  /* port.h: idle is called at least once a second */
#define BUSY_MS       100   /* how often to look where wait does not tell */
#define ANSWER_MAX    (sizeof OK_HEAD + 12 + WAFER_TOKEN_MAX + 44)

/* After the first answer, for the other connections: CAs validate from several places at once and
 * need all of them. */
#define SETTLE_MS 200

#define OK_HEAD \
    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: "
#define NOT_FOUND "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

/* Of one connection: in the request line, at the start of a header line, inside one, and after
 * the empty line. */
enum phase { LINE, LINE_START, FIELD, ANSWER };

typedef char one_bit_for_each_token[WAFER_HTTP01_CHALLENGES <= 32 ? 1 : -1];

static uint32_t now(const struct wafer_http01 *responder)
{
    return responder->port->monotonic_ms(responder->port->ctx);
}

static void drop(struct wafer_http01 *responder, struct wafer_http01_connection *connection)
{
    if (connection->handle >= 0) {
        responder->port->close(responder->port->ctx, connection->handle);
    }
    connection->handle = -1;
}

/* Whether `octet` stands at this position of the request line for the token:
 * PATH token VERSION DIGIT [CR] LF. */
static bool line_has(const char *token, size_t position, uint8_t octet)
{
    const char *const parts[] = {PATH, token, VERSION};

    for (int i = 0; i < 3; i++) {
        size_t len = strlen(parts[i]);
        if (position < len) {
            return octet == (uint8_t)parts[i][position];
        }
        position -= len;
    }
    if (position == 0) {
        return octet >= '0' && octet <= '9';
    }
    return (octet == '\r' && position == 1) || (octet == '\n' && position <= 2);
}

static void take_line_octet(const struct wafer_http01 *responder, struct wafer_http01_connection *connection,
                            uint8_t octet)
{
    uint32_t i;

    if (connection->matched == 0 && (octet == '\r' || octet == '\n')) {
        return; /* RFC 9112 2.2: empty lines before the request */
    }
    for (i = 0; i < WAFER_HTTP01_CHALLENGES; i++) {
        uint32_t bit = (uint32_t)1 << i;
        if ((connection->candidates & bit) != 0 &&
            !line_has(responder->tokens[i], connection->matched, octet)) {
            connection->candidates &= ~bit;
        }
    }
    connection->matched++;
    if (octet == '\n') {
        connection->phase = LINE_START;
    }
}

static void take_octet(const struct wafer_http01 *responder, struct wafer_http01_connection *connection,
                       uint8_t octet)
{
    if (connection->phase == LINE) {
        take_line_octet(responder, connection, octet);
    } else if (octet == '\n') {
        connection->phase = connection->phase == FIELD ? LINE_START : ANSWER;
    } else if (octet != '\r') {
        connection->phase = FIELD;
    }
}

/* Reads what has come, up to the end of the request. The connection is dropped when that never
 * will be. */
static void receive(struct wafer_http01 *responder, struct wafer_http01_connection *connection)
{
    const struct wafer_port *port = responder->port;
    uint8_t data[128];
    int i, n;

    while (connection->phase != ANSWER) {
        n = port->read(port->ctx, connection->handle, data, sizeof data, 0);
        if (n == WAFER_E_AGAIN || n == WAFER_E_TIMEOUT) {
            return;
        }
        if (n <= 0 || connection->received + n > REQUEST_MAX) {
            drop(responder, connection);
            return;
        }
        connection->received = (uint16_t)(connection->received + n);
        for (i = 0; i < n && connection->phase != ANSWER; i++) {
            take_octet(responder, connection, data[i]);
        }
    }
}

/* The whole response; short enough to be written anew for each portion that is sent. */
static void write_answer(const struct wafer_http01 *responder, uint32_t candidates, struct wafer_buf *out)
{
    const char *token = NULL;
    uint32_t i;

    for (i = 0; i < WAFER_HTTP01_CHALLENGES; i++) {
        if ((candidates >> i & 1) != 0) {
            token = responder->tokens[i];
        }
    }
    if (token == NULL) {
        wafer_buf_text(out, NOT_FOUND);
        return;
    }
    wafer_buf_text(out, OK_HEAD);
    wafer_buf_uint(out, (uint32_t)(strlen(token) + 1 + strlen(responder->thumbprint)));
    wafer_buf_text(out, "\r\n\r\n");
    wafer_buf_text(out, token);
    wafer_buf_byte(out, '.');
    wafer_buf_text(out, responder->thumbprint);
}

static void answer(struct wafer_http01 *responder, struct wafer_http01_connection *connection)
{
    const struct wafer_port *port = responder->port;
    uint8_t data[ANSWER_MAX];
    struct wafer_buf out;
    int n;

    wafer_buf_init(&out, data, sizeof data);
    write_answer(responder, connection->candidates, &out);
    while (connection->sent < out.len) {
        n = port->write(port->ctx, connection->handle, data + connection->sent, out.len - connection->sent,
                        0);
        if (n == WAFER_E_AGAIN || n == WAFER_E_TIMEOUT) {
            return;
        }
        if (n <= 0) {
            drop(responder, connection);
            return;
        }
        connection->sent = (uint16_t)(connection->sent + n);
    }
    if (connection->candidates != 0) {
        responder->served++;
    }
    drop(responder, connection);
}

/* Moves every connection on as far as it goes without waiting. Returns how many stay open. */
static int progress(struct wafer_http01 *responder)
{
    struct wafer_http01_connection *connection = responder->connections;
    const struct wafer_http01_connection *end = connection + WAFER_HTTP01_CONNECTIONS;
    int open = 0;

    for (; connection < end; connection++) {
        if (connection->handle >= 0) {
            receive(responder, connection);
        }
        if (connection->handle >= 0 && connection->phase == ANSWER) {
            answer(responder, connection);
        }
        if (connection->handle >= 0 && now(responder) - connection->since_ms > CONNECTION_MS) {
            drop(responder, connection);
        }
        open += connection->handle >= 0;
    }
    return open;
}

/* A place for a new connection, or NULL. When all are taken, the oldest connection loses its
 * place, but not at once: with many validations at the same time they are just waiting for their
 * octets, and the newcomer waits in the listener's queue. */
static struct wafer_http01_connection *find_place(struct wafer_http01 *responder)
{
    struct wafer_http01_connection *connection = responder->connections, *oldest = NULL;
    uint32_t time = now(responder), age = CROWDED_MS;
    int i;

    for (i = 0; i < WAFER_HTTP01_CONNECTIONS; i++, connection++) {
        if (connection->handle < 0) {
            return connection;
        }
        if (time - connection->since_ms > age) {
            age = time - connection->since_ms;
            oldest = connection;
        }
    }
    return oldest;
}

/* Takes the connections that wait. Returns how many, or a negative error. */
static int accept_all(struct wafer_http01 *responder)
{
    const struct wafer_port *port = responder->port;
    struct wafer_http01_connection *place;
    int i, handle, accepted = 0;

    while (responder->listener >= 0 && (place = find_place(responder)) != NULL) {
        handle = port->accept(port->ctx, responder->listener);
        if (handle < 0) {
            return handle == WAFER_E_AGAIN ? accepted : handle;
        }
        drop(responder, place);
        memset(place, 0, sizeof *place);
        place->handle = handle;
        place->since_ms = now(responder);
        for (i = 0; i < WAFER_HTTP01_CHALLENGES; i++) {
            place->candidates |= (uint32_t)(responder->tokens[i] != NULL) << i;
        }
        accepted++;
    }
    return accepted;
}

/* Waits for a new connection, if there is a place for it, or input. */
static int wait_for_input(struct wafer_http01 *responder, uint32_t limit_ms)
{
    const struct wafer_port *port = responder->port;
    int handles[WAFER_HTTP01_CONNECTIONS + 1];
    size_t n = 0;
    int i;

    if (responder->listener >= 0 && find_place(responder) != NULL) {
        handles[n++] = responder->listener;
    } else if (limit_ms > BUSY_MS && responder->listener >= 0) {
        limit_ms = BUSY_MS;
    }
    for (i = 0; i < WAFER_HTTP01_CONNECTIONS; i++) {
        if (responder->connections[i].handle >= 0 && responder->connections[i].phase != ANSWER) {
            handles[n++] = responder->connections[i].handle;
        } else if (responder->connections[i].handle >= 0 && limit_ms > BUSY_MS) {
            limit_ms = BUSY_MS; /* there is no wait for room to write */
        }
    }
    return port->wait(port->ctx, handles, n, limit_ms < IDLE_MS ? limit_ms : IDLE_MS);
}

static int serve(void *ctx, uint32_t timeout_ms)
{
    struct wafer_http01 *responder = ctx;
    const struct wafer_port *port = responder->port;
    uint32_t start = now(responder), passed;
    int accepted, open, before, result;

    responder->served = 0;
    for (;;) {
        before = responder->served;
        accepted = accept_all(responder);
        if (accepted < 0) {
            return accepted;
        }
        open = progress(responder);
        passed = now(responder) - start;
        if (responder->served > 0 && timeout_ms > passed + SETTLE_MS) {
            timeout_ms = passed + SETTLE_MS;
        }
        if (passed >= timeout_ms || (before > 0 && responder->served == before && open + accepted == 0)) {
            return responder->served;
        }
        result = port->idle ? port->idle(port->ctx) : 0;
        if (result >= 0 && responder->served == before && accepted == 0) { /* else look for more at once */
            result = wait_for_input(responder, timeout_ms - passed);
        }
        if (result < 0) {
            return result;
        }
    }
}

static int present(void *ctx, const struct wafer_challenge *challenge)
{
    struct wafer_http01 *responder = ctx;
    const struct wafer_port *port = responder->port;
    size_t len = strlen(challenge->token);
    int i = 0;

    while (i < WAFER_HTTP01_CHALLENGES && responder->tokens[i] != NULL) {
        i++;
    }
    if (i == WAFER_HTTP01_CHALLENGES) {
        return WAFER_E_SPACE;
    }
    if (len == 0 || len >= WAFER_TOKEN_MAX) {
        return WAFER_E_ARGUMENT;
    }
    if (responder->listener < 0) {
        responder->listener = port->listen(port->ctx, responder->address, responder->tcp_port);
        if (responder->listener < 0) {
            return responder->listener;
        }
    }
    responder->tokens[i] = challenge->token;
    responder->thumbprint = challenge->thumbprint;
    return 0;
}

static void cleanup(void *ctx, const struct wafer_challenge *challenge)
{
    struct wafer_http01 *responder = ctx;
    struct wafer_http01_connection *connection;
    bool found = false, last = true;
    uint32_t i, gone = 0;

    for (i = 0; i < WAFER_HTTP01_CHALLENGES; i++) {
        const char *token = responder->tokens[i];
        if (token != NULL && !found && strcmp(token, challenge->token) == 0) {
            found = true;
            gone = (uint32_t)1 << i;
            responder->tokens[i] = NULL;
        }
        last = last && responder->tokens[i] == NULL;
    }
    for (i = 0; i < WAFER_HTTP01_CONNECTIONS; i++) {
        connection = &responder->connections[i];
        if (last || (connection->phase == ANSWER && (connection->candidates & gone) != 0)) {
            drop(responder, connection);
        }
        connection->candidates &= ~gone; /* the bit may stand for another token soon */
    }
    if (last && responder->listener >= 0) {
        responder->port->close(responder->port->ctx, responder->listener);
        responder->listener = -1;
    }
}

void wafer_http01_init_with(struct wafer_http01 *responder, const struct wafer_port *port, const char *address,
                            uint16_t tcp_port, size_t size)
{
    int i;

    if (size != sizeof *responder) {
        return;
    }
    memset(responder, 0, sizeof *responder);
    responder->port = port;
    responder->address = address;
    responder->tcp_port = tcp_port;
    responder->listener = -1;
    for (i = 0; i < WAFER_HTTP01_CONNECTIONS; i++) {
        responder->connections[i].handle = -1;
    }
}

struct wafer_solver wafer_http01_solver(struct wafer_http01 *responder)
{
    struct wafer_solver solver = {"http-01", responder, present, serve, cleanup};

    return solver;
}
