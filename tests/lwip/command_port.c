/* The wafer command over lwIP: this stands where port/posix's function does, so that the command
 * is a program that issues over port/lwip-sockets. Clock and entropy are the host's. Its one
 * option is WAFER_FORWARD=HOSTPORT in the environment: that port of the host leads to its port 80. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include "port_posix.h"
#include "stack.h"
#include "user_network.h"
#include "wafer_lwip_sockets.h"

static const struct wafer_port *shown;

static int64_t wall_time(void)
{
    return (int64_t)time(NULL);
}

static int entropy(void *data, size_t len)
{
    return getrandom(data, len, 0) == (ssize_t)len ? 0 : WAFER_E_ENTROPY;
}

static int idle(void)
{
    return shown->idle != NULL ? shown->idle(shown->ctx) : 0;
}

static const struct wafer_lwip_sockets_device device = {wall_time, entropy, idle};

int wafer_posix_port(struct wafer_posix *state, struct wafer_port *port)
{
    const char *forward = getenv("WAFER_FORWARD");
    unsigned long host_port = forward != NULL ? strtoul(forward, NULL, 10) : 0;

    stack_start(NULL);
    if (user_network_start((uint16_t)host_port, 80, stack_receive) != 0) {
        fprintf(stderr, "wafer: the user network does not start\n");
        return WAFER_E_NETWORK;
    }
    stack_join();
    *port = wafer_lwip_sockets_port;
    state->port = shown = port;
    return wafer_lwip_sockets_init(&device);
}
