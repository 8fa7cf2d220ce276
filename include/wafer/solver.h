/* Challenges. A solver proves control over a name: the flow asks it to present a
 * challenge, lets it run while it waits, and asks it to clean up.
 *
 * Rules for callbacks and tasks:
 *  1. wafer calls a solver's functions from the task that called wafer_issue, one at a time,
 *     never after that has returned.
 *  2. The order is: present once for each name; serve any number of times; cleanup once for
 *     each present, also for one that failed. A new present may follow a cleanup.
 *  3. A solver's functions may call the port. They may not call wafer with the same
 *     struct wafer, nor open a transaction of its store. serve may be called while a TLS
 *     connection is open, and then with timeout_ms 0: it must not wait.
 *  4. The strings of a challenge live until its cleanup returns, struct wafer_challenge only
 *     during the call. A solver that other tasks read from keeps them out before cleanup
 *     returns (struct wafer_http01_passive does so with its lock).
 *  5. struct wafer_solver and what its ctx points to live as long as the wafer_config that
 *     names it. One solver serves one struct wafer at a time: the tokens are of one account. */
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

/* One challenge to present. */
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
     * fetched since the last call, or a negative error. NULL: there is nothing to
     * run and the flow sleeps. */
    int (*serve)(void *ctx, uint32_t timeout_ms);

    /* Takes the answer back, also after an error, and also one that was only
     * half presented. */
    void (*cleanup)(void *ctx, const struct wafer_challenge *challenge);
};

/* The standalone http-01 responder (RFC 8555 8.3): a listener of its own on port
 * 80 that answers GET /.well-known/acme-challenge/TOKEN for the tokens presented,
 * 404 for all else, several connections at once. It listens from the first
 * present to the last cleanup, for one client: one account key. It runs in present,
 * serve and cleanup alone, so no other task touches it. */
struct wafer_http01_connection {
    int handle;          /* -1: free */
    int16_t token;       /* one whose path still matches, -1: none */
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
    int listener; /* -1: not listening */
    int served;   /* answers fetched since serve was entered */
    const char *thumbprint;
    const char *tokens[WAFER_HTTP01_CHALLENGES]; /* NULL: free */
    struct wafer_http01_connection connections[WAFER_HTTP01_CONNECTIONS];
};

/* What wafer_http01_init calls: a responder of another size than the library's is left alone,
 * and wafer_init says why (WAFER_E_KNOBS). */
void wafer_http01_init_with(struct wafer_http01 *responder, const struct wafer_port *port,
                            const char *address, uint16_t tcp_port, size_t size);

/* Prepares a responder; opens nothing yet. It will listen on `tcp_port` (80, or what port 80
 * is forwarded to) of `address` (NULL: all, IPv4 and IPv6). `address` and `port` must
 * outlive it. */
static inline void wafer_http01_init(struct wafer_http01 *responder, const struct wafer_port *port,
                                     const char *address, uint16_t tcp_port)
{
    wafer_http01_init_with(responder, port, address, tcp_port, sizeof *responder);
}

/* The solver over a responder, which must outlive it. */
struct wafer_solver wafer_http01_solver(struct wafer_http01 *responder);

/* http-01 for a device whose own web server has port 80: wafer holds the tokens, and the
 * server asks wafer_http01_answer for what to send. Where the server runs in another task
 * than wafer_issue, that task and wafer meet in this struct: `lock` and `unlock` keep them
 * apart, as short as copying one answer takes (a mutex; on a single core, interrupts or the
 * scheduler off will do). Where the server runs in the port's idle, both stay NULL. */
struct wafer_http01_passive {
    const struct wafer_port *port;
    void *lock_ctx;
    void (*lock)(void *lock_ctx);
    void (*unlock)(void *lock_ctx);
    uint32_t fetched; /* answers handed out that serve has not told yet */
    const char *thumbprint;
    const char *tokens[WAFER_HTTP01_CHALLENGES]; /* NULL: free */
};

/* What wafer_http01_passive_init calls; see wafer_http01_init_with. */
void wafer_http01_passive_init_with(struct wafer_http01_passive *passive, const struct wafer_port *port,
                                    size_t size);

/* Prepares it without a lock: set lock_ctx, lock and unlock afterwards, before the server or
 * wafer uses it. `port` must outlive it; only its wait, idle and monotonic_ms are called. */
static inline void wafer_http01_passive_init(struct wafer_http01_passive *passive,
                                             const struct wafer_port *port)
{
    wafer_http01_passive_init_with(passive, port, sizeof *passive);
}

/* The solver over it, which must outlive the solver. */
struct wafer_solver wafer_http01_passive_solver(struct wafer_http01_passive *passive);

/* Longest body of an answer, with its NUL. */
#define WAFER_HTTP01_BODY_MAX (WAFER_TOKEN_MAX + 44)

/* What the device's web server answers to a GET of `path`: as it stands in the request line,
 * path_len octets, without host and query, percent escapes not decoded (a CA sends none).
 * Writes the body with a NUL: the server sends it with status 200 and Content-Type
 * application/octet-stream. Returns its length; WAFER_E_NOT_FOUND when the path is none of
 * the challenges now presented, and the server goes on as if it had not asked (before the
 * first present and after the last cleanup that is always so); WAFER_E_SPACE when `size` is
 * too small, with "" in body. An answer counts as fetched, so that wafer_issue polls the CA
 * soon after. May be called from any task at any time after init, several at once; it waits
 * for nothing but the lock. */
int wafer_http01_answer(struct wafer_http01_passive *passive, const char *path, size_t path_len, char *body,
                        size_t size) WAFER_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
