/* Random octets of a POSIX system. */
#ifndef WAFER_POSIX_ENTROPY_H
#define WAFER_POSIX_ENTROPY_H

#include "wafer/port.h"

/* Whether there is a source at all, be it not ready: getrandom, or /dev/urandom. Returns 0 or WAFER_E_ENTROPY. */
int wafer_posix_entropy_find(void);

/* Fills data, once the kernel's generator is seeded: a key from another would be worse than none. At the first boot of
 * a device that may take a while; port->idle is called meanwhile. Returns 0, WAFER_E_ENTROPY when it is not seeded after
 * WAFER_IO_TIMEOUT_MS or there is no source, or what idle returned. */
int wafer_posix_entropy(const struct wafer_port *port, void *data, size_t len);

#endif
