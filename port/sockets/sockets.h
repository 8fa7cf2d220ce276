/* struct wafer_port's network over BSD sockets, for every platform that has them. The platform
 * gives the few functions at the end of this file, and a system.h (found by the include path)
 * with the sockets API: socket, poll and the rest under their POSIX names. */
#ifndef WAFER_SOCKETS_H
#define WAFER_SOCKETS_H

#include "wafer/port.h"

struct addrinfo;
struct pollfd;

/* --- the functions of struct wafer_port; a handle is the socket's descriptor ------------------- */

int wafer_sockets_connect(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms);
int wafer_sockets_listen(void *ctx, const char *address, uint16_t tcp_port);
int wafer_sockets_accept(void *ctx, int listener);
int wafer_sockets_read(void *ctx, int handle, uint8_t *data, size_t len, uint32_t timeout_ms);
int wafer_sockets_write(void *ctx, int handle, const uint8_t *data, size_t len, uint32_t timeout_ms);
void wafer_sockets_close(void *ctx, int handle);
int wafer_sockets_wait(void *ctx, const int *handles, size_t n, uint32_t timeout_ms);

/* --- what its files share ---------------------------------------------------------------------- */

#define WAFER_SOCKETS_IDLE_MS    1000 /* port.h: idle is called at least once a second */
#define WAFER_SOCKETS_STAGGER_MS 250  /* before a second way is tried beside the first (RFC 8305 5) */

/* A point in time that a call must not outlast. */
struct deadline {
    uint32_t start_ms, timeout_ms;
};

struct deadline wafer_sockets_deadline(uint32_t timeout_ms);

/* Milliseconds left, 0 when it has passed. */
uint32_t wafer_sockets_left(const struct deadline *deadline);

/* poll for at most limit_ms or WAFER_SOCKETS_IDLE_MS, whichever is shorter, then the idle hook.
 * Returns how many descriptors are ready, 0 for none yet, WAFER_E_NETWORK, or what the hook said. */
int wafer_sockets_poll(void *ctx, struct pollfd *fds, size_t n, uint32_t limit_ms);

/* Sends each small write at once: half the latency of a TLS handshake is Nagle's otherwise. */
void wafer_sockets_no_delay(int fd);

/* --- what the platform gives ------------------------------------------------------------------- */

/* Milliseconds, as wafer_port's monotonic_ms. */
uint32_t wafer_sockets_now(void);

/* Called where a call waits, with the port's ctx. Returns 0, or a negative error that ends the call. */
int wafer_sockets_idle(void *ctx);

/* Makes a new socket non-blocking. Returns fd, or -1 and fd is closed. */
int wafer_sockets_prepare(int fd);

/* Looks up host, which may be an address; sets the TCP port in each address. Returns 0, and the
 * caller gives *list back to wafer_sockets_forget, or WAFER_E_RESOLVE, _TIMEOUT, or what idle
 * returned. */
int wafer_sockets_resolve(void *ctx, const char *host, uint16_t tcp_port, const struct deadline *deadline,
                          struct addrinfo **list);
void wafer_sockets_forget(struct addrinfo *list);

#endif
