/* Inside the POSIX port: the socket functions of struct wafer_port, and what they share. */
#ifndef WAFER_POSIX_NET_H
#define WAFER_POSIX_NET_H

#include <poll.h>
#include <sys/socket.h>
#include "port_posix.h"

int wafer_posix_connect(void *ctx, const char *host, uint16_t port, uint32_t timeout_ms);
int wafer_posix_listen(void *ctx, const char *address, uint16_t port);
int wafer_posix_accept(void *ctx, int listener);
int wafer_posix_read(void *ctx, int handle, uint8_t *data, size_t len, uint32_t timeout_ms);
int wafer_posix_write(void *ctx, int handle, const uint8_t *data, size_t len, uint32_t timeout_ms);
void wafer_posix_close(void *ctx, int handle);
int wafer_posix_wait(void *ctx, const int *handles, size_t n, uint32_t timeout_ms);
uint32_t wafer_posix_monotonic_ms(void *ctx);

/* A point in time that a call must not outlast. */
struct deadline {
    uint32_t start_ms, timeout_ms;
};

struct deadline wafer_posix_deadline(uint32_t timeout_ms);

/* Milliseconds left, 0 when it has passed. */
uint32_t wafer_posix_left(const struct deadline *deadline);

/* poll for at most limit_ms or a second, whichever is shorter, then the idle hook. Returns how
 * many descriptors are ready, 0 for none yet, WAFER_E_NETWORK, or what the hook said. */
int wafer_posix_poll(const struct wafer_posix *state, struct pollfd *fds, size_t n, uint32_t limit_ms);

/* Makes a socket non-blocking and closed on exec. Returns fd, or -1 and fd is closed. */
int wafer_posix_prepare(int fd);

/* A prepared TCP socket, or -1 with errno. */
int wafer_posix_socket(int family);

/* Sends each small write at once: half the latency of a TLS handshake is Nagle's otherwise. */
void wafer_posix_no_delay(int fd);

struct addrinfo;

/* Looks up host; sets the TCP port in each address. Returns 0, and the caller frees *list with
 * freeaddrinfo, or WAFER_E_RESOLVE. */
int wafer_posix_resolve(const char *host, uint16_t port, int flags, struct addrinfo **list);

#endif
