/* The port for POSIX systems with getrandom: Linux (glibc, musl), the BSDs.
 *
 * A handle is the file descriptor. Single-threaded like the library. One call can
 * last longer than it is given: resolving a name waits as long as the system's
 * resolver does (resolv.conf: timeout, attempts). */
#ifndef WAFER_PORT_POSIX_H
#define WAFER_PORT_POSIX_H

#include "wafer/port.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wafer_posix {
    const struct wafer_port *port; /* asked for its idle hook during long waits */
};

/* Fills *port with the functions of this port. Both structs must stay where they
 * are as long as the port is used. The caller may set port->idle afterwards; it
 * gets `state` as its argument, is called once a second and after each signal
 * that a handler took, and its negative result ends the call that waits.
 * Returns 0, or WAFER_E_ENTROPY when the kernel has no getrandom. */
int wafer_posix_port(struct wafer_posix *state, struct wafer_port *port) WAFER_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
