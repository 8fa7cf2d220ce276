/* The platform seam: network, clock, entropy. A port fills one struct wafer_port
 * with functions and a context; port/template is the file to copy.
 *
 * Connections and listeners are small non-negative integers that the port hands out
 * ("handles").
 *
 * Rules for callbacks and tasks:
 *  1. wafer calls the port only inside a call of its own, from the task that made it
 *     (wafer_issue, wafer_init and the like), one call at a time.
 *  2. Every call blocks at most for the time it is given; accept, close, monotonic_ms,
 *     wall_time and entropy do not wait at all.
 *  3. The port keeps none of the pointers that it is given: host, data and handles are valid
 *     during the call only.
 *  4. struct wafer_port and its ctx must stay unchanged as long as a struct wafer, a
 *     responder or another user of the port is initialised with them.
 *  5. Two struct wafer in two tasks may share a port only if its functions may run at the
 *     same time; those of port/ may not, but for different structs of theirs.
 *  6. idle may run other work of the same task: read the store, serve pages, ask
 *     wafer_http01_answer. It may not call wafer with the struct wafer that waits, nor
 *     begin a transaction of its store: while a certificate is downloaded one is open, and a
 *     second one is refused with WAFER_E_BUSY.
 *  7. monotonic_ms may be called from any function here and from idle; it must be callable
 *     while another call of the port is under way. */
#ifndef WAFER_PORT_H
#define WAFER_PORT_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wafer_port {
    void *ctx; /* handed back as the first argument of each call */

    /* Connects to `host` (a DNS name, or an IPv4 or IPv6 address without
     * brackets) at `tcp_port`, within timeout_ms for all its addresses
     * together; tries every address. Sets TCP_NODELAY. While it waits it calls
     * `idle` at least once a second; where that returns a negative number, the
     * call ends with it. So do read, write and wait.
     * Returns a handle, or WAFER_E_RESOLVE, _CONNECT, _TIMEOUT, _NETWORK. */
    int (*connect)(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms);

    /* Listens on `tcp_port` of `address` (NULL: every address, IPv4 and IPv6).
     * Returns a handle, or WAFER_E_ADDRESS_IN_USE, _ADDRESS_DENIED, _NETWORK. */
    int (*listen)(void *ctx, const char *address, uint16_t tcp_port);

    /* Takes a waiting connection; never blocks.
     * Returns a handle, WAFER_E_AGAIN when there is none, or WAFER_E_NETWORK. */
    int (*accept)(void *ctx, int listener);

    /* Reads 1 to len bytes, waiting for the first up to timeout_ms (0: not at
     * all). Returns how many, never 0. WAFER_E_CLOSED when the peer has ended
     * the stream, _AGAIN when timeout_ms is 0 and there is nothing, _TIMEOUT,
     * _NETWORK. */
    int (*read)(void *ctx, int handle, uint8_t *data, size_t len, uint32_t timeout_ms);

    /* Writes 1 to len bytes, waiting for room up to timeout_ms. Returns how many
     * were taken, never 0; errors as for read. The data may go out later, but
     * the port keeps no pointer to it. */
    int (*write)(void *ctx, int handle, const uint8_t *data, size_t len, uint32_t timeout_ms);

    /* Closes a connection (after sending what was written) or a listener. */
    void (*close)(void *ctx, int handle);

    /* Sleeps until one of the n handles (listener: a connection waits;
     * connection: data or the end has come) is ready or timeout_ms have passed.
     * n may be 0: then it is a plain sleep. Returns 0, also when nothing
     * happened, or WAFER_E_NETWORK. */
    int (*wait)(void *ctx, const int *handles, size_t n, uint32_t timeout_ms);

    /* Milliseconds from any start; never goes back, may wrap at 2^32. */
    uint32_t (*monotonic_ms)(void *ctx);

    /* Seconds since 1970-01-01 UTC, or WAFER_E_CLOCK when not known. A time
     * before the build counts as not known. */
    int64_t (*wall_time)(void *ctx);

    /* Fills data with len unpredictable bytes. Returns 0, or WAFER_E_ENTROPY:
     * wafer makes no key then. There is no fallback. */
    int (*entropy)(void *ctx, void *data, size_t len);

    /* Called often while wafer works or waits, at least once a second: feeds a
     * watchdog, runs other tasks. A negative result, by convention
     * WAFER_E_CANCELLED, ends the operation with that error. May be NULL. */
    int (*idle)(void *ctx);
};

#ifdef __cplusplus
}
#endif

#endif
