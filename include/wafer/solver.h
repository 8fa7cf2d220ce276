/* Challenges. A solver proves control over a name: the flow asks it to present a
 * challenge, lets it run while it waits, and asks it to clean up. */
#ifndef WAFER_SOLVER_H
#define WAFER_SOLVER_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/config.h"
#include "wafer/error.h"
#include "wafer/port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One challenge to present. The strings stay valid until cleanup returns, the
 * struct itself only during the call. */
struct wafer_challenge {
    const char *type;       /* "http-01" */
    const char *identifier; /* the name, without "*." */
    const char *token;      /* checked: only A-Z a-z 0-9 - _ (RFC 8555 8.1) */
    const char *thumbprint; /* of the account key, base64url (RFC 7638) */
    /* The key authorization is token "." thumbprint (RFC 8555 8.1). */
};

struct wafer_solver {
    const char *type; /* the challenge type that it answers */
    void *ctx;

    /* Makes the answer visible to the CA. Returns 0 or a negative error. Called
     * once for each name before the CA is told that the answers are ready. */
    int (*present)(void *ctx, const struct wafer_challenge *challenge);

    /* Runs for up to timeout_ms while the flow waits; may return sooner, as soon
     * as the CA has fetched an answer. Returns how many answers the CA has
     * fetched during the call, or a negative error. NULL: there is nothing to
     * run and the flow sleeps. */
    int (*serve)(void *ctx, uint32_t timeout_ms);

    /* Takes the answer back, also after an error, and also one that was only
     * half presented. */
    void (*cleanup)(void *ctx, const struct wafer_challenge *challenge);
};

/* The standalone http-01 responder (RFC 8555 8.3): a listener of its own on port
 * 80 that answers GET /.well-known/acme-challenge/TOKEN for the tokens presented,
 * 404 for all else, several connections at once. It listens from the first
 * present to the last cleanup, for one client: one account key. */
struct wafer_http01_connection {
    int handle;          /* -1: free */
    uint32_t candidates; /* tokens whose path still matches, one bit each */
    uint32_t since_ms;   /* when it was accepted, for its deadline */
    uint16_t received;   /* octets of the request so far */
    uint16_t matched;    /* octets of the request line so far */
    uint16_t sent;       /* octets of the response sent so far */
    uint8_t phase;
};

struct wafer_http01 {
    const struct wafer_port *port;
    const char *address; /* NULL: every address */
    uint16_t tcp_port;
    int listener;        /* -1: not listening */
    int served;          /* answers fetched since serve was entered */
    const char *thumbprint;
    const char *tokens[WAFER_HTTP01_CHALLENGES]; /* NULL: free */
    struct wafer_http01_connection connections[WAFER_HTTP01_CONNECTIONS];
};

/* What wafer_http01_init calls: a responder of another size than the library's is left alone,
 * and wafer_init says why (WAFER_E_KNOBS). */
void wafer_http01_init_with(struct wafer_http01 *responder, const struct wafer_port *port,
                            const char *address, uint16_t tcp_port, size_t size);

/* Prepares a responder; opens nothing yet. `address` (NULL: all, IPv4 and IPv6)
 * and `port` must outlive it. */
static inline void wafer_http01_init(struct wafer_http01 *responder, const struct wafer_port *port,
                                     const char *address, uint16_t tcp_port)
{
    wafer_http01_init_with(responder, port, address, tcp_port, sizeof *responder);
}

/* The solver over a responder, which must outlive it. */
struct wafer_solver wafer_http01_solver(struct wafer_http01 *responder);

#ifdef __cplusplus
}
#endif

#endif
