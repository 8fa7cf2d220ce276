/* Connecting and listening: names, addresses, IPv4 and IPv6. */
#include <stdbool.h>
#include <string.h>
#include "sockets.h"
#include "system.h"

#define ATTEMPTS          8 /* connects under way at the same time; the oldest makes room for more */
#define BACKLOG           16
#define LISTEN_RESOLVE_MS 5000 /* for the address to listen at, where it is a name */

/* A non-blocking TCP socket, or -1 with errno. */
static int new_socket(int family)
{
    int fd = socket(family, SOCK_STREAM, IPPROTO_TCP);

    if (fd < 0) {
        return -1;
    }
    return wafer_sockets_prepare(fd);
}

/* Attempts to reach one host: its addresses race, each next one starting a little later or as
 * soon as an earlier one has failed, so that a silent address costs WAFER_SOCKETS_STAGGER_MS, not the deadline. */
struct race {
    struct pollfd fds[ATTEMPTS];
    size_t pending;              /* the oldest first */
    const struct addrinfo *next; /* address not tried yet */
    bool tried;                  /* there was a socket for at least one address */
};

/* Takes one attempt out of the race. Returns its descriptor. */
static int race_remove(struct race *race, size_t i)
{
    int fd = race->fds[i].fd;

    race->pending--;
    memmove(&race->fds[i], &race->fds[i + 1], (race->pending - i) * sizeof race->fds[0]);
    return fd;
}

/* Starts with the next address. Returns a connected descriptor, or -1. */
static int race_start(struct race *race)
{
    const struct addrinfo *address = race->next;
    int fd = new_socket(address->ai_family);

    race->next = address->ai_next;
    if (race->pending == ATTEMPTS) {
        close(race_remove(race, 0));
    }
    if (fd < 0) {
        return -1; /* this system may lack the family: the next address */
    }
    race->tried = true;
    wafer_sockets_no_delay(fd);
    int rc = connect(fd, address->ai_addr, address->ai_addrlen);
    if (rc == 0) {
        return fd;
    }
    if (errno == EINPROGRESS || errno == EINTR) {
        race->fds[race->pending].fd = fd;
        race->fds[race->pending++].events = POLLOUT;
    } else {
        close(fd);
    }
    return -1;
}

/* Whether an attempt that has ended has a connection. */
static bool is_connected(int fd)
{
    int error = 0;
    socklen_t len = sizeof error;
    int rc = getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);

    return rc == 0 && error == 0;
}

/* Takes the attempts that have ended out of the race. Returns a connected descriptor, or -1. */
static int race_collect(struct race *race)
{
    size_t i = 0;

    while (i < race->pending) {
        if (race->fds[i].revents == 0) {
            i++;
            continue;
        }
        int fd = race_remove(race, i);
        if (is_connected(fd)) {
            return fd;
        }
        close(fd);
    }
    return -1;
}

static int race_run(struct race *race, void *ctx, const struct deadline *deadline)
{
    for (;;) {
        uint32_t left = wafer_sockets_left(deadline);
        int fd = -1;

        if (left == 0) {
            return WAFER_E_TIMEOUT;
        }
        if (race->next != NULL) {
            fd = race_start(race);
        }
        if (fd >= 0) {
            return fd;
        }
        if (race->pending == 0) {
            if (race->next != NULL) {
                continue;
            }
            return race->tried ? WAFER_E_CONNECT : WAFER_E_NETWORK;
        }
        if (race->next != NULL && left > WAFER_SOCKETS_STAGGER_MS) {
            left = WAFER_SOCKETS_STAGGER_MS;
        }
        int rc = wafer_sockets_poll(ctx, race->fds, race->pending, left);
        if (rc < 0) {
            return rc;
        }
        if (rc > 0) {
            fd = race_collect(race);
        }
        if (fd >= 0) {
            return fd;
        }
    }
}

int wafer_sockets_connect(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms)
{
    struct deadline deadline = wafer_sockets_deadline(timeout_ms);
    struct race race;
    struct addrinfo *list;

    memset(&race, 0, sizeof race);
    int rc = wafer_sockets_resolve(ctx, host, tcp_port, &deadline, &list);
    if (rc < 0) {
        return rc;
    }
    race.next = list;
    rc = race_run(&race, ctx, &deadline);
    while (race.pending > 0) {
        close(race.fds[--race.pending].fd);
    }
    wafer_sockets_forget(list);
    return rc;
}

/* This system has no such family or address, which another one in the list may have. */
static bool is_missing(int error)
{
    return error == EAFNOSUPPORT || error == EPROTONOSUPPORT || error == EADDRNOTAVAIL;
}

static int listen_error(int error)
{
    if (error == EADDRINUSE) {
        return WAFER_E_ADDRESS_IN_USE;
    }
    if (error == EACCES || error == EPERM || error == EADDRNOTAVAIL) {
        return WAFER_E_ADDRESS_DENIED;
    }
    return WAFER_E_NETWORK;
}

/* Returns 0, or -1 with errno. */
static int bind_and_listen(int fd, const struct sockaddr *address, socklen_t len)
{
    int on = 1;

    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
#ifdef IPV6_V6ONLY
    if (address->sa_family == AF_INET6) {
        int off = 0;
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
#endif
    int rc = bind(fd, address, len);
    if (rc < 0) {
        return rc;
    }
    return listen(fd, BACKLOG);
}

/* Returns a descriptor, or -1 with errno. */
static int listen_on(const struct sockaddr *address, socklen_t len)
{
    int fd = new_socket(address->sa_family);

    if (fd < 0) {
        return -1;
    }
    int rc = bind_and_listen(fd, address, len);
    if (rc < 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* Listens on the first address of the name that the system has. Returns a handle, or an error;
 * *missing: another name may do. */
static int listen_name(void *ctx, const char *name, uint16_t tcp_port, bool *missing)
{
    struct deadline deadline = wafer_sockets_deadline(LISTEN_RESOLVE_MS);
    struct addrinfo *list, *at;
    int fd = -1, error = EADDRNOTAVAIL;
    int rc = wafer_sockets_resolve(ctx, name, tcp_port, &deadline, &list);

    *missing = rc == WAFER_E_RESOLVE;
    if (rc < 0) {
        return rc;
    }
    for (at = list; at != NULL && fd < 0 && is_missing(error); at = at->ai_next) {
        fd = listen_on(at->ai_addr, at->ai_addrlen);
        error = errno;
    }
    wafer_sockets_forget(list);
    *missing = is_missing(error);
    if (fd < 0) {
        return listen_error(error);
    }
    return fd;
}

/* With the port taken or denied for IPv6 there is no second try: listening on IPv4 alone would
 * hide that. */
int wafer_sockets_listen(void *ctx, const char *address, uint16_t tcp_port)
{
    static const char *const everywhere[] = {WAFER_SOCKETS_EVERYWHERE};
    bool missing = true;
    size_t i;
    int rc = WAFER_E_NETWORK;

    if (address != NULL) {
        return listen_name(ctx, address, tcp_port, &missing);
    }
    for (i = 0; i < sizeof everywhere / sizeof everywhere[0] && rc < 0 && missing; i++) {
        rc = listen_name(ctx, everywhere[i], tcp_port, &missing);
    }
    return rc;
}
