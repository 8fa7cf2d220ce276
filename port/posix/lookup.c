/* Looks names up in a child process: getaddrinfo waits for silent name servers for as long as
 * resolv.conf says, and no signal ends that; a child can be ended. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include "port_posix.h"
#include "sockets.h"
#include "system.h"

#define ADDRESSES       8   /* of one name; all fit into one write to a pipe, which is whole (PIPE_BUF) */
#define DESCRIPTORS_MAX 256 /* this process's own are below it: the lowest free one is taken each time */

/* The last answer. */
static struct addrinfo infos[ADDRESSES];
static struct sockaddr_storage addresses[ADDRESSES];

static socklen_t length_of(int family)
{
    if (family == AF_INET) {
        return sizeof(struct sockaddr_in);
    }
    return family == AF_INET6 ? sizeof(struct sockaddr_in6) : 0;
}

/* Fills addresses[]. Returns how many there are. */
static size_t gather(const struct addrinfo *list)
{
    size_t count = 0;

    for (; list != NULL && count < ADDRESSES; list = list->ai_next) {
        socklen_t len = length_of(list->ai_family);
        if (len > 0 && len == list->ai_addrlen) {
            memcpy(&addresses[count++], list->ai_addr, len);
        }
    }
    return count;
}

/* The child. It keeps no file open: a lock that its parent holds must end with that one. */
static void answer(int to, const char *host)
{
    struct addrinfo *list = NULL;
    int fd;

    for (fd = STDERR_FILENO + 1; fd < DESCRIPTORS_MAX; fd++) {
        if (fd != to) {
            (void)close(fd);
        }
    }
    memset(addresses, 0, sizeof addresses);
    int rc = wafer_posix_query(host, 0, &list);
    size_t count = rc == 0 ? gather(list) : 0;
    ssize_t n = write(to, addresses, count * sizeof addresses[0]);
    _exit(n > 0 ? 0 : 1);
}

/* Makes the list of what was read to addresses[]. */
static int chain(size_t octets, struct addrinfo **list)
{
    size_t i, count = octets / sizeof addresses[0];

    memset(infos, 0, sizeof infos);
    for (i = 0; i < count; i++) {
        infos[i].ai_flags = WAFER_LOOKUP_KEPT;
        infos[i].ai_family = addresses[i].ss_family;
        infos[i].ai_socktype = SOCK_STREAM;
        infos[i].ai_protocol = IPPROTO_TCP;
        infos[i].ai_addr = (struct sockaddr *)&addresses[i];
        infos[i].ai_addrlen = length_of(addresses[i].ss_family);
        infos[i].ai_next = i + 1 < count ? &infos[i + 1] : NULL;
    }
    *list = infos;
    return count > 0 ? 0 : WAFER_E_RESOLVE;
}

/* Returns the octets of the answer, which may be none, or an error. */
static int await_answer(struct wafer_posix *state, int from, const struct deadline *deadline)
{
    struct pollfd pollfd = {from, POLLIN, 0};
    uint32_t left = wafer_sockets_left(deadline);

    while (left > 0) {
        int rc = wafer_sockets_poll(state, &pollfd, 1, left);
        if (rc < 0) {
            return rc;
        }
        if (rc > 0) {
            ssize_t n = read(from, addresses, sizeof addresses);
            return n > 0 ? (int)n : 0;
        }
        left = wafer_sockets_left(deadline);
    }
    return 0;
}

static void end_child(pid_t child)
{
    pid_t ended;

    (void)kill(child, SIGKILL);
    do {
        ended = waitpid(child, NULL, 0);
    } while (ended < 0 && errno == EINTR);
}

/* Starts the child. Returns its number and sets *from, or -1. */
static pid_t start_child(const char *host, int *from)
{
    int ends[2];
    int rc = pipe(ends);

    if (rc < 0) {
        return -1;
    }
    pid_t child = fork();
    if (child == 0) {
        answer(ends[1], host);
    }
    (void)close(ends[1]);
    *from = ends[0];
    if (child < 0) {
        (void)close(ends[0]);
    }
    return child;
}

int wafer_posix_look_up_apart(struct wafer_posix *state, const char *host, uint32_t timeout_ms,
                              struct addrinfo **list)
{
    struct deadline deadline = wafer_sockets_deadline(timeout_ms);
    int from;
    int rc = wafer_posix_query(host, AI_NUMERICHOST, list); /* an address takes no time */

    if (rc == 0) {
        return 0;
    }
    pid_t child = start_child(host, &from);
    if (child < 0) { /* no room for another process or descriptor */
        return wafer_posix_query(host, 0, list);
    }
    rc = await_answer(state, from, &deadline);
    end_child(child);
    (void)close(from);
    return rc < 0 ? rc : chain((size_t)rc, list);
}
