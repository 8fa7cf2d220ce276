/* A laboratory for the TLS client: certificates made by openssl, `openssl s_server` on
 * loopback, and a port over port/posix that a test can bend. */
#ifndef TLS_LAB_H
#define TLS_LAB_H

#include "base/clock.h"
#include "crypto/drbg.h"
#include "port_posix.h"
#include "net/tls.h"

/* Times that the certificates are made for, far from today's: valid from the first
 * to the last; "later" from June of the second. */
#define T_2080 3471292800
#define T_2081 3502915200
#define T_2082 3534451200

struct tls_lab {
    /* bends, and what was seen */
    const char *connect_to; /* whatever the host is; NULL: the host */
    size_t most;            /* octets for one read or write, 0: no limit */
    int64_t wall;           /* the port's clock */
    bool silent;            /* no octet ever comes, and only waiting moves the clock */
    int write_error;        /* instead of writing, 0: none */
    unsigned cancel_at;     /* this call of idle cancels, 0: none */
    unsigned idle_calls, writes, reads, connects, closes;
    uint32_t ahead_ms;   /* time that has just passed */
    uint8_t hello[1024]; /* what was written first */
    size_t hello_len;

    struct wafer_port port;
    struct wafer_clock clock;
    br_hmac_drbg_context drbg;
    uint8_t scratch[2048];
    br_x509_trust_anchor roots[3]; /* ec, p384, rsa */
    struct wafer_anchors anchors;
    struct wafer_tls_params params;
    struct wafer_tls tls;
    uint16_t tcp_port; /* of the server */
};

extern struct tls_lab lab;

/* For the group: makes the certificates in a folder of their own; removes it. */
int lab_group_setup(void **state);
int lab_group_teardown(void **state);

/* For each test: a fresh client with the time T_2081; closes it and ends the server. */
int lab_setup(void **state);
int lab_teardown(void **state);

/* Starts `openssl s_server` with a leaf certificate; `options` are more of its options. */
void lab_serve(const char *leaf, const char *address, const char *options);
void lab_stop(void);

/* A listening socket on a free port of 127.0.0.1. */
int lab_listen(uint16_t *tcp_port);

/* wafer_tls_connect to the server, which is taken for `host`. */
int lab_connect(const char *host, bool resume);

/* Sends a line to `s_server -rev` and asserts what comes back. */
void lab_talk(const char *line, const char *reversed);

#endif
