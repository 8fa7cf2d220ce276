/* The port of POSIX systems: the network of port/sockets, with the clocks and the random source of the system. */
#define _POSIX_C_SOURCE 200809L
#include "port_posix.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include "entropy.h"
#include "sockets.h"
#include "system.h"
#include "wafer/config.h"

/* --- what port/sockets asks for ---------------------------------------------------------------- */

uint32_t wafer_sockets_now(void)
{
    struct timespec now;
    int rc = clock_gettime(CLOCK_MONOTONIC, &now);

    if (rc < 0) {
        return 0; /* cannot happen: POSIX.1-2008 systems with this port have the clock */
    }
    return (uint32_t)now.tv_sec * 1000 + (uint32_t)now.tv_nsec / 1000000;
}

int wafer_sockets_idle(void *ctx)
{
    const struct wafer_port *port = ((const struct wafer_posix *)ctx)->port;

    if (port->idle == NULL) {
        return 0;
    }
    int rc = port->idle(port->ctx);
    if (rc < 0) {
        return rc;
    }
    return 0;
}

static int set_flags(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0) {
        return -1;
    }
    int rc = fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    if (rc < 0) {
        return rc;
    }
    return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int wafer_sockets_prepare(int fd)
{
    int rc = set_flags(fd);

    if (rc < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int wafer_sockets_resolve(void *ctx, const char *host, uint16_t tcp_port, const struct deadline *deadline,
                          struct addrinfo **list)
{
    struct wafer_posix *state = ctx;
    struct addrinfo *at;
    int rc;

    if (state->look_up != NULL) {
        rc = state->look_up(state, host, wafer_sockets_left(deadline), list);
    } else {
        rc = wafer_posix_query(host, 0, list);
    }
    if (rc < 0) {
        return rc;
    }
    for (at = *list; at != NULL; at = at->ai_next) {
        if (at->ai_family == AF_INET) {
            ((struct sockaddr_in *)(void *)at->ai_addr)->sin_port = htons(tcp_port);
        } else if (at->ai_family == AF_INET6) {
            ((struct sockaddr_in6 *)(void *)at->ai_addr)->sin6_port = htons(tcp_port);
        }
    }
    return 0;
}

void wafer_sockets_forget(struct addrinfo *list)
{
    if (list->ai_flags != WAFER_LOOKUP_KEPT) {
        freeaddrinfo(list);
    }
}

/* --- the rest of struct wafer_port ------------------------------------------------------------- */

static uint32_t monotonic_ms(void *ctx)
{
    (void)ctx;
    return wafer_sockets_now();
}

static int64_t wall_time(void *ctx)
{
    struct timespec now;
    int rc = clock_gettime(CLOCK_REALTIME, &now);

    (void)ctx;
    if (rc < 0 || (int64_t)now.tv_sec < (int64_t)WAFER_BUILD_TIME) {
        return WAFER_E_CLOCK;
    }
    return (int64_t)now.tv_sec;
}

static int entropy(void *ctx, void *data, size_t len)
{
    return wafer_posix_entropy(((const struct wafer_posix *)ctx)->port, data, len);
}

int wafer_posix_port(struct wafer_posix *state, struct wafer_port *port)
{
    memset(port, 0, sizeof *port);
    state->port = port;
    state->look_up = NULL;
    port->ctx = state;
    port->connect = wafer_sockets_connect;
    port->listen = wafer_sockets_listen;
    port->accept = wafer_sockets_accept;
    port->read = wafer_sockets_read;
    port->write = wafer_sockets_write;
    port->close = wafer_sockets_close;
    port->wait = wafer_sockets_wait;
    port->monotonic_ms = monotonic_ms;
    port->wall_time = wall_time;
    port->entropy = entropy;
    return wafer_posix_entropy_find();
}
