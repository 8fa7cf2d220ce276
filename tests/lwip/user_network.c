/* A network for lwIP that needs no root: libslirp; see user_network.h. */
#define _DEFAULT_SOURCE
#include "user_network.h"
#include <arpa/inet.h>
#include <slirp/libslirp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FDS_MAX 256

static Slirp *slirp;
static int guest[2]; /* frames of the guest: written to the first, read from the second */
static void (*deliver)(const void *frame, size_t len);

/* What the thread waits for; the guest's frames are the first. */
static struct pollfd fds[FDS_MAX];
static nfds_t fd_count;

/* libslirp has one timer, for router advertisements. */
static struct {
    SlirpTimerCb function;
    void *arg;
    int64_t at_ms; /* 0: not set */
} timer;

static int64_t clock_ns(void *opaque)
{
    struct timespec now;

    (void)opaque;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t now_ms(void)
{
    return clock_ns(NULL) / 1000000;
}

static ssize_t send_packet(const void *frame, size_t len, void *opaque)
{
    (void)opaque;
    deliver(frame, len);
    return (ssize_t)len;
}

static void guest_error(const char *message, void *opaque)
{
    (void)opaque;
    fprintf(stderr, "user network: %s\n", message);
}

static void *timer_new(SlirpTimerCb function, void *arg, void *opaque)
{
    (void)opaque;
    timer.function = function;
    timer.arg = arg;
    return &timer;
}

static void timer_free(void *it, void *opaque)
{
    (void)it, (void)opaque;
    timer.at_ms = 0;
}

static void timer_mod(void *it, int64_t at_ms, void *opaque)
{
    (void)it, (void)opaque;
    timer.at_ms = at_ms;
}

static void ignore_fd(int fd, void *opaque)
{
    (void)fd, (void)opaque;
}

static void notify(void *opaque)
{
    (void)opaque; /* all of libslirp runs in its thread */
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = clock_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = ignore_fd,
    .unregister_poll_fd = ignore_fd,
    .notify = notify,
};

/* libslirp's names of events, and poll's. */
static const struct {
    int theirs;
    short ours;
} events[] = {
    {SLIRP_POLL_IN, POLLIN},   {SLIRP_POLL_OUT, POLLOUT}, {SLIRP_POLL_PRI, POLLPRI},
    {SLIRP_POLL_ERR, POLLERR}, {SLIRP_POLL_HUP, POLLHUP},
};

static int add_poll(int fd, int wanted, void *opaque)
{
    size_t i;

    (void)opaque;
    if (fd_count == FDS_MAX) {
        return -1;
    }
    fds[fd_count].fd = fd;
    fds[fd_count].events = fds[fd_count].revents = 0;
    for (i = 0; i < sizeof events / sizeof events[0]; i++) {
        fds[fd_count].events |= wanted & events[i].theirs ? events[i].ours : 0;
    }
    return (int)fd_count++;
}

static int get_revents(int index, void *opaque)
{
    int got = 0;
    size_t i;

    (void)opaque;
    for (i = 0; index >= 0 && i < sizeof events / sizeof events[0]; i++) {
        got |= fds[index].revents & events[i].ours ? events[i].theirs : 0;
    }
    return got;
}

static void run_timer(void)
{
    if (timer.at_ms != 0 && timer.at_ms <= now_ms()) {
        timer.at_ms = 0;
        timer.function(timer.arg);
    }
}

static void *run(void *arg)
{
    uint8_t frame[USER_NETWORK_FRAME];

    (void)arg;
    for (;;) {
        uint32_t timeout = 100; /* also what the timer may be late */
        ssize_t len;
        fd_count = 0;
        (void)add_poll(guest[1], SLIRP_POLL_IN, NULL);
        slirp_pollfds_fill(slirp, &timeout, add_poll, NULL);
        slirp_pollfds_poll(slirp, poll(fds, fd_count, (int)timeout) < 0, get_revents, NULL);
        while ((len = recv(guest[1], frame, sizeof frame, MSG_DONTWAIT)) > 0) {
            slirp_input(slirp, frame, (int)len);
        }
        run_timer();
    }
    return NULL;
}

static int forward(uint16_t host_port, uint16_t guest_port)
{
    struct sockaddr_in host = {.sin_family = AF_INET, .sin_port = htons(host_port)}, to = host;
    struct sockaddr_in6 host6 = {.sin6_family = AF_INET6, .sin6_port = htons(host_port)}, to6 = host6;

    to.sin_port = to6.sin6_port = htons(guest_port);
    host.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    host6.sin6_addr = in6addr_loopback;
    inet_pton(AF_INET, "10.0.2.15", &to.sin_addr);
    inet_pton(AF_INET6, "fec0::5054:ff:fe12:3456", &to6.sin6_addr);
    if (slirp_add_hostxfwd(slirp, (struct sockaddr *)&host, sizeof host, (struct sockaddr *)&to, sizeof to,
                           0) != 0) {
        return -1;
    }
    /* A machine may be without IPv6. */
    (void)slirp_add_hostxfwd(slirp, (struct sockaddr *)&host6, sizeof host6, (struct sockaddr *)&to6,
                             sizeof to6, SLIRP_HOSTFWD_V6ONLY);
    return 0;
}

int user_network_start(uint16_t host_port, uint16_t guest_port,
                       void (*receive)(const void *frame, size_t len))
{
    SlirpConfig config = {.version = 1, .in_enabled = true, .in6_enabled = true, .vprefix_len = 64};
    pthread_t thread;

    inet_pton(AF_INET, "10.0.2.0", &config.vnetwork);
    inet_pton(AF_INET, "255.255.255.0", &config.vnetmask);
    inet_pton(AF_INET, "10.0.2.2", &config.vhost);
    inet_pton(AF_INET, "10.0.2.15", &config.vdhcp_start);
    inet_pton(AF_INET, "10.0.2.3", &config.vnameserver);
    inet_pton(AF_INET6, "fec0::", &config.vprefix_addr6);
    inet_pton(AF_INET6, "fec0::2", &config.vhost6);
    inet_pton(AF_INET6, "fec0::3", &config.vnameserver6);
    deliver = receive;
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, guest) != 0) {
        return -1;
    }
    slirp = slirp_new(&config, &callbacks, NULL);
    if (slirp == NULL || (host_port != 0 && forward(host_port, guest_port) != 0)) {
        return -1;
    }
    return pthread_create(&thread, NULL, run, NULL) == 0 && pthread_detach(thread) == 0 ? 0 : -1;
}

void user_network_send(const void *frame, size_t len)
{
    (void)send(guest[0], frame, len, MSG_DONTWAIT); /* lost when the queue is full, as on a wire */
}
