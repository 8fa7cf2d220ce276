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

/* Of one connection. */
enum phase {
    LINE,       /* in the request line */
    LINE_START, /* at the start of a header line */
    FIELD,      /* inside one */
    ANSWER      /* after the empty line */
};

#define NONE (-1) /* no token */

typedef char number_fits[WAFER_HTTP01_CHALLENGES <= INT16_MAX ? 1 : -1];

static uint32_t responder_ms(const struct wafer_http01 *responder)
{
    return responder->port->monotonic_ms(responder->port->ctx);
}

static void drop_connection(struct wafer_http01 *responder, struct wafer_http01_connection *connection)
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

/* Whether request lines for two tokens have the same first `position` octets. */
static bool same_start(const char *a, const char *b, size_t position)
{
    const size_t prefix = sizeof PATH - 1;

    return position <= prefix || strncmp(a, b, position - prefix) == 0;
}

/* Another token than `gone` whose request line has the same first `position` octets, and then the octet where there
 * is one; NONE when there is none. */
static int16_t find_other(const struct wafer_http01 *responder, const char *gone, size_t position,
                          const uint8_t *octet)
{
    for (int i = 0; i < WAFER_HTTP01_CHALLENGES; i++) {
        const char *token = responder->tokens[i];
        if (token != NULL && token != gone && same_start(token, gone, position) &&
            (octet == NULL || line_has(token, position, *octet))) {
            return (int16_t)i;
        }
    }
    return NONE;
}

/* Any token, NONE when none is presented. */
static int16_t any_token(const struct wafer_http01 *responder)
{
    return find_other(responder, "", 0, NULL);
}

static void take_line_octet(const struct wafer_http01 *responder, struct wafer_http01_connection *connection,
                            uint8_t octet)
{
    if (connection->matched == 0 && (octet == '\r' || octet == '\n')) {
        return; /* RFC 9112 2.2: empty lines before the request */
    }
    if (connection->token != NONE) {
        const char *token = responder->tokens[connection->token];
        if (!line_has(token, connection->matched, octet)) {
            connection->token = find_other(responder, token, connection->matched, &octet);
        }
    }
    connection->matched++;
    if (octet == '\n') {
        connection->phase = LINE_START;
    }
}

static void take_request_octet(const struct wafer_http01 *responder,
                               struct wafer_http01_connection *connection, uint8_t octet)
{
    if (connection->phase == LINE) {
        take_line_octet(responder, connection, octet);
    } else if (octet == '\n') {
        connection->phase = connection->phase == FIELD ? LINE_START : ANSWER;
    } else if (octet != '\r') {
        connection->phase = FIELD;
    }
}

/* Reads what has come, up to the end of the request. Returns 0, or an error when that never
 * will be. */
static int receive_request(struct wafer_http01 *responder, struct wafer_http01_connection *connection)
{
    const struct wafer_port *port = responder->port;
    uint8_t data[128];

    while (connection->phase != ANSWER) {
        int n = port->read(port->ctx, connection->handle, data, sizeof data, 0);
        if (n == WAFER_E_AGAIN || n == WAFER_E_TIMEOUT) {
            return 0;
        }
        if (n <= 0) {
            return WAFER_E_CLOSED;
        }
        if (connection->received + n > REQUEST_MAX) {
            return WAFER_E_TOO_LARGE;
        }
        connection->received = (uint16_t)(connection->received + n);
        for (int i = 0; i < n && connection->phase != ANSWER; i++) {
            take_request_octet(responder, connection, data[i]);
        }
    }
    return 0;
}

/* The whole response; short enough to be written anew for each portion that is sent. */
static void write_answer(const struct wafer_http01 *responder, int number, struct wafer_buf *out)
{
    if (number == NONE) {
        wafer_buf_text(out, NOT_FOUND);
        return;
    }
    const char *token = responder->tokens[number];
    wafer_buf_text(out, OK_HEAD);
    wafer_buf_uint(out, (uint32_t)(strlen(token) + 1 + strlen(responder->thumbprint)));
    wafer_buf_text(out, "\r\n\r\n");
    wafer_buf_text(out, token);
    wafer_buf_byte(out, '.');
    wafer_buf_text(out, responder->thumbprint);
}

/* Writes what there is room for. Returns WAFER_E_CLOSED when the connection is not needed any
 * more: all is sent, or nothing can be. */
static int send_answer(struct wafer_http01 *responder, struct wafer_http01_connection *connection)
{
    const struct wafer_port *port = responder->port;
    uint8_t data[ANSWER_MAX];
    struct wafer_buf out;

    wafer_buf_init(&out, data, sizeof data);
    write_answer(responder, connection->token, &out);
    while (connection->sent < out.len) {
        int n = port->write(port->ctx, connection->handle, data + connection->sent,
                            out.len - connection->sent, 0);
        if (n == WAFER_E_AGAIN || n == WAFER_E_TIMEOUT) {
            return 0;
        }
        if (n <= 0) {
            return WAFER_E_CLOSED;
        }
        connection->sent = (uint16_t)(connection->sent + n);
    }
    if (connection->token != NONE) {
        responder->served++;
    }
    return WAFER_E_CLOSED;
}

/* Moves a connection on as far as it goes without waiting; an error means its end. */
static int move_on(struct wafer_http01 *responder, struct wafer_http01_connection *connection)
{
    int rc = receive_request(responder, connection);
    if (rc < 0) {
        return rc;
    }
    if (connection->phase == ANSWER) {
        rc = send_answer(responder, connection);
        if (rc < 0) {
            return rc;
        }
    }
    if (responder_ms(responder) - connection->since_ms > CONNECTION_MS) {
        return WAFER_E_TIMEOUT;
    }
    return 0;
}

/* Moves all connections on. Returns how many stay open. */
static int move_all_on(struct wafer_http01 *responder)
{
    int open = 0;

    for (int i = 0; i < WAFER_HTTP01_CONNECTIONS; i++) {
        struct wafer_http01_connection *connection = &responder->connections[i];
        if (connection->handle < 0) {
            continue;
        }
        int rc = move_on(responder, connection);
        if (rc < 0) {
            drop_connection(responder, connection);
        } else {
            open++;
        }
    }
    return open;
}

/* A place for a new connection, or NULL. When all are taken, the oldest connection loses its
 * place, but not at once: with many validations at the same time they are just waiting for their
 * octets, and the newcomer waits in the listener's queue. */
static struct wafer_http01_connection *find_place(struct wafer_http01 *responder)
{
    struct wafer_http01_connection *connection = responder->connections, *oldest = NULL;
    uint32_t time = responder_ms(responder), age = CROWDED_MS;

    for (int i = 0; i < WAFER_HTTP01_CONNECTIONS; i++, connection++) {
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

static void occupy_place(struct wafer_http01 *responder, struct wafer_http01_connection *place, int handle)
{
    drop_connection(responder, place);
    memset(place, 0, sizeof *place);
    place->handle = handle;
    place->since_ms = responder_ms(responder);
    place->token = any_token(responder);
}

/* Takes the connections that wait. Returns how many, or a negative error. */
static int accept_all(struct wafer_http01 *responder)
{
    const struct wafer_port *port = responder->port;
    int accepted = 0;

    while (responder->listener >= 0) {
        struct wafer_http01_connection *place = find_place(responder);
        if (place == NULL) {
            break;
        }
        int handle = port->accept(port->ctx, responder->listener);
        if (handle == WAFER_E_AGAIN) {
            break;
        }
        if (handle < 0) {
            return handle;
        }
        occupy_place(responder, place, handle);
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

    if (responder->listener >= 0 && find_place(responder) != NULL) {
        handles[n++] = responder->listener;
    } else if (limit_ms > BUSY_MS && responder->listener >= 0) {
        limit_ms = BUSY_MS;
    }
    for (int i = 0; i < WAFER_HTTP01_CONNECTIONS; i++) {
        if (responder->connections[i].handle >= 0 && responder->connections[i].phase != ANSWER) {
            handles[n++] = responder->connections[i].handle;
        } else if (responder->connections[i].handle >= 0 && limit_ms > BUSY_MS) {
            limit_ms = BUSY_MS; /* there is no wait for room to write */
        }
    }
    return port->wait(port->ctx, handles, n, limit_ms < IDLE_MS ? limit_ms : IDLE_MS);
}

/* Lets the rest of the program run, and where there was nothing to do waits for input. */
static int rest(struct wafer_http01 *responder, bool quiet, uint32_t limit_ms)
{
    const struct wafer_port *port = responder->port;

    if (port->idle != NULL) {
        int rc = port->idle(port->ctx);
        if (rc < 0) {
            return rc;
        }
    }
    if (!quiet) {
        return 0; /* there may be more at once */
    }
    return wait_for_input(responder, limit_ms);
}

static int serve_requests(void *ctx, uint32_t timeout_ms)
{
    struct wafer_http01 *responder = ctx;
    uint32_t start = responder_ms(responder);

    responder->served = 0;
    for (;;) {
        int before = responder->served;
        int accepted = accept_all(responder);
        if (accepted < 0) {
            return accepted;
        }
        int open = move_all_on(responder);
        bool quiet = accepted == 0 && responder->served == before;
        uint32_t passed = responder_ms(responder) - start;
        if (responder->served > 0 && timeout_ms > passed + SETTLE_MS) {
            timeout_ms = passed + SETTLE_MS;
        }
        bool settled = before > 0 && quiet && open == 0;
        if (settled || passed >= timeout_ms) {
            return responder->served;
        }
        int rc = rest(responder, quiet, timeout_ms - passed);
        if (rc < 0) {
            return rc;
        }
    }
}

static int free_token(const struct wafer_http01 *responder)
{
    for (int i = 0; i < WAFER_HTTP01_CHALLENGES; i++) {
        if (responder->tokens[i] == NULL) {
            return i;
        }
    }
    return WAFER_E_SPACE;
}

static int present_token(void *ctx, const struct wafer_challenge *challenge)
{
    struct wafer_http01 *responder = ctx;
    const struct wafer_port *port = responder->port;
    size_t len = strlen(challenge->token);
    int place = free_token(responder);
    if (place < 0) {
        return place;
    }
    if (len == 0 || len >= WAFER_TOKEN_MAX) {
        return WAFER_E_ARGUMENT;
    }
    if (responder->listener < 0) {
        int rc = port->listen(port->ctx, responder->address, responder->tcp_port);
        if (rc < 0) {
            return rc;
        }
        responder->listener = rc;
    }
    responder->tokens[place] = challenge->token;
    responder->thumbprint = challenge->thumbprint;
    return 0;
}

/* Forgets a token: a connection that may still be for another one goes on. */
static void forget_token(struct wafer_http01 *responder, int16_t gone)
{
    const char *token = responder->tokens[gone];
    for (int i = 0; i < WAFER_HTTP01_CONNECTIONS; i++) {
        struct wafer_http01_connection *connection = &responder->connections[i];
        if (connection->handle >= 0 && connection->token == gone) {
            connection->token = find_other(responder, token, connection->matched, NULL);
            if (connection->phase == ANSWER) {
                drop_connection(responder, connection);
            }
        }
    }
    responder->tokens[gone] = NULL;
}

static void take_token_back(void *ctx, const struct wafer_challenge *challenge)
{
    struct wafer_http01 *responder = ctx;

    for (int16_t i = 0; i < WAFER_HTTP01_CHALLENGES; i++) {
        if (responder->tokens[i] != NULL && strcmp(responder->tokens[i], challenge->token) == 0) {
            forget_token(responder, i);
            break;
        }
    }
    if (any_token(responder) != NONE) {
        return;
    }
    for (int i = 0; i < WAFER_HTTP01_CONNECTIONS; i++) {
        drop_connection(responder, &responder->connections[i]);
    }
    if (responder->listener >= 0) {
        responder->port->close(responder->port->ctx, responder->listener);
        responder->listener = -1;
    }
}

void wafer_http01_init_with(struct wafer_http01 *responder, const struct wafer_port *port,
                            const char *address, uint16_t tcp_port, size_t size)
{
    if (size != sizeof *responder) {
        return;
    }
    memset(responder, 0, sizeof *responder);
    responder->port = port;
    responder->address = address;
    responder->tcp_port = tcp_port;
    responder->listener = -1;
    for (int i = 0; i < WAFER_HTTP01_CONNECTIONS; i++) {
        responder->connections[i].handle = -1;
    }
}

struct wafer_solver wafer_http01_solver(struct wafer_http01 *responder)
{
    struct wafer_solver solver = {"http-01", responder, present_token, serve_requests, take_token_back};

    return solver;
}
