/* The port for POSIX systems: Linux (glibc, musl), the BSDs.
 *
 * A handle is the file descriptor. Single-threaded like the library. One call can
 * last longer than it is given: resolving a name waits as long as the system's
 * resolver does (resolv.conf: timeout, attempts), unless it is done apart. */
#ifndef WAFER_PORT_POSIX_H
#define WAFER_PORT_POSIX_H

#include "wafer/port.h"

#ifdef __cplusplus
extern "C" {
#endif

struct addrinfo;

struct wafer_posix {
    const struct wafer_port *port; /* asked for its idle hook during long waits */
    /* How names are looked up; NULL: by getaddrinfo. wafer_posix_look_up_apart, or nothing else. */
    int (*look_up)(struct wafer_posix *state, const char *host, uint32_t timeout_ms, struct addrinfo **list);
};

/* Fills *port with the functions of this port. Both structs must stay where they
 * are as long as the port is used. The caller may set port->idle afterwards; it
 * gets `state` as its argument, is called once a second and after each signal
 * that a handler took, and its negative result ends the call that waits.
 * Returns 0, or WAFER_E_ENTROPY when the system has no source of randomness: neither getrandom nor
 * /dev/urandom. port->entropy waits for the kernel to be ready, up to WAFER_IO_TIMEOUT_MS. */
int wafer_posix_port(struct wafer_posix *state, struct wafer_port *port) WAFER_MUST_CHECK;

/* For state->look_up, behind wafer_posix_port: names are looked up in a child process, so that
 * time-outs and the idle hook end that, too. Only for processes with one thread, one port that
 * does so, and a SIGCHLD that is not ignored. Up to eight addresses of a name are tried. Where no
 * process can be started it is done here. Returns 0, WAFER_E_RESOLVE, or what idle returned. */
int wafer_posix_look_up_apart(struct wafer_posix *state, const char *host, uint32_t timeout_ms,
                              struct addrinfo **list) WAFER_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
