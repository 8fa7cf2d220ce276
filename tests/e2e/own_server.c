/* A product whose own web server owns port 80: gets a certificate through
 * wafer_http01_answer, with the server in a thread of its own or in the port's idle.
 *
 * usage: own_server thread|idle DIRECTORY_URL ROOT.pem HTTP_PORT NAME
 * Prints "issued NAME, N answers, M others" and exits with 0, or says what went wrong. */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "emu/flash.h"
#include "port_posix.h"
#include "root_file.h"
#include "wafer/wafer.h"

#define BLOCK  4096
#define BLOCKS 8

static struct wafer client;
static struct wafer_store store;
static struct wafer_http01_passive passive;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned answers, others;
static int listener;
static struct emu_flash flash;

static void lock(void *ctx)
{
    pthread_mutex_lock(ctx);
}

static void unlock(void *ctx)
{
    pthread_mutex_unlock(ctx);
}

/* The product's web server: one request, which has come. */
static void serve_one(void)
{
    char request[2048], body[WAFER_HTTP01_BODY_MAX], head[200];
    int peer = accept(listener, NULL, NULL);
    size_t len = 0;

    if (peer < 0) {
        return;
    }
    while (len + 1 < sizeof request && (len < 4 || memcmp(request + len - 4, "\r\n\r\n", 4) != 0)) {
        ssize_t n = read(peer, request + len, sizeof request - 1 - len);
        if (n <= 0) {
            break;
        }
        len += (size_t)n;
    }
    request[len] = 0;
    const char *path = strncmp(request, "GET ", 4) == 0 ? request + 4 : "";
    int rc = wafer_http01_answer(&passive, path, strcspn(path, " ?\r\n"), body, sizeof body);
    if (rc < 0) {
        others++;
        rc = 0;
        snprintf(head, sizeof head,
                 "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    } else {
        answers++;
        snprintf(head, sizeof head,
                 "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n"
                 "Connection: close\r\n\r\n",
                 rc);
    }
    if (write(peer, head, strlen(head)) < 0 || write(peer, body, (size_t)rc) < 0) {
        perror("write");
    }
    close(peer);
}

static void *server_thread(void *arg)
{
    for (;;) {
        serve_one();
    }
    return arg;
}

static int server_in_idle(void *ctx)
{
    struct pollfd ready = {listener, POLLIN, 0};

    (void)ctx;
    while (poll(&ready, 1, 0) > 0) {
        serve_one();
    }
    return 0;
}

static void listen_on(const char *tcp_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(tcp_port))};
    int on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0) {
        perror(tcp_port);
        exit(1);
    }
}

static int must(const char *what, int rc)
{
    if (rc < 0) {
        fprintf(stderr, "%s: %s\n", what, wafer_error_text(rc));
        exit(1);
    }
    return rc;
}

int main(int argc, char **argv)
{
    struct wafer_posix posix;
    struct wafer_port port;
    pthread_t thread;

    if (argc != 6) {
        fprintf(stderr, "usage: own_server thread|idle DIRECTORY_URL ROOT.pem HTTP_PORT NAME\n");
        return 2;
    }
    const char *const names[] = {argv[5]};
    emu_flash_init(&flash, BLOCK, BLOCKS, 1, 0xff);
    must("the port", wafer_posix_port(&posix, &port));
    must("the store", wafer_store_format(&store, &flash.flash));
    listen_on(argv[4]);
    wafer_http01_passive_init(&passive, &port);
    if (strcmp(argv[1], "thread") == 0) {
        passive.lock_ctx = &mutex;
        passive.lock = lock;
        passive.unlock = unlock;
        if (pthread_create(&thread, NULL, server_thread, NULL) != 0) {
            perror("thread");
            return 1;
        }
    } else {
        port.idle = server_in_idle;
    }
    struct wafer_solver solver = wafer_http01_passive_solver(&passive);
    struct wafer_config config = {.port = &port,
                                  .store = &store,
                                  .anchors = emu_root_file(argv[3]),
                                  .solver = &solver,
                                  .directory = argv[2],
                                  .ip = wafer_ip_parse,
                                  .agree_tos = true};
    struct wafer_request request = {.names = names, .name_count = 1};
    must("wafer_init", wafer_init(&client, &config));
    int rc = wafer_issue(&client, &request);
    if (rc < 0) {
        fprintf(stderr, "%s\n", wafer_last_string(wafer_last(&client), WAFER_LAST_DETAIL));
    }
    must("wafer_issue", rc);
    must("wafer_certificate_find", wafer_certificate_find(&store, names[0]));
    char body[WAFER_HTTP01_BODY_MAX], path[] = "/.well-known/acme-challenge/x";
    if (wafer_http01_answer(&passive, path, strlen(path), body, sizeof body) != WAFER_E_NOT_FOUND) {
        fprintf(stderr, "answers after the end\n");
        return 1;
    }
    wafer_close(&client);
    printf("issued %s, %u answers, %u others\n", names[0], answers, others);
    return 0;
}
