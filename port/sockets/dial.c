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

    return fd < 0 ? -1 : wafer_sockets_prepare(fd);
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
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0) {
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

/* Takes the attempts that have ended out of the race. Returns a connected descriptor, or -1. */
static int race_collect(struct race *race)
{
    size_t i = 0;

    while (i < race->pending) {
        int error = 0, fd;
        socklen_t len = sizeof error;
        if (race->fds[i].revents == 0) {
            i++;
            continue;
        }
        fd = race_remove(race, i);
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0) {
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
        int fd = -1, ready;

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
        ready = wafer_sockets_poll(ctx, race->fds, race->pending, left);
        if (ready < 0) {
            return ready;
        }
        fd = ready > 0 ? race_collect(race) : -1;
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
    int result;

    memset(&race, 0, sizeof race);
    result = wafer_sockets_resolve(ctx, host, tcp_port, &deadline, &list);
    if (result < 0) {
        return result;
    }
    race.next = list;
    result = race_run(&race, ctx, &deadline);
    while (race.pending > 0) {
        close(race.fds[--race.pending].fd);
    }
    wafer_sockets_forget(list);
    return result;
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
    return error == EACCES || error == EPERM || error == EADDRNOTAVAIL ? WAFER_E_ADDRESS_DENIED
                                                                       : WAFER_E_NETWORK;
}

/* Returns a descriptor, or -1 with errno. */
static int listen_on(const struct sockaddr *address, socklen_t len)
{
    int on = 1, error;
    int fd = new_socket(address->sa_family);

    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
#ifdef IPV6_V6ONLY
    if (address->sa_family == AF_INET6) {
        int off = 0;
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
#endif
    if (bind(fd, address, len) == 0 && listen(fd, BACKLOG) == 0) {
        return fd;
    }
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Listens on the first address of the name that the system has. Returns a handle, or an error;
 * *missing: another name may do. */
static int listen_name(void *ctx, const char *name, uint16_t tcp_port, bool *missing)
{
    struct deadline deadline = wafer_sockets_deadline(LISTEN_RESOLVE_MS);
    struct addrinfo *list, *at;
    int fd = -1, error = EADDRNOTAVAIL;
    int result = wafer_sockets_resolve(ctx, name, tcp_port, &deadline, &list);

    *missing = result == WAFER_E_RESOLVE;
    if (result < 0) {
        return result;
    }
    for (at = list; at != NULL && fd < 0 && is_missing(error); at = at->ai_next) {
        fd = listen_on(at->ai_addr, at->ai_addrlen);
        error = errno;
    }
    wafer_sockets_forget(list);
    *missing = is_missing(error);
    return fd >= 0 ? fd : listen_error(error);
}

/* With the port taken or denied for IPv6 there is no second try: listening on IPv4 alone would
 * hide that. */
int wafer_sockets_listen(void *ctx, const char *address, uint16_t tcp_port)
{
    static const char *const everywhere[] = {WAFER_SOCKETS_EVERYWHERE};
    bool missing = true;
    size_t i;
    int result = WAFER_E_NETWORK;

    if (address != NULL) {
        return listen_name(ctx, address, tcp_port, &missing);
    }
    for (i = 0; i < sizeof everywhere / sizeof everywhere[0] && result < 0 && missing; i++) {
        result = listen_name(ctx, everywhere[i], tcp_port, &missing);
    }
    return result;
}
