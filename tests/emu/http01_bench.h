/* The http-01 responder over an emulated network, with three tokens and what answers them. */
#ifndef WAFER_TESTS_HTTP01_BENCH_H
#define WAFER_TESTS_HTTP01_BENCH_H

#include "net.h"
#include "wafer/solver.h"

#define PATH       "/.well-known/acme-challenge/"
#define TOKEN_A    "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
#define TOKEN_B    "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX" /* a prefix of the first */
#define TOKEN_C    "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX1"
#define THUMBPRINT "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
#define GET(token) "GET " PATH token " HTTP/1.1\r\nHost: example.org\r\nUser-Agent: x\r\n\r\n"

#define OK_HEAD \
    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: "
#define NOT_FOUND "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
#define ANSWER_A  OK_HEAD "87\r\n\r\n" TOKEN_A "." THUMBPRINT
#define ANSWER_B  OK_HEAD "86\r\n\r\n" TOKEN_B "." THUMBPRINT
#define ANSWER_C  OK_HEAD "87\r\n\r\n" TOKEN_C "." THUMBPRINT

extern const struct wafer_challenge challenge_a;
extern const struct wafer_challenge challenge_b;
extern const struct wafer_challenge challenge_c;

struct bench {
    struct emu_net net;
    struct wafer_http01 responder;
    struct wafer_solver solver;
};

void set_up(struct bench *bench);

int present(struct bench *bench, const struct wafer_challenge *challenge);
void cleanup(struct bench *bench, const struct wafer_challenge *challenge);
int serve(struct bench *bench, uint32_t timeout_ms);

/* A connection that comes in so many milliseconds and sends `input`. */
struct emu_connection *come(struct bench *bench, uint32_t in_ms, const char *input);

#endif
