/* Knobs: sizes that a firmware may change, all in bytes unless said otherwise.
 * Define one on the compiler's command line, or several in a file of your own that
 * WAFER_CONFIG_FILE names (-DWAFER_CONFIG_FILE='"my_wafer_config.h"'), the same for the
 * library and all that includes wafer.h: wafer_init checks that. */
#ifndef WAFER_CONFIG_H
#define WAFER_CONFIG_H

#ifdef WAFER_CONFIG_FILE
#include WAFER_CONFIG_FILE
#endif

/* A system with virtual memory has room for 100 names in a certificate; elsewhere the
 * defaults are for about ten. */
#if defined(__unix__) || defined(__APPLE__)
#define WAFER_ROOMY 1
#else
#define WAFER_ROOMY 0
#endif

/* TLS record buffer, half-duplex. 16709 takes every record that a server may
 * send. A smaller one (at least 837) works with a private CA known to send small
 * records; max_fragment_length is offered then. */
#ifndef WAFER_TLS_BUFFER
#define WAFER_TLS_BUFFER 16709
#endif

/* Work buffer: one JSON answer with its tokens, or one signed request, or one
 * DER certificate, in turn. Bounds the names in a certificate, whose order takes some 250 octets
 * and the name for each (about 13 at 4096), and the size of one certificate, also of those that the
 * CA's HTTPS server shows. */
#ifndef WAFER_WORK_SIZE
#if !WAFER_ROOMY
#define WAFER_WORK_SIZE 4096
#else
#define WAFER_WORK_SIZE 57344
#endif
#endif

/* Longest URL that a CA may give, with the final NUL. */
#ifndef WAFER_URL_MAX
#define WAFER_URL_MAX 256
#endif

/* Longest Replay-Nonce, with the final NUL (CAs use 22 to 100). */
#ifndef WAFER_NONCE_MAX
#define WAFER_NONCE_MAX 128
#endif

/* All URLs of the directory that wafer keeps, with their NULs. */
#ifndef WAFER_DIRECTORY_SIZE
#define WAFER_DIRECTORY_SIZE 512
#endif

/* For each name of an order a challenge's token and URL (or its authorization's, whichever is
 * longer): about 128 for each, so 11 names at 1408. At most 65535. */
#ifndef WAFER_AUTHZ_SIZE
#if !WAFER_ROOMY
#define WAFER_AUTHZ_SIZE 1408
#else
#define WAFER_AUTHZ_SIZE 40960
#endif
#endif

/* What the CA said about the last error: type, detail, subproblems. From 16384 on each text is kept
 * up to 4096 octets, else up to what leaves room for the others (256 of a detail). At most 65535. */
#ifndef WAFER_PROBLEM_SIZE
#if !WAFER_ROOMY
#define WAFER_PROBLEM_SIZE 512
#else
#define WAFER_PROBLEM_SIZE 32768
#endif
#endif

/* Longest challenge token, with the final NUL (CAs use 43; RFC 8555 8.3 sets
 * no upper bound). */
#ifndef WAFER_TOKEN_MAX
#define WAFER_TOKEN_MAX 129
#endif

/* Milliseconds without a byte after which a connection is given up. */
#ifndef WAFER_IO_TIMEOUT_MS
#define WAFER_IO_TIMEOUT_MS 30000
#endif

/* Milliseconds that one operation (a call of wafer_issue or wafer_learn_time) may take with all that
 * is within: connections, handshakes, repetitions, slow answers, waits. */
#ifndef WAFER_OPERATION_TIMEOUT_MS
#define WAFER_OPERATION_TIMEOUT_MS 300000
#endif

/* Milliseconds of them that it may wait for the CA to validate and to issue
 * before it gives up until the next run (the order stays, and is resumed). */
#ifndef WAFER_WAIT_TOTAL_MS
#define WAFER_WAIT_TOTAL_MS 300000
#endif

/* Largest flash program unit that the store can work with, a power of two. */
#ifndef WAFER_PROGRAM_UNIT_MAX
#define WAFER_PROGRAM_UNIT_MAX 256
#endif

/* Connections that the http-01 responder serves at the same time. Let's
 * Encrypt and Pebble validate from several places at once. */
#ifndef WAFER_HTTP01_CONNECTIONS
#if !WAFER_ROOMY
#define WAFER_HTTP01_CONNECTIONS 6
#else
#define WAFER_HTTP01_CONNECTIONS 16
#endif
#endif

/* Challenges that the http-01 responder can present at the same time (names of
 * one certificate). */
#ifndef WAFER_HTTP01_CHALLENGES
#if !WAFER_ROOMY
#define WAFER_HTTP01_CHALLENGES 32
#else
#define WAFER_HTTP01_CHALLENGES 100
#endif
#endif

/* Seconds since 1970 when this firmware was built: the lowest time that wafer
 * believes. The build passes it; 2026-01-01 otherwise. */
#ifndef WAFER_BUILD_TIME
#define WAFER_BUILD_TIME 1767225600
#endif

/* 0 leaves AES-GCM out of the TLS client, some 4 KB of code: ChaCha20-Poly1305 is left,
 * which the public CAs and Go's servers speak, but not every private CA. */
#ifndef WAFER_TLS_GCM
#define WAFER_TLS_GCM 1
#endif

/* P-256 for private keys: must be constant-time on the target. */
#ifndef WAFER_EC_PRIVATE
#if defined(__LP64__) || defined(_WIN64)
#define WAFER_EC_PRIVATE br_ec_p256_m31
#else
#define WAFER_EC_PRIVATE br_ec_p256_m15
#endif
#endif

#endif
