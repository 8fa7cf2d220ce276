/* A network in memory; see net.h. */
#include "net.h"
#include <stdlib.h>
#include <string.h>

/* Whether this call is the one that is to fail. */
static bool fails(struct emu_net *net)
{
    return ++net->calls == net->fail_at;
}

static struct emu_connection *connection(struct emu_net *net, int handle)
{
    if (handle < 0 || (size_t)handle >= net->count || !net->connections[handle].accepted ||
        net->connections[handle].closed) {
        abort(); /* a handle that is not open: the tested module's mistake */
    }
    return &net->connections[handle];
}

/* Octets that have arrived by now. */
static size_t arrived(const struct emu_net *net, const struct emu_connection *c)
{
    size_t n = c->input_len;

    if (c->portion > 0 && c->interval_ms > 0) {
        n = ((net->now_ms - c->at_ms) / c->interval_ms + 1) * c->portion;
    }
    return n < c->input_len ? n : c->input_len;
}

static bool is_readable(const struct emu_net *net, const struct emu_connection *c)
{
    return arrived(net, c) > c->taken || (c->ends && c->taken == c->input_len);
}

static int waiting(const struct emu_net *net)
{
    size_t i;

    for (i = 0; i < net->count; i++) {
        if (!net->connections[i].accepted && (int32_t)(net->now_ms - net->connections[i].at_ms) >= 0) {
            return (int)i;
        }
    }
    return -1;
}

static int emu_listen(void *ctx, const char *address, uint16_t tcp_port)
{
    struct emu_net *net = ctx;

    (void)address, (void)tcp_port;
    if (net->listening) {
        abort();
    }
    net->listens++;
    if (fails(net)) {
        return net->fail_with;
    }
    if (net->listen_result < 0) {
        return net->listen_result;
    }
    net->listening = true;
    return EMU_LISTENER;
}

static int emu_accept(void *ctx, int listener)
{
    struct emu_net *net = ctx;
    int handle = waiting(net);

    if (listener != EMU_LISTENER || !net->listening) {
        abort();
    }
    if (fails(net)) {
        return net->fail_with;
    }
    if (handle < 0) {
        return WAFER_E_AGAIN;
    }
    net->connections[handle].accepted = true;
    net->connections[handle].accepted_ms = net->now_ms;
    return handle;
}

static int emu_read(void *ctx, int handle, uint8_t *data, size_t len, uint32_t timeout_ms)
{
    struct emu_net *net = ctx;
    struct emu_connection *c = connection(net, handle);
    size_t n = arrived(net, c) - c->taken;

    if (timeout_ms != 0 || len == 0) {
        abort(); /* the responder must not block */
    }
    if (fails(net)) {
        return net->fail_with;
    }
    if (n == 0) {
        return is_readable(net, c) ? WAFER_E_CLOSED : WAFER_E_AGAIN;
    }
    n = n < len ? n : len;
    n = c->portion > 0 && n > c->portion ? c->portion : n;
    memcpy(data, c->input + c->taken, n);
    c->taken += n;
    return (int)n;
}

static int emu_write(void *ctx, int handle, const uint8_t *data, size_t len, uint32_t timeout_ms)
{
    struct emu_net *net = ctx;
    struct emu_connection *c = connection(net, handle);

    if (timeout_ms != 0 || len == 0 || c->output_len + len >= sizeof c->output) {
        abort();
    }
    if (fails(net)) {
        return net->fail_with;
    }
    if (c->deaf_until_ms != 0 && (int32_t)(net->now_ms - c->deaf_until_ms) < 0) {
        return WAFER_E_AGAIN;
    }
    len = c->write_portion > 0 && len > c->write_portion ? c->write_portion : len;
    memcpy(c->output + c->output_len, data, len);
    c->output_len += len;
    return (int)len;
}

static void emu_close(void *ctx, int handle)
{
    struct emu_net *net = ctx;

    if (handle == EMU_LISTENER) {
        if (!net->listening) {
            abort();
        }
        net->listening = false;
        return;
    }
    connection(net, handle)->closed_ms = net->now_ms;
    connection(net, handle)->closed = true;
}

/* Milliseconds until there is something to read, UINT32_MAX when nothing will come. */
static uint32_t readable_in(const struct emu_net *net, const struct emu_connection *c)
{
    uint32_t since = net->now_ms - c->at_ms;

    if (is_readable(net, c)) {
        return 0;
    }
    return arrived(net, c) < c->input_len ? c->interval_ms - since % c->interval_ms : UINT32_MAX;
}

/* Milliseconds until a connection waits. */
static uint32_t waiting_in(const struct emu_net *net)
{
    uint32_t soonest = UINT32_MAX;
    size_t i;

    if (waiting(net) >= 0) {
        return 0;
    }
    for (i = 0; i < net->count; i++) {
        uint32_t in = net->connections[i].at_ms - net->now_ms;
        if (!net->connections[i].accepted && in < soonest) {
            soonest = in;
        }
    }
    return soonest;
}

/* Moves the clock to where something is ready. */
static int emu_wait(void *ctx, const int *handles, size_t n, uint32_t timeout_ms)
{
    struct emu_net *net = ctx;
    size_t i;

    net->waits++;
    if (fails(net)) {
        return net->fail_with;
    }
    for (i = 0; i < n; i++) {
        uint32_t in =
            handles[i] == EMU_LISTENER ? waiting_in(net) : readable_in(net, connection(net, handles[i]));
        timeout_ms = in < timeout_ms ? in : timeout_ms;
    }
    net->now_ms += timeout_ms;
    return 0;
}

static uint32_t emu_monotonic_ms(void *ctx)
{
    return ((struct emu_net *)ctx)->now_ms;
}

static int emu_idle(void *ctx)
{
    struct emu_net *net = ctx;

    if (net->now_ms - net->idle_ms > net->idle_gap_ms) {
        net->idle_gap_ms = net->now_ms - net->idle_ms;
    }
    net->idle_ms = net->now_ms;
    return ++net->idle_calls == net->cancel_at ? WAFER_E_CANCELLED : 0;
}

void emu_net_init(struct emu_net *net)
{
    memset(net, 0, sizeof *net);
    net->port.ctx = net;
    net->port.listen = emu_listen;
    net->port.accept = emu_accept;
    net->port.read = emu_read;
    net->port.write = emu_write;
    net->port.close = emu_close;
    net->port.wait = emu_wait;
    net->port.monotonic_ms = emu_monotonic_ms;
    net->port.idle = emu_idle;
}

struct emu_connection *emu_net_connection(struct emu_net *net, uint32_t at_ms, const char *input)
{
    struct emu_connection *c = &net->connections[net->count++];

    if (net->count > EMU_CONNECTIONS) {
        abort();
    }
    memset(c, 0, sizeof *c);
    c->at_ms = at_ms;
    c->input = input;
    c->input_len = strlen(input);
    return c;
}
