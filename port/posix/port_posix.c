#define _POSIX_C_SOURCE 200809L
#include "port_posix.h"
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "net.h"
#include "wafer/config.h"

uint32_t wafer_posix_monotonic_ms(void *ctx)
{
    struct timespec now;

    (void)ctx;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0; /* cannot happen: POSIX.1-2008 systems with this port have the clock */
    }
    return (uint32_t)((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

static int64_t wall_time(void *ctx)
{
    struct timespec now;

    (void)ctx;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || (int64_t)now.tv_sec < (int64_t)WAFER_BUILD_TIME) {
        return WAFER_E_CLOCK;
    }
    return (int64_t)now.tv_sec;
}

/* Waits until the kernel's generator is seeded (flags 0), which at the first boot of a
 * device may take a while; a key from an unseeded one would be worse. */
static int entropy(void *ctx, void *data, size_t len)
{
    uint8_t *at = data;

    (void)ctx;
    while (len > 0) {
        ssize_t n = getrandom(at, len, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return WAFER_E_ENTROPY;
        }
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

int wafer_posix_port(struct wafer_posix *state, struct wafer_port *port)
{
    uint8_t probe;

    memset(port, 0, sizeof *port);
    state->port = port;
    port->ctx = state;
    port->connect = wafer_posix_connect;
    port->listen = wafer_posix_listen;
    port->accept = wafer_posix_accept;
    port->read = wafer_posix_read;
    port->write = wafer_posix_write;
    port->close = wafer_posix_close;
    port->wait = wafer_posix_wait;
    port->monotonic_ms = wafer_posix_monotonic_ms;
    port->wall_time = wall_time;
    port->entropy = entropy;
    return getrandom(&probe, 0, 0) < 0 && errno == ENOSYS ? WAFER_E_ENTROPY : 0;
}
