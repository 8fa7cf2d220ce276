/* Loaded into QEMU (LD_PRELOAD): its user network finds one name server, 127.0.0.1, and reaches it at port NAME_SERVER_PORT
 * in place of 53. So a test needs neither root nor the machine's own name server. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static in_port_t port(void)
{
    const char *text = getenv("NAME_SERVER_PORT");
    return htons((uint16_t)(text != NULL ? atoi(text) : 53));
}

/* Replaces a port of 127.0.0.1. */
static void translate(struct sockaddr_in *address, in_port_t from, in_port_t to)
{
    if (address->sin_family == AF_INET && address->sin_addr.s_addr == htonl(INADDR_LOOPBACK) && address->sin_port == from)
        address->sin_port = to;
}

FILE *fopen64(const char *path, const char *mode)
{
    static char only[] = "nameserver 127.0.0.1\n";
    FILE *(*real)(const char *, const char *) = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen64");
    return strcmp(path, "/etc/resolv.conf") == 0 ? fmemopen(only, sizeof only - 1, "r") : real(path, mode);
}

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to, socklen_t size)
{
    ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
        (ssize_t(*)(int, const void *, size_t, int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "sendto");
    struct sockaddr_in other;
    if (to == NULL || size != sizeof other)
        return real(fd, data, len, flags, to, size);
    memcpy(&other, to, sizeof other);
    translate(&other, htons(53), port());
    return real(fd, data, len, flags, (struct sockaddr *)&other, size);
}

ssize_t recvfrom(int fd, void *data, size_t len, int flags, struct sockaddr *from, socklen_t *size)
{
    ssize_t (*real)(int, void *, size_t, int, struct sockaddr *, socklen_t *) =
        (ssize_t(*)(int, void *, size_t, int, struct sockaddr *, socklen_t *))dlsym(RTLD_NEXT, "recvfrom");
    ssize_t got = real(fd, data, len, flags, from, size);
    if (got >= 0 && from != NULL && *size == sizeof(struct sockaddr_in))
        translate((struct sockaddr_in *)from, port(), htons(53));
    return got;
}
