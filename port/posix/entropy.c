/* Random octets from the kernel: by getrandom, or from the devices of a kernel that is older (Linux before 3.17). */
#include "entropy.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "wafer/config.h"

#define SLICE_MS 100 /* between two looks */

static bool is_missing(void)
{
    uint8_t probe;
    ssize_t n = getrandom(&probe, 0, GRND_NONBLOCK);

    return n < 0 && errno == ENOSYS;
}

/* Opens a device of the kernel's: a file that somebody has put there is none. */
static int open_device(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        return fd;
    }
    int rc = fstat(fd, &info);
    if (rc < 0 || !S_ISCHR(info.st_mode)) {
        close(fd);
        return -1;
    }
    return fd;
}

int wafer_posix_entropy_find(void)
{
    if (!is_missing()) {
        return 0;
    }
    int fd = open_device("/dev/urandom");
    if (fd < 0) {
        return WAFER_E_ENTROPY;
    }
    close(fd);
    return 0;
}

/* A source: getrandom, or /dev/urandom once /dev/random has said that the generator is seeded. */
struct source {
    int random, urandom; /* -1: getrandom */
    bool is_seeded;
};

/* As read: -1 with EAGAIN while the generator is not seeded. */
static ssize_t take(struct source *source, void *data, size_t len)
{
    struct pollfd ready = {.fd = source->random, .events = POLLIN};

    if (source->random < 0) {
        return getrandom(data, len, GRND_NONBLOCK);
    }
    source->is_seeded = source->is_seeded || poll(&ready, 1, 0) == 1;
    if (!source->is_seeded) {
        errno = EAGAIN;
        return -1;
    }
    return read(source->urandom, data, len);
}

/* Lets time pass. Returns 0, WAFER_E_ENTROPY when there was enough of it, or what idle returned. */
static int wait_for_seed(const struct wafer_port *port, uint32_t begin)
{
    const struct timespec slice = {.tv_nsec = SLICE_MS * 1000000L};
    int rc = port->idle == NULL ? 0 : port->idle(port->ctx);

    if (rc < 0) {
        return rc;
    }
    if (port->monotonic_ms(port->ctx) - begin >= WAFER_IO_TIMEOUT_MS) {
        return WAFER_E_ENTROPY;
    }
    (void)nanosleep(&slice, NULL);
    return 0;
}

static int fill(struct source *source, const struct wafer_port *port, uint8_t *at, size_t len)
{
    uint32_t begin = port->monotonic_ms(port->ctx);

    while (len > 0) {
        ssize_t n = take(source, at, len);
        if (n > 0) {
            at += n;
            len -= (size_t)n;
            continue;
        }
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            return WAFER_E_ENTROPY;
        }
        int rc = wait_for_seed(port, begin);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

int wafer_posix_entropy(const struct wafer_port *port, void *data, size_t len)
{
    struct source source = {.random = -1, .urandom = -1};

    if (!is_missing()) {
        return fill(&source, port, data, len);
    }
    source.random = open_device("/dev/random");
    source.urandom = open_device("/dev/urandom");
    int rc = WAFER_E_ENTROPY;
    if (source.random >= 0 && source.urandom >= 0) {
        rc = fill(&source, port, data, len);
    }
    if (source.random >= 0) {
        close(source.random);
    }
    if (source.urandom >= 0) {
        close(source.urandom);
    }
    return rc;
}
