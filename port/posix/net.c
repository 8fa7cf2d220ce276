/* Reading, writing and waiting on sockets. */
#define _POSIX_C_SOURCE 200809L
#include "net.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include "wafer/config.h"

#define IDLE_MS   1000                           /* port.h: idle is called at least once a second */
#define WAIT_MAX  (WAFER_HTTP01_CONNECTIONS + 2) /* handles in one wait */
#define DRAIN_MAX 16                             /* portions of unread input that close discards */

struct deadline wafer_posix_deadline(uint32_t timeout_ms)
{
    struct deadline deadline = {wafer_posix_monotonic_ms(NULL), timeout_ms};

    return deadline;
}

uint32_t wafer_posix_left(const struct deadline *deadline)
{
    uint32_t passed = wafer_posix_monotonic_ms(NULL) - deadline->start_ms;

    return passed < deadline->timeout_ms ? deadline->timeout_ms - passed : 0;
}

static int idle(const struct wafer_posix *state)
{
    int result = state->port->idle ? state->port->idle(state->port->ctx) : 0;

    return result < 0 ? result : 0;
}

int wafer_posix_poll(const struct wafer_posix *state, struct pollfd *fds, size_t n, uint32_t limit_ms)
{
    int ready = poll(fds, (nfds_t)n, (int)(limit_ms < IDLE_MS ? limit_ms : IDLE_MS));

    if (ready > 0) {
        return ready;
    }
    if (ready < 0 && errno != EINTR && errno != EAGAIN) {
        return WAFER_E_NETWORK;
    }
    return idle(state);
}

int wafer_posix_prepare(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) {
        return fd;
    }
    close(fd);
    return -1;
}

int wafer_posix_socket(int family)
{
    int fd = socket(family, SOCK_STREAM, IPPROTO_TCP);

    return fd < 0 ? -1 : wafer_posix_prepare(fd);
}

void wafer_posix_no_delay(int fd)
{
    int on = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* only speed is lost without */
}

int wafer_posix_resolve(const char *host, uint16_t port, int flags, struct addrinfo **list)
{
    struct addrinfo hints, *at;

    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = IPPROTO_TCP;
    hints.ai_flags = flags;
    if (getaddrinfo(host, NULL, &hints, list) != 0) {
        return WAFER_E_RESOLVE;
    }
    for (at = *list; at != NULL; at = at->ai_next) {
        if (at->ai_family == AF_INET) {
            ((struct sockaddr_in *)(void *)at->ai_addr)->sin_port = htons(port);
        } else if (at->ai_family == AF_INET6) {
            ((struct sockaddr_in6 *)(void *)at->ai_addr)->sin6_port = htons(port);
        }
    }
    return 0;
}

/* What a failed send or recv means. AGAIN: nothing lost, poll and try again. */
static int stream_error(int error)
{
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) {
        return WAFER_E_AGAIN;
    }
    return error == ECONNRESET || error == EPIPE ? WAFER_E_CLOSED : WAFER_E_NETWORK;
}

/* After an AGAIN: waits for the events. Returns 0 to try again, WAFER_E_AGAIN, _TIMEOUT, ... */
static int await(const struct wafer_posix *state, int fd, short events, const struct deadline *deadline)
{
    struct pollfd pollfd = {fd, events, 0};

    while (deadline->timeout_ms > 0) {
        uint32_t left = wafer_posix_left(deadline);
        int ready = left > 0 ? wafer_posix_poll(state, &pollfd, 1, left) : WAFER_E_TIMEOUT;
        if (ready != 0) {
            return ready < 0 ? ready : 0;
        }
    }
    return WAFER_E_AGAIN;
}

int wafer_posix_read(void *ctx, int handle, uint8_t *data, size_t len, uint32_t timeout_ms)
{
    struct deadline deadline = wafer_posix_deadline(timeout_ms);

    for (;;) {
        ssize_t n = recv(handle, data, len < INT32_MAX ? len : INT32_MAX, 0);
        int result = n > 0 ? (int)n : n == 0 ? WAFER_E_CLOSED : stream_error(errno);
        if (result != WAFER_E_AGAIN) {
            return result;
        }
        result = await(ctx, handle, POLLIN, &deadline);
        if (result < 0) {
            return result;
        }
    }
}

int wafer_posix_write(void *ctx, int handle, const uint8_t *data, size_t len, uint32_t timeout_ms)
{
    struct deadline deadline = wafer_posix_deadline(timeout_ms);

    for (;;) {
        ssize_t n = send(handle, data, len < INT32_MAX ? len : INT32_MAX, MSG_NOSIGNAL);
        int result = n > 0 ? (int)n : stream_error(n == 0 ? EAGAIN : errno);
        if (result != WAFER_E_AGAIN) {
            return result;
        }
        result = await(ctx, handle, POLLOUT, &deadline);
        if (result < 0) {
            return result;
        }
    }
}

/* Whether a failed accept tells of the listener or the system; all else was wrong with the one
 * connection that waited (accept(2) on Linux passes on its pending errors). */
static bool is_lasting(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM || error == EBADF ||
           error == EINVAL || error == ENOTSOCK;
}

int wafer_posix_accept(void *ctx, int listener)
{
    int fd = accept(listener, NULL, NULL);

    (void)ctx;
    if (fd < 0) {
        return is_lasting(errno) ? WAFER_E_NETWORK : WAFER_E_AGAIN;
    }
    fd = wafer_posix_prepare(fd);
    if (fd < 0) {
        return WAFER_E_NETWORK;
    }
    wafer_posix_no_delay(fd);
    return fd;
}

/* Closing a socket with unread input resets the connection and may destroy the answer
 * before the peer has read it; so what has come is read first. */
void wafer_posix_close(void *ctx, int handle)
{
    uint8_t discard[512];
    int i;

    (void)ctx;
    if (shutdown(handle, SHUT_WR) == 0) {
        for (i = 0; i < DRAIN_MAX && recv(handle, discard, sizeof discard, 0) > 0; i++) {}
    }
    close(handle); /* not repeated on EINTR: the descriptor is gone on Linux (POSIX leaves it open) */
}

int wafer_posix_wait(void *ctx, const int *handles, size_t n, uint32_t timeout_ms)
{
    struct pollfd fds[WAIT_MAX];
    struct deadline deadline = wafer_posix_deadline(timeout_ms);
    size_t i;
    int ready;

    if (n > WAIT_MAX) {
        return WAFER_E_NETWORK;
    }
    for (i = 0; i < n; i++) {
        fds[i].fd = handles[i];
        fds[i].events = POLLIN;
    }
    do {
        ready = wafer_posix_poll(ctx, fds, n, wafer_posix_left(&deadline));
    } while (ready == 0 && wafer_posix_left(&deadline) > 0);
    return ready < 0 ? ready : 0;
}
