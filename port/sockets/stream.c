/* Reading, writing and waiting on sockets. */
#include "sockets.h"
#include <stdbool.h>
#include "system.h"
#include "wafer/config.h"

#define WAIT_MAX  (WAFER_HTTP01_CONNECTIONS + 2) /* handles in one wait */
#define DRAIN_MAX 16                             /* portions of unread input that close discards */

struct deadline wafer_sockets_deadline(uint32_t timeout_ms)
{
    struct deadline deadline = {wafer_sockets_now(), timeout_ms};

    return deadline;
}

uint32_t wafer_sockets_left(const struct deadline *deadline)
{
    uint32_t passed = wafer_sockets_now() - deadline->start_ms;

    return passed < deadline->timeout_ms ? deadline->timeout_ms - passed : 0;
}

int wafer_sockets_poll(void *ctx, struct pollfd *fds, size_t n, uint32_t limit_ms)
{
    int limit = (int)(limit_ms < WAFER_SOCKETS_IDLE_MS ? limit_ms : WAFER_SOCKETS_IDLE_MS);
    int ready = poll(n > 0 ? fds : NULL, (nfds_t)n, limit); /* lwIP wants NULL for none */

    if (ready > 0) {
        return ready;
    }
    if (ready < 0 && errno != EINTR && errno != EAGAIN) {
        return WAFER_E_NETWORK;
    }
    return wafer_sockets_idle(ctx);
}

void wafer_sockets_no_delay(int fd)
{
    int on = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* only speed is lost without */
}

/* What a failed send or recv means. AGAIN: nothing lost, poll and try again. A connection that
 * was reset says so once; lwIP says ENOTCONN from then on. */
static int stream_error(int error)
{
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) {
        return WAFER_E_AGAIN;
    }
    if (error == ECONNRESET || error == EPIPE || error == ENOTCONN) {
        return WAFER_E_CLOSED;
    }
    return WAFER_E_NETWORK;
}

/* After an AGAIN: waits for the events. Returns 0 to try again, WAFER_E_AGAIN, _TIMEOUT, ... */
static int await(void *ctx, int fd, short events, const struct deadline *deadline)
{
    struct pollfd pollfd = {fd, events, 0};

    while (deadline->timeout_ms > 0) {
        uint32_t left = wafer_sockets_left(deadline);
        if (left == 0) {
            return WAFER_E_TIMEOUT;
        }
        int rc = wafer_sockets_poll(ctx, &pollfd, 1, left);
        if (rc < 0) {
            return rc;
        }
        if (rc > 0) {
            return 0;
        }
    }
    return WAFER_E_AGAIN;
}

/* Takes what has come, without waiting. */
static int receive_some(int fd, uint8_t *data, size_t len)
{
    ssize_t n = recv(fd, data, len < INT32_MAX ? len : INT32_MAX, 0);

    if (n < 0) {
        return stream_error(errno);
    }
    if (n == 0) {
        return WAFER_E_CLOSED;
    }
    return (int)n;
}

/* Hands over what there is room for, without waiting. */
static int send_some(int fd, const uint8_t *data, size_t len)
{
    ssize_t n = send(fd, data, len < INT32_MAX ? len : INT32_MAX, MSG_NOSIGNAL);

    if (n < 0) {
        return stream_error(errno);
    }
    if (n == 0) {
        return WAFER_E_AGAIN;
    }
    return (int)n;
}

int wafer_sockets_read(void *ctx, int handle, uint8_t *data, size_t len, uint32_t timeout_ms)
{
    struct deadline deadline = wafer_sockets_deadline(timeout_ms);

    for (;;) {
        int rc = receive_some(handle, data, len);
        if (rc != WAFER_E_AGAIN) {
            return rc;
        }
        rc = await(ctx, handle, POLLIN, &deadline);
        if (rc < 0) {
            return rc;
        }
    }
}

int wafer_sockets_write(void *ctx, int handle, const uint8_t *data, size_t len, uint32_t timeout_ms)
{
    struct deadline deadline = wafer_sockets_deadline(timeout_ms);

    for (;;) {
        int rc = send_some(handle, data, len);
        if (rc != WAFER_E_AGAIN) {
            return rc;
        }
        rc = await(ctx, handle, POLLOUT, &deadline);
        if (rc < 0) {
            return rc;
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

int wafer_sockets_accept(void *ctx, int listener)
{
    int fd = accept(listener, NULL, NULL);

    (void)ctx;
    if (fd < 0) {
        return is_lasting(errno) ? WAFER_E_NETWORK : WAFER_E_AGAIN;
    }
    fd = wafer_sockets_prepare(fd);
    if (fd < 0) {
        return WAFER_E_NETWORK;
    }
    wafer_sockets_no_delay(fd);
    return fd;
}

/* Closing a socket with unread input resets the connection and may destroy the answer
 * before the peer has read it; so what has come is read first. */
void wafer_sockets_close(void *ctx, int handle)
{
    uint8_t discard[512];
    int i;
    int rc = shutdown(handle, SHUT_WR);

    (void)ctx;
    for (i = 0; i < DRAIN_MAX && rc == 0; i++) {
        ssize_t n = recv(handle, discard, sizeof discard, 0);
        if (n <= 0) {
            break;
        }
    }
    close(handle); /* not repeated on EINTR: the descriptor is gone on Linux (POSIX leaves it open) */
}

int wafer_sockets_wait(void *ctx, const int *handles, size_t n, uint32_t timeout_ms)
{
    struct pollfd fds[WAIT_MAX];
    struct deadline deadline = wafer_sockets_deadline(timeout_ms);
    size_t i;
    int rc;

    if (n > WAIT_MAX) {
        return WAFER_E_NETWORK;
    }
    for (i = 0; i < n; i++) {
        fds[i].fd = handles[i];
        fds[i].events = POLLIN;
    }
    do {
        rc = wafer_sockets_poll(ctx, fds, n, wafer_sockets_left(&deadline));
        if (rc < 0) {
            return rc;
        }
    } while (rc == 0 && wafer_sockets_left(&deadline) > 0);
    return 0;
}
