/* The sockets API of a POSIX system, for port/sockets. */
#ifndef WAFER_SYSTEM_H
#define WAFER_SYSTEM_H

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Where to listen for connections to every address; the first that the system has is taken.
 * [::] takes IPv4 too; a system without IPv6 has only 0.0.0.0. */
#define WAFER_SOCKETS_EVERYWHERE "::", "0.0.0.0"

/* In ai_flags of a list that freeaddrinfo must not get. */
#define WAFER_LOOKUP_KEPT (-1)

/* getaddrinfo for TCP, with these ai_flags, for as long as it takes. Returns 0 or WAFER_E_RESOLVE. */
int wafer_posix_query(const char *host, int flags, struct addrinfo **list);

#endif
