/* A process is what it was started as: by cron, by a hook, by hand. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include "output.h"

static const int end_signals[] = {SIGINT, SIGTERM, SIGHUP};
static sigset_t end_set; /* the same */
static volatile sig_atomic_t ending;

/* Opens what can neither be read nor written as the descriptor is meant to: that it was closed is told where it matters.
 * Without /dev any directory does. */
static bool secure(int descriptor)
{
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) {
        return true;
    }
    int fd = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
    if (fd < 0) {
        fd = open("/", O_RDONLY);
    }
    return fd == descriptor; /* the lowest free one: those below it are open */
}

/* Waits for a reader, unless this process was asked to end: then what finds no room at once is not written, be it the
 * error of that. No signal comes in unseen between the look at `ending` and the wait. */
static bool await_room(int descriptor)
{
    static const struct timespec at_once = {0, 0};
    sigset_t before;
    fd_set set;
    int ready;
    (void)sigprocmask(SIG_BLOCK, &end_set, &before);
    do {
        FD_ZERO(&set);
        FD_SET(descriptor, &set);
        ready = pselect(descriptor + 1, NULL, &set, NULL, ending ? &at_once : NULL, &before);
    } while (ready < 0 && errno == EINTR);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return ready != 0; /* of what can't be waited for, the write tells */
}

bool process_begin(void)
{
    sigset_t none;
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (!secure(descriptor)) {
            return false;
        }
    }
    (void)umask(077);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)sigemptyset(&end_set);
    for (size_t i = 0; i < sizeof end_signals / sizeof *end_signals; i++) {
        (void)sigaddset(&end_set, end_signals[i]);
    }
    (void)signal(SIGCHLD, SIG_DFL); /* a child is waited for by its number */
    (void)signal(SIGPIPE, SIG_IGN); /* EPIPE tells it */
    (void)signal(SIGXFSZ, SIG_IGN); /* EFBIG does */
    output_await = await_room;
    return true;
}

static void end(int number)
{
    int saved = errno;
    if (ending) {
        (void)signal(number, SIG_DFL);
        (void)raise(number); /* arrives when this has returned */
    }
    ending = 1;
    errno = saved;
}

bool process_ends(void)
{
    return ending != 0;
}

void process_take_end_signals(void)
{
    for (size_t i = 0; i < sizeof end_signals / sizeof *end_signals; i++) {
        struct sigaction action;
        int rc = sigaction(end_signals[i], NULL, &action);
        if (rc == 0 && action.sa_handler == SIG_IGN) {
            continue;
        }
        memset(&action, 0, sizeof action);
        action.sa_handler = end; /* no SA_RESTART: a write that waits ends */
        (void)sigaction(end_signals[i], &action, NULL);
    }
}
