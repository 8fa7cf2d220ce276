/* Copy this folder, rename, and fill in the functions; README.md says in which order. As it
 * stands it compiles and does nothing: every function says honestly that it cannot.
 *
 * wafer/port.h has each contract in full. Common to all:
 * - No call may last longer than timeout_ms; with 0 it returns at once.
 * - 0 is never a count: "nothing yet" is WAFER_E_AGAIN (timeout_ms was 0) or _TIMEOUT, the end
 *   of the stream WAFER_E_CLOSED.
 * - The calls come from one task. wafer uses one connection to the CA, and with the standalone
 *   responder a listener and WAFER_HTTP01_CONNECTIONS more. */
#include "port_template.h"
#include <string.h>

/* Resolve `host` (it may be an address already), try each address, give each a share of the
 * time; then switch Nagle's algorithm off (TCP_NODELAY): a handshake takes twice as long with it. */
static int template_connect(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms)
{
    (void)ctx, (void)host, (void)tcp_port, (void)timeout_ms;
    return WAFER_E_NETWORK; /* no address: _RESOLVE; all refused: _CONNECT; time over: _TIMEOUT */
}

/* Only for the responders (http-01, tls-alpn-01). address NULL: IPv4 and IPv6. Let a few
 * connections queue: a CA validates from several places at once. */
static int template_listen(void *ctx, const char *address, uint16_t tcp_port)
{
    (void)ctx, (void)address, (void)tcp_port;
    return WAFER_E_NETWORK; /* port taken: _ADDRESS_IN_USE; not allowed: _ADDRESS_DENIED */
}

/* Never waits: the responder looks after several connections at once. */
static int template_accept(void *ctx, int listener)
{
    (void)ctx, (void)listener;
    return WAFER_E_NETWORK; /* none waits: _AGAIN */
}

/* Any number of bytes from 1 to len; keep what does not fit in `data` for the next call. Bytes
 * that came before the peer closed are handed out first, then WAFER_E_CLOSED. */
static int template_read(void *ctx, int handle, uint8_t *data, size_t len, uint32_t timeout_ms)
{
    (void)ctx, (void)handle, (void)data, (void)len, (void)timeout_ms;
    return WAFER_E_NETWORK;
}

/* Any number of bytes from 1 to len may be taken; copy what is not sent yet. */
static int template_write(void *ctx, int handle, const uint8_t *data, size_t len, uint32_t timeout_ms)
{
    (void)ctx, (void)handle, (void)data, (void)len, (void)timeout_ms;
    return WAFER_E_NETWORK;
}

/* Send what was written, then end the connection: FIN, not a reset, or the CA may lose the
 * answer. Does not wait. */
static void template_close(void *ctx, int handle)
{
    (void)ctx, (void)handle;
}

/* Sleep until one of the handles has something, or the time is over. n may be 0. Waking up too
 * early is allowed; not waking up makes validation slow. */
static int template_wait(void *ctx, const int *handles, size_t n, uint32_t timeout_ms)
{
    (void)ctx, (void)handles, (void)n, (void)timeout_ms;
    return WAFER_E_NETWORK;
}

/* A tick counter in milliseconds that wraps at 2^32, not earlier. All deadlines rest on it: as
 * long as it stands still no wait ends by itself. */
static uint32_t template_monotonic_ms(void *ctx)
{
    (void)ctx;
    return 0;
}

/* Without a battery-backed clock or SNTP leave it so: wafer then takes the CA's time. Also
 * return WAFER_E_CLOCK for a time before WAFER_BUILD_TIME. */
static int64_t template_wall_time(void *ctx)
{
    (void)ctx;
    return WAFER_E_CLOCK;
}

/* From a hardware generator whose error flags are checked, for each call anew. Not rand(), not
 * the clock, not the serial number: an error here only means that no key is made today; a guess
 * means that everybody has the key. */
static int template_entropy(void *ctx, void *data, size_t len)
{
    (void)ctx, (void)data, (void)len;
    return WAFER_E_ENTROPY;
}

/* Feed the watchdog, let other tasks run. A negative result, WAFER_E_CANCELLED, ends the
 * operation; what was begun is resumed by the next one. NULL in struct wafer_port if not needed. */
static int template_idle(void *ctx)
{
    (void)ctx;
    return 0;
}

int wafer_template_port(struct wafer_template *state, struct wafer_port *port)
{
    memset(state, 0, sizeof *state);
    port->ctx = state;
    port->connect = template_connect;
    port->listen = template_listen;
    port->accept = template_accept;
    port->read = template_read;
    port->write = template_write;
    port->close = template_close;
    port->wait = template_wait;
    port->monotonic_ms = template_monotonic_ms;
    port->wall_time = template_wall_time;
    port->entropy = template_entropy;
    port->idle = template_idle;
    return 0;
}
