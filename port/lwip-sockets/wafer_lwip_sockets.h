/* wafer's port for lwIP under an RTOS (NO_SYS 0): struct wafer_port over the sockets API.
 *
 * One task at a time calls the port's functions, as with the library itself; other tasks may
 * use lwIP meanwhile. The firmware brings the stack and its interface up. A handle is the
 * socket's descriptor. */
#ifndef WAFER_LWIP_SOCKETS_H
#define WAFER_LWIP_SOCKETS_H

#include "wafer/port.h"

/* What the device gives; the milliseconds are lwIP's sys_now. */
struct wafer_lwip_sockets_device {
    int64_t (*wall_time)(void);             /* as wafer_port's */
    int (*entropy)(void *data, size_t len); /* as wafer_port's */
    int (*idle)(void);                      /* as wafer_port's; may be NULL */
};

/* Prepares wafer_lwip_sockets_port, once, after tcpip_init. `device` must stay.
 * Returns 0, or WAFER_E_NETWORK when lwIP has no semaphore left. */
int wafer_lwip_sockets_init(const struct wafer_lwip_sockets_device *device) WAFER_MUST_CHECK;

extern const struct wafer_port wafer_lwip_sockets_port;

#endif
