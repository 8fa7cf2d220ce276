/* The port over lwIP's sockets: the network of port/sockets, with the device's clock, entropy and idle. */
#include "internal.h"
#include "lwip/sys.h"
#include "system.h"

static const struct wafer_lwip_sockets_device *device;

int wafer_lwip_sockets_init(const struct wafer_lwip_sockets_device *of)
{
    device = of;
    return wafer_lwip_sockets_names_init();
}

/* --- what port/sockets asks for ---------------------------------------------------------------- */

uint32_t wafer_sockets_now(void)
{
    return sys_now();
}

int wafer_sockets_idle(void *ctx)
{
    (void)ctx;
    if (device->idle == NULL) {
        return 0;
    }
    int rc = device->idle();
    if (rc < 0) {
        return rc;
    }
    return 0;
}

int wafer_sockets_prepare(int fd)
{
    int rc = fcntl(fd, F_SETFL, O_NONBLOCK);

    if (rc < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* --- the rest of struct wafer_port ------------------------------------------------------------- */

static uint32_t port_monotonic_ms(void *ctx)
{
    (void)ctx;
    return sys_now();
}

static int64_t port_wall_time(void *ctx)
{
    (void)ctx;
    return device->wall_time();
}

static int port_entropy(void *ctx, void *data, size_t len)
{
    (void)ctx;
    return device->entropy(data, len);
}

const struct wafer_port wafer_lwip_sockets_port = {
    .connect = wafer_sockets_connect,
    .listen = wafer_sockets_listen,
    .accept = wafer_sockets_accept,
    .read = wafer_sockets_read,
    .write = wafer_sockets_write,
    .close = wafer_sockets_close,
    .wait = wafer_sockets_wait,
    .monotonic_ms = port_monotonic_ms,
    .wall_time = port_wall_time,
    .entropy = port_entropy,
    .idle = wafer_sockets_idle,
};
