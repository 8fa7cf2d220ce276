/* Loaded into the command (LD_PRELOAD): a small or old system.
 *   BARE_RANDOM=missing   the kernel has no getrandom
 *   BARE_RANDOM=N         its generator is seeded after N calls
 *   BARE_SEEDED=yes|no    what /dev/random says of that
 *   BARE_DEV=no           nothing is in /dev; BARE_DEV=FOLDER: what is in that folder
 *   BARE_FLOCK=N, BARE_RECORD_LOCK=N   flock, fcntl's locks: refused with errno N
 *   BARE_HASTE=N          the monotonic clock goes N times as fast */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static long number_of(const char *name)
{
    const char *value = getenv(name);
    return value == NULL ? 0 : atol(value);
}

static int is_seeded(void)
{
    static long calls;
    return calls++ >= number_of("BARE_RANDOM");
}

static int refuse(int error)
{
    errno = error;
    return -1;
}

ssize_t getrandom(void *data, size_t len, unsigned flags)
{
    ssize_t (*next)(void *, size_t, unsigned) = dlsym(RTLD_NEXT, "getrandom");
    const char *how = getenv("BARE_RANDOM");
    if (how != NULL && strcmp(how, "missing") == 0) {
        return refuse(ENOSYS);
    }
    if (is_seeded()) {
        return next(data, len, flags);
    }
    if ((flags & GRND_NONBLOCK) == 0) {
        abort(); /* would wait without end */
    }
    return refuse(EAGAIN);
}

static int open_as(const char *name, const char *path, int flags, unsigned mode)
{
    int (*next)(const char *, int, unsigned) = dlsym(RTLD_NEXT, name);
    const char *dev = getenv("BARE_DEV");
    char other[4096];
    if (dev == NULL || strncmp(path, "/dev/", 5) != 0) {
        return next(path, flags, mode);
    }
    if (strcmp(dev, "no") == 0) {
        return refuse(ENOENT);
    }
    snprintf(other, sizeof other, "%s/%s", dev, path + 5);
    return next(other, flags, mode);
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        va_list args; \
        va_start(args, flags); \
        unsigned mode = (flags & O_CREAT) != 0 ? va_arg(args, unsigned) : 0; \
        va_end(args); \
        return open_as(#name, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
OPEN(__open_2)
OPEN(__open64_2)

static int poll_as(struct pollfd *fds, nfds_t count, int timeout)
{
    int (*next)(struct pollfd *, nfds_t, int) = dlsym(RTLD_NEXT, "poll");
    const char *how = getenv("BARE_SEEDED");
    struct stat info;
    bool is_random =
        count == 1 && fstat(fds[0].fd, &info) == 0 && S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 8);
    return is_random && how != NULL ? strcmp(how, "yes") == 0 : next(fds, count, timeout);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    return poll_as(fds, count, timeout);
}

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size)
{
    (void)size;
    return poll_as(fds, count, timeout);
}

int flock(int fd, int operation)
{
    int (*next)(int, int) = dlsym(RTLD_NEXT, "flock");
    long error = number_of("BARE_FLOCK");
    return error != 0 ? refuse((int)error) : next(fd, operation);
}

static int control(const char *name, int fd, int command, void *argument)
{
    int (*next)(int, int, void *) = dlsym(RTLD_NEXT, name);
    long error = number_of("BARE_RECORD_LOCK");
    return error != 0 && command == F_SETLK ? refuse((int)error) : next(fd, command, argument);
}

#define CONTROL(name) \
    int name(int fd, int command, ...) \
    { \
        va_list args; \
        va_start(args, command); \
        void *argument = va_arg(args, void *); \
        va_end(args); \
        return control(#name, fd, command, argument); \
    }
CONTROL(fcntl)
CONTROL(fcntl64)

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int (*next)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int rc = next(clock, now);
    long haste = number_of("BARE_HASTE");
    if (rc == 0 && clock == CLOCK_MONOTONIC && haste > 0) {
        now->tv_sec *= haste;
    }
    return rc;
}
