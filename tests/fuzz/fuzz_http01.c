/* Any octets as requests to the http-01 responder, over several connections at once: it answers
 * a token only to exactly its path, and nothing but its two answers. The first octets choose how
 * the requests come; 0xff begins the next connection. */
#include <stdlib.h>
#include <string.h>
#include "net.h"
#include "wafer/solver.h"

#define REQUEST_A "GET /.well-known/acme-challenge/to_ken-A HTTP/1."
#define REQUEST_B "GET /.well-known/acme-challenge/to_ken HTTP/1."
#define OK_HEAD \
    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: "

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth) {
        abort();
    }
}

static bool asks(const struct emu_connection *c, const char *request)
{
    size_t at = 0, len = strlen(request);

    while (at < c->input_len && (c->input[at] == '\r' || c->input[at] == '\n')) {
        at++;
    }
    return c->input_len - at > len && memcmp(c->input + at, request, len) == 0;
}

static void check(const struct emu_connection *c)
{
    if (strcmp(c->output, OK_HEAD "14\r\n\r\nto_ken-A.print") == 0) {
        require(asks(c, REQUEST_A));
    } else if (strcmp(c->output, OK_HEAD "12\r\n\r\nto_ken.print") == 0) {
        require(asks(c, REQUEST_B));
    } else if (c->output_len > 0 && c->write_portion == 0) {
        require(strcmp(c->output,
                       "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n") == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct wafer_challenge a = {"http-01", "a", "to_ken-A", "print"};
    static const struct wafer_challenge b = {"http-01", "b", "to_ken", "print"};
    static struct emu_net net;
    struct wafer_http01 responder;
    struct wafer_solver solver;
    size_t i, at = 3, served = 0;
    int result;

    if (size < 3) {
        return 0;
    }
    emu_net_init(&net);
    wafer_http01_init(&responder, &net.port, NULL, 80);
    solver = wafer_http01_solver(&responder);
    require(solver.present(solver.ctx, &a) == 0 && solver.present(solver.ctx, &b) == 0);
    for (i = 0; i < 10; i++) {
        const uint8_t *next = memchr(data + at, 0xff, size - at);
        size_t len = next != NULL ? (size_t)(next - (data + at)) : size - at;
        struct emu_connection *c = emu_net_connection(&net, (uint32_t)i * (data[0] & 15), "");
        c->input = (const char *)data + at;
        c->input_len = len;
        c->portion = data[1] & 31;
        c->interval_ms = data[1] >> 5;
        c->write_portion = data[2] & 15;
        c->ends = (data[2] & 16) != 0;
        at += len;
        if (next == NULL) {
            break;
        }
        at++;
    }
    for (i = 0; i < 20; i++) {
        result = solver.serve(solver.ctx, 1000);
        require(result >= 0);
        served += (size_t)result;
        if (i == 10 && (data[2] & 32) != 0) {
            solver.cleanup(solver.ctx, &a);
        }
    }
    solver.cleanup(solver.ctx, &b);
    solver.cleanup(solver.ctx, &a);
    require(!net.listening);
    for (i = 0; i < net.count; i++) {
        require(net.connections[i].accepted == net.connections[i].closed);
        check(&net.connections[i]);
        served -= strncmp(net.connections[i].output, OK_HEAD, sizeof OK_HEAD - 1) == 0;
    }
    require(served == 0);
    return 0;
}
