/* TCP connections and listeners over lwIP's raw API. */
#include <string.h>
#include "internal.h"
#include "lwip/dns.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

#define CONNECTIONS WAFER_LWIP_CONNECTIONS
#define LISTENERS   WAFER_LWIP_LISTENERS

#define CLOSING_MS   10000 /* for what was written to arrive, before a connection is aborted */
#define CLOSING_POLL 2     /* half seconds between two looks at that */

_Static_assert(CONNECTIONS < MEMP_NUM_TCP_PCB, "lwIP needs a PCB for each connection and one more");
_Static_assert(LISTENERS <= MEMP_NUM_TCP_PCB_LISTEN, "lwIP needs a PCB for each listener");

enum state { FREE, CONNECTING, ARRIVED, OPEN };

struct connection {
    struct tcp_pcb *pcb;   /* NULL: the stack has dropped it */
    struct pbuf *received; /* not read yet */
    uint8_t state;
    uint8_t listener; /* that it arrived at */
    bool ended;       /* the peer has ended the stream */
    bool outgoing;
};

/* Handles: connections from 0 on, then listeners. */
static struct connection connections[CONNECTIONS];
static struct tcp_pcb *listeners[LISTENERS];

static struct connection *connection_of(int handle)
{
    if (handle < 0 || handle >= CONNECTIONS || connections[handle].state == FREE)
        return NULL;
    return &connections[handle];
}

/* Whether there is room for one that arrives: a place is kept for the CA's, however many clients come. */
static bool has_room(void)
{
    int left = -1;
    for (const struct connection *c = connections; c < connections + CONNECTIONS; c++)
        left += c->state == FREE || c->outgoing;
    return left > 0;
}

static struct connection *connection_new(enum state state)
{
    for (struct connection *c = connections; c < connections + CONNECTIONS; c++)
        if (c->state == FREE) {
            memset(c, 0, sizeof *c);
            c->state = (uint8_t)state;
            c->outgoing = state == CONNECTING;
            return c;
        }
    return NULL;
}

static void connection_free(struct connection *c)
{
    if (c->received != NULL)
        pbuf_free(c->received);
    memset(c, 0, sizeof *c);
}

/* --- lwIP's callbacks --------------------------------------------------------- */

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    struct connection *c = arg;
    (void)pcb;
    (void)err;
    if (p == NULL)
        c->ended = true;
    else if (c->received == NULL)
        c->received = p;
    else
        pbuf_cat(c->received, p);
    return ERR_OK;
}

static void on_error(void *arg, err_t err)
{
    struct connection *c = arg;
    (void)err;
    c->pcb = NULL;
    if (c->state == ARRIVED)
        connection_free(c);
}

/* lwIP keeps the timeout that a lost SYN has doubled; RFC 6298 5.7 starts anew. */
static void reset_timeout(struct tcp_pcb *pcb)
{
    pcb->rto = LWIP_TCP_RTO_TIME / TCP_SLOW_INTERVAL;
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct connection *c = arg;
    (void)err;
    reset_timeout(pcb);
    c->state = OPEN;
    return ERR_OK;
}

static void adopt(struct connection *c, struct tcp_pcb *pcb)
{
    c->pcb = pcb;
    tcp_arg(pcb, c);
    tcp_recv(pcb, on_received);
    tcp_err(pcb, on_error);
    tcp_nagle_disable(pcb);
}

/* Any other result than ERR_OK makes lwIP reset the connection. */
static err_t on_arrived(void *arg, struct tcp_pcb *pcb, err_t err)
{
    if (err != ERR_OK || pcb == NULL)
        return ERR_VAL;
    struct connection *c = has_room() ? connection_new(ARRIVED) : NULL;
    if (c == NULL)
        return ERR_MEM;
    c->listener = (uint8_t)(uintptr_t)arg;
    adopt(c, pcb);
    reset_timeout(pcb);
    return ERR_OK;
}

/* --- opening ------------------------------------------------------------------ */

static bool is_settled(const void *ctx)
{
    const struct connection *c = ctx;
    return c->pcb == NULL || c->state == OPEN;
}

static void drop(struct connection *c)
{
    struct tcp_pcb *pcb = c->pcb;
    if (pcb != NULL) {
        tcp_arg(pcb, NULL);
        tcp_recv(pcb, NULL);
        tcp_err(pcb, NULL);
        tcp_abort(pcb);
    }
    connection_free(c);
}

static int connect_address(const ip_addr_t *address, uint16_t tcp_port, uint32_t timeout_ms)
{
    struct connection *c = connection_new(CONNECTING);
    if (c == NULL)
        return WAFER_E_NETWORK;
    struct tcp_pcb *pcb = tcp_new_ip_type(IP_GET_TYPE(address));
    if (pcb == NULL) {
        connection_free(c);
        return WAFER_E_NETWORK;
    }
    adopt(c, pcb);
    err_t begun = tcp_connect(pcb, address, tcp_port, on_connected);
    if (begun != ERR_OK) {
        drop(c);
        return WAFER_E_CONNECT;
    }
    int rc = wafer_lwip_run(is_settled, c, timeout_ms);
    if (rc == 0 && (c->state != OPEN || c->pcb == NULL))
        rc = WAFER_E_CONNECT;
    if (rc < 0) {
        drop(c);
        return rc;
    }
    return (int)(c - connections);
}

/* The families that a host may have; an address has one. */
static size_t families(const char *host, uint8_t types[2])
{
    ip_addr_t address;
    size_t n = 0;
    bool literal = ipaddr_aton(host, &address) != 0;
    if (!literal || !IP_IS_V6(&address))
        types[n++] = LWIP_DNS_ADDRTYPE_IPV4;
    if (LWIP_IPV6 && (!literal || IP_IS_V6(&address)))
        types[n++] = LWIP_DNS_ADDRTYPE_IPV6;
    return n;
}

/* lwIP keeps one address of a name for each family. */
static int connect_family(const char *host, uint8_t type, uint16_t tcp_port, uint32_t timeout_ms)
{
    uint32_t start = sys_now();
    ip_addr_t address;
    int rc = wafer_lwip_resolve(host, type, &address, timeout_ms);
    if (rc < 0)
        return rc;
#if LWIP_IPV6
    rc = wafer_lwip_wait_ipv6(&address, wafer_lwip_left(start, timeout_ms));
    if (rc < 0)
        return rc;
#endif
    return connect_address(&address, tcp_port, wafer_lwip_left(start, timeout_ms));
}

static int port_connect(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms)
{
    uint32_t start = sys_now();
    int failure = WAFER_E_RESOLVE;
    uint8_t types[2];
    size_t n = families(host, types);
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        uint32_t share = wafer_lwip_left(start, timeout_ms) / (uint32_t)(n - i);
        int rc = connect_family(host, types[i], tcp_port, share);
        if (rc >= 0 || rc == WAFER_E_CANCELLED)
            return rc;
        if (rc != WAFER_E_RESOLVE)
            failure = rc; /* says more than that the other family has no address */
    }
    return failure;
}

static int port_listen(void *ctx, const char *address, uint16_t tcp_port)
{
    ip_addr_t local = *IP_ANY_TYPE;
    int i = 0;
    (void)ctx;
    bool readable = address == NULL || ipaddr_aton(address, &local) != 0;
    if (!readable)
        return WAFER_E_ADDRESS_DENIED;
    while (i < LISTENERS && listeners[i] != NULL)
        i++;
    if (i == LISTENERS)
        return WAFER_E_NETWORK;
    struct tcp_pcb *pcb = tcp_new_ip_type(IP_GET_TYPE(&local));
    if (pcb == NULL)
        return WAFER_E_NETWORK;
    ip_set_option(pcb, SOF_REUSEADDR);
    tcp_setprio(pcb, TCP_PRIO_MIN); /* what arrives gives way to what goes out, when lwIP has no more PCBs */
    struct tcp_pcb *listening = NULL;
    err_t rc = tcp_bind(pcb, &local, tcp_port);
    if (rc == ERR_OK)
        listening = tcp_listen_with_backlog_and_err(pcb, CONNECTIONS, &rc);
    if (listening == NULL) {
        tcp_abort(pcb);
        return rc == ERR_USE ? WAFER_E_ADDRESS_IN_USE : WAFER_E_NETWORK;
    }
    listeners[i] = listening;
    tcp_arg(listening, (void *)(uintptr_t)i);
    tcp_accept(listening, on_arrived);
    return CONNECTIONS + i;
}

static struct connection *arrived_at(int handle)
{
    for (struct connection *c = connections; c < connections + CONNECTIONS; c++)
        if (c->state == ARRIVED && c->listener == handle - CONNECTIONS)
            return c;
    return NULL;
}

static int port_accept(void *ctx, int handle)
{
    (void)ctx;
    if (handle < CONNECTIONS || handle >= CONNECTIONS + LISTENERS)
        return WAFER_E_NETWORK;
    struct connection *c = arrived_at(handle);
    if (c == NULL)
        return WAFER_E_AGAIN;
    c->state = OPEN;
    return (int)(c - connections);
}

/* --- data --------------------------------------------------------------------- */

static bool is_readable(const void *ctx)
{
    const struct connection *c = ctx;
    return c->received != NULL || c->ended || c->pcb == NULL;
}

static int wait_readable(const struct connection *c, uint32_t timeout_ms)
{
    if (is_readable(c))
        return 0;
    int rc = wafer_lwip_run(is_readable, c, timeout_ms);
    if (rc == WAFER_E_TIMEOUT && timeout_ms == 0)
        return WAFER_E_AGAIN;
    return rc;
}

static int port_read(void *ctx, int handle, uint8_t *data, size_t len, uint32_t timeout_ms)
{
    struct connection *c = connection_of(handle);
    (void)ctx;
    if (c == NULL)
        return WAFER_E_NETWORK;
    int rc = wait_readable(c, timeout_ms);
    if (rc < 0)
        return rc;
    if (c->received == NULL)
        return c->ended ? WAFER_E_CLOSED : WAFER_E_NETWORK;
    uint16_t n = pbuf_copy_partial(c->received, data, len < 0xffff ? (uint16_t)len : 0xffff, 0);
    c->received = pbuf_free_header(c->received, n);
    if (c->pcb != NULL)
        tcp_recved(c->pcb, n);
    return n;
}

/* Hands as much to the stack as it has room for, at most a segment: lwIP copies
 * it into its heap. Returns how much, 0 when there is no room. */
static int push(struct connection *c, const uint8_t *data, size_t len)
{
    uint16_t n = tcp_sndbuf(c->pcb);
    if (n > tcp_mss(c->pcb))
        n = tcp_mss(c->pcb);
    if (n > len)
        n = (uint16_t)len;
    for (; n > 0; n /= 2) {
        err_t rc = tcp_write(c->pcb, data, n, TCP_WRITE_FLAG_COPY);
        if (rc == ERR_OK) {
            tcp_output(c->pcb);
            return n;
        }
        if (rc != ERR_MEM)
            return WAFER_E_NETWORK;
        if (n < 128)
            break;
    }
    return 0;
}

static int port_write(void *ctx, int handle, const uint8_t *data, size_t len, uint32_t timeout_ms)
{
    uint32_t start = sys_now();
    struct connection *c = connection_of(handle);
    (void)ctx;
    if (c == NULL)
        return WAFER_E_NETWORK;
    for (;;) {
        if (c->pcb == NULL)
            return WAFER_E_NETWORK;
        int n = push(c, data, len);
        if (n != 0)
            return n;
        int rc = wafer_lwip_poll();
        if (rc < 0)
            return rc;
        if (timeout_ms == 0)
            return WAFER_E_AGAIN;
        if (wafer_lwip_left(start, timeout_ms) == 0)
            return WAFER_E_TIMEOUT;
        wafer_lwip_device->sleep();
    }
}

/* --- closing and waiting ------------------------------------------------------ */

/* lwIP would repeat for a quarter of an hour what a client that has vanished does not acknowledge, and would ask for ever one
 * that has closed its window; its heap is full meanwhile. `arg`: when it was closed. */
static err_t on_closing(void *arg, struct tcp_pcb *pcb)
{
    if (sys_now() - (uint32_t)(uintptr_t)arg < CLOSING_MS)
        return ERR_OK;
    tcp_abort(pcb);
    return ERR_ABRT;
}

static void close_connection(struct connection *c)
{
    struct tcp_pcb *pcb = c->pcb;
    if (pcb != NULL) {
        /* With unread data lwIP would reset the connection instead of sending
         * what was written. */
        if (c->received != NULL)
            tcp_recved(pcb, c->received->tot_len);
        tcp_arg(pcb, (void *)(uintptr_t)sys_now());
        tcp_poll(pcb, on_closing, CLOSING_POLL);
        tcp_recv(pcb, NULL);
        tcp_err(pcb, NULL);
        err_t rc = tcp_close(pcb);
        if (rc != ERR_OK)
            tcp_abort(pcb);
    }
    connection_free(c);
}

static void port_close(void *ctx, int handle)
{
    struct connection *c = connection_of(handle);
    int i = handle - CONNECTIONS;
    (void)ctx;
    if (c != NULL)
        close_connection(c);
    if (i < 0 || i >= LISTENERS || listeners[i] == NULL)
        return;
    tcp_close(listeners[i]); /* cannot fail for a listener */
    listeners[i] = NULL;
    for (c = arrived_at(handle); c != NULL; c = arrived_at(handle))
        close_connection(c);
}

struct handles {
    const int *list;
    size_t n;
};

static bool any_ready(const void *ctx)
{
    const struct handles *handles = ctx;
    for (size_t i = 0; i < handles->n; i++) {
        const struct connection *c = connection_of(handles->list[i]);
        if (c != NULL ? is_readable(c) : arrived_at(handles->list[i]) != NULL)
            return true;
    }
    return false;
}

static int port_wait(void *ctx, const int *list, size_t n, uint32_t timeout_ms)
{
    struct handles handles = {list, n};
    (void)ctx;
    int rc = wafer_lwip_run(any_ready, &handles, timeout_ms);
    if (rc == WAFER_E_TIMEOUT)
        return 0;
    return rc;
}

const struct wafer_port wafer_lwip_port = {
    .connect = port_connect,
    .listen = port_listen,
    .accept = port_accept,
    .read = port_read,
    .write = port_write,
    .close = port_close,
    .wait = port_wait,
    .monotonic_ms = wafer_lwip_monotonic_ms,
    .wall_time = wafer_lwip_wall_time,
    .entropy = wafer_lwip_entropy,
    .idle = wafer_lwip_idle,
};
