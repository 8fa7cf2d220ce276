/* Connecting and listening: names, addresses, IPv4 and IPv6. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include "net.h"

#define ATTEMPTS   8   /* connects under way at the same time; the oldest makes room for more */
#define STAGGER_MS 250 /* before the next address is tried as well (RFC 8305 5) */
#define BACKLOG    16

/* Attempts to reach one host: its addresses race, each next one starting a little later or as
 * soon as an earlier one has failed, so that a silent address costs STAGGER_MS, not the deadline. */
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
    int fd = wafer_posix_socket(address->ai_family);

    race->next = address->ai_next;
    if (race->pending == ATTEMPTS) {
        close(race_remove(race, 0));
    }
    if (fd < 0) {
        return -1; /* this system may lack the family: the next address */
    }
    race->tried = true;
    wafer_posix_no_delay(fd);
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

static int race_run(struct race *race, const struct wafer_posix *state, const struct deadline *deadline)
{
    for (;;) {
        uint32_t left = wafer_posix_left(deadline);
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
        if (race->next != NULL && left > STAGGER_MS) {
            left = STAGGER_MS;
        }
        ready = wafer_posix_poll(state, race->fds, race->pending, left);
        if (ready < 0) {
            return ready;
        }
        fd = ready > 0 ? race_collect(race) : -1;
        if (fd >= 0) {
            return fd;
        }
    }
}

int wafer_posix_connect(void *ctx, const char *host, uint16_t port, uint32_t timeout_ms)
{
    struct deadline deadline = wafer_posix_deadline(timeout_ms);
    struct race race;
    struct addrinfo *list;
    int result;

    memset(&race, 0, sizeof race);
    result = wafer_posix_resolve(host, port, 0, &list);
    if (result < 0) {
        return result;
    }
    race.next = list;
    result = race_run(&race, ctx, &deadline);
    while (race.pending > 0) {
        close(race.fds[--race.pending].fd);
    }
    freeaddrinfo(list);
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
    int on = 1, off = 0, error;
    int fd = wafer_posix_socket(address->sa_family);

    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->sa_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (bind(fd, address, len) == 0 && listen(fd, BACKLOG) == 0) {
        return fd;
    }
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* [::] takes IPv4 too; a system without IPv6 has only 0.0.0.0. With the port taken or denied for
 * IPv6 there is no second try: listening on IPv4 alone would hide that. */
static int listen_everywhere(uint16_t port)
{
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    int fd;

    memset(&six, 0, sizeof six);
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    fd = listen_on((const struct sockaddr *)(const void *)&six, sizeof six);
    if (fd >= 0 || !is_missing(errno)) {
        return fd;
    }
    memset(&four, 0, sizeof four);
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    return listen_on((const struct sockaddr *)(const void *)&four, sizeof four);
}

static int listen_first(const struct addrinfo *list)
{
    int fd = -1;

    do {
        fd = listen_on(list->ai_addr, list->ai_addrlen);
        list = list->ai_next;
    } while (fd < 0 && list != NULL && is_missing(errno));
    return fd;
}

int wafer_posix_listen(void *ctx, const char *address, uint16_t port)
{
    struct addrinfo *list;
    int fd, error;

    (void)ctx;
    if (address == NULL) {
        fd = listen_everywhere(port);
        return fd >= 0 ? fd : listen_error(errno);
    }
    error = wafer_posix_resolve(address, port, AI_PASSIVE, &list);
    if (error < 0) {
        return error;
    }
    fd = listen_first(list);
    error = errno; /* freeaddrinfo may change it */
    freeaddrinfo(list);
    return fd >= 0 ? fd : listen_error(error);
}
