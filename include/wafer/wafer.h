/* wafer: an ACME (RFC 8555) client. Fill a struct wafer_config, call wafer_init
 * once and wafer_issue when a certificate is missing or due; read the result with
 * certificate.h. All memory is the caller's: struct wafer has everything that an
 * operation needs, and nothing is allocated.
 *
 * Rules for callbacks and tasks (port.h, solver.h, signer.h and store.h have those of
 * what they declare):
 *
 * 1. One struct wafer belongs to one task at a time: from its entry into wafer_init,
 *    wafer_issue, wafer_learn_time or wafer_close up to the return no other task may
 *    touch it. Between two calls another task may take over. No call may come from an
 *    interrupt or a signal handler.
 * 2. wafer_issue and wafer_learn_time block, for minutes if need be. All that they call
 *    (the port, `idle` among it, the solver, signers, `event`) runs inside them, in the
 *    caller's task and on its stack, one at a time, and never after they have returned.
 *    What a callback needs of the stack comes on top of theirs.
 * 3. A callback must not call wafer_init, wafer_issue, wafer_learn_time or wafer_close with
 *    the same client. It may call wafer_last, wafer_now and wafer_terms: what they tell is
 *    that of the moment. To end an operation, `idle` returns WAFER_E_CANCELLED.
 * 4. A client changes the store only in wafer_issue. It commits several times, and while
 *    a certificate is downloaded it holds a transaction open. What runs meanwhile, in a
 *    callback or in another task, may read the store, but what it begins gets
 *    WAFER_E_BUSY: try again after wafer_issue has returned. The other way round, an
 *    operation that meets somebody else's open transaction fails with WAFER_E_BUSY. Tasks
 *    that share a store need its lock (store.h, rules 1 to 5).
 * 5. Two clients with a store each may run in two tasks at the same time, if their ports and
 *    solvers allow it (port.h, rule 5; solver.h, rule 5). Over one store wafer_issue is
 *    called for one after the other: it takes the account and a free slot by what is there
 *    when it begins.
 * 6. struct wafer_config and all that it points to (port, store, anchors, texts, binding,
 *    signer, solver, event_ctx) stay in place and unchanged from wafer_init until
 *    wafer_close has returned; if wafer_now is called later, the port still. struct
 *    wafer_request and all that it points to stay until wafer_issue returns, and nothing
 *    of it is kept. struct wafer must not be moved or copied.
 * 7. An event, its texts and its name are valid during the call of `event` only. `event`
 *    should be quick: a connection may be open, and the CA waits.
 * 8. wafer_due and the functions of certificate.h need no client. They only read the store,
 *    but for wafer_certificate_forget, which commits (rule 4): store.h says from which task.
 * 9. Texts and judgements (wafer_step_text, wafer_event_text, wafer_last_string,
 *    wafer_last_is_temporary, wafer_error_*, wafer_renewal_time) only read their arguments
 *    and constants: any task may call them at any time. */
#ifndef WAFER_WAFER_H
#define WAFER_WAFER_H

#include <bearssl.h>
#include "wafer/anchors.h"
#include "wafer/certificate.h"
#include "wafer/config.h"
#include "wafer/context.h"
#include "wafer/csr.h"
#include "wafer/error.h"
#include "wafer/fingerprint.h"
#include "wafer/ip.h"
#include "wafer/port.h"
#include "wafer/signer.h"
#include "wafer/solver.h"
#include "wafer/store.h"
#include "wafer/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The steps of an operation, X(name, text): where it is in an event, where it
 * failed in struct wafer_last. */
#define WAFER_STEPS(X) \
    X(START, "start") \
    X(DIRECTORY, "directory") \
    X(NONCE, "new nonce") \
    X(ACCOUNT, "account") \
    X(ORDER, "order") \
    X(AUTHORIZATION, "authorization") \
    X(CHALLENGE, "challenge") \
    X(VALIDATION, "validation") \
    X(FINALIZE, "finalize") \
    X(CERTIFICATE, "certificate") \
    X(STORE, "store") \
    X(DONE, "done")

enum wafer_step {
#define WAFER_STEP_MEMBER(name, text) WAFER_STEP_##name,
    WAFER_STEPS(WAFER_STEP_MEMBER)
#undef WAFER_STEP_MEMBER
    WAFER_STEP_COUNT
};

/* The text of a step, e.g. "new nonce"; static memory. */
const char *wafer_step_text(enum wafer_step step);

/* Why something is tried again, or what is odd but went on: X(name, text). */
#define WAFER_REASONS(X) \
    X(NONCE, "the CA did not take the nonce") \
    X(CONNECTION, "the connection to the CA is no good any more") \
    X(SERVER_ERROR, "the CA has an internal error") \
    X(ACCOUNT, "the CA does not know the account: registering again") \
    X(PROFILE, "the CA refuses this profile: ordering without one") \
    X(CHAIN, "the CA does not offer the preferred chain") \
    X(SCHEDULE, "the time of the next try could not be stored") \
    X(UNVERIFIED, "the certificate's signature could not be verified: its issuer's certificate is missing or of an unknown kind") \
    X(CLOCK, "the device's clock is wrong, by what the CA says") \
    X(ORDER, "the order of an earlier run cannot go on: placing a new one") \
    X(VALIDATION, "the CA could not validate, but may try again: telling it once more that the answer is there") \
    X(EARLY, "the CA is not that far yet")

enum wafer_reason {
    WAFER_REASON_NONE,
#define WAFER_REASON_MEMBER(name, text) WAFER_REASON_##name,
    WAFER_REASONS(WAFER_REASON_MEMBER)
#undef WAFER_REASON_MEMBER
};

/* What an event tells. */
enum wafer_event_type {
    WAFER_EVENT_BEGIN,    /* the step begins; text: URL or name */
    WAFER_EVENT_END,      /* the step is done; text: its result */
    WAFER_EVENT_REUSED,   /* the step was not needed: found valid or stored */
    WAFER_EVENT_RESUMED,  /* an order of an earlier run goes on */
    WAFER_EVENT_FETCHED,  /* the CA has fetched an answer; value: how many */
    WAFER_EVENT_WAIT,     /* waiting; value: milliseconds */
    WAFER_EVENT_ASKED,    /* the CA asks to come back in so many seconds: value; wafer looks sooner */
    WAFER_EVENT_RETRY,    /* tries again; reason: why; value: milliseconds until then */
    WAFER_EVENT_WARNING,  /* reason: what is odd but went on */
    WAFER_EVENT_CHAIN,    /* a chain that the CA offers; text: commonName of its topmost issuer */
    WAFER_EVENT_REQUEST,  /* protocol: text "POST https://..."; value: body octets */
    WAFER_EVENT_RESPONSE, /* protocol: value: HTTP status */
    WAFER_EVENT_BODY      /* protocol: text: JSON sent (payload) or received */
};

struct wafer_event {
    enum wafer_event_type type;
    enum wafer_step step;
    enum wafer_reason reason; /* of RETRY and WARNING */
    const char *name; /* the identifier that it is about, or NULL */
    const char *text; /* valid during the call only, or NULL */
    int32_t value;
};

/* The text of an event, that of its reason if it has one, "" when there is none. Valid as
 * long as event->text. */
const char *wafer_event_text(const struct wafer_event *event);

/* --- the configuration ---
 *
 * Members that are functions of the library, or structs that a function of it fills, bring
 * their code along: who leaves them NULL links none of it. */

struct wafer_buf;
struct wafer_json;
struct wafer_jws;
struct wafer_last;

/* External account binding (RFC 8555 7.3.4): what the CA handed out. */
struct wafer_eab {
    const char *kid;
    const uint8_t *key; /* the MAC key, decoded */
    size_t key_len;
    int (*append)(struct wafer_buf *out, const struct wafer_jws *jws, const uint8_t *key, size_t key_len);
};

/* Binds with HS256. `kid` and `key` must stay as long as the configuration. */
struct wafer_eab wafer_eab_hs256(const char *kid, const uint8_t *key, size_t key_len);

/* Reads the subproblems (RFC 8555 6.7.1) of a problem document into the last error. */
void wafer_subproblems(struct wafer_last *last, const struct wafer_json *json, int problem);

struct wafer_config {
    const struct wafer_port *port;
    struct wafer_store *store;          /* mounted */
    struct wafer_anchors anchors;
    const char *directory;              /* the CA's directory URL */
    const char *const *contacts;        /* URLs such as "mailto:a@example.org" */
    size_t contact_count;
    bool agree_tos;                     /* the caller agrees to the CA's terms */
    const struct wafer_eab *eab;        /* or NULL */
    const struct wafer_signer *account; /* NULL: a software key in the store */
    const struct wafer_solver *solver;  /* NULL: names are validated already */
    wafer_ip_reader ip;                 /* wafer_ip_parse: names and the CA's host may be IP addresses */
    void (*subproblems)(struct wafer_last *last, const struct wafer_json *json, int problem);
                                        /* wafer_subproblems: they are told, and weighed */
    uint32_t io_timeout_ms;             /* silence after which a connection is given up; 0:
                                           WAFER_IO_TIMEOUT_MS */
    uint32_t wait_timeout_ms;           /* all waits together for the CA to validate and to issue; the
                                           order stays, and is resumed. 0: WAFER_WAIT_TOTAL_MS */
    uint32_t operation_timeout_ms;      /* one wafer_issue or wafer_learn_time may take, whatever the CA
                                           does; 0: WAFER_OPERATION_TIMEOUT_MS */
    void (*event)(void *ctx, const struct wafer_event *event); /* or NULL */
    void *event_ctx;
};

/* --- a certificate to order --- */

/* Which of the chains that the CA offers (RFC 8555 7.4.2). */
struct wafer_preferred_chain {
    const char *root; /* commonName of the wanted chain's topmost issuer */
    const struct wafer_chain_choice *choice;
};

/* Looks through the alternates for the chain whose topmost issuer has this commonName, which
 * must stay; the CA's first chain is better than none. */
struct wafer_preferred_chain wafer_prefer_chain(const char *root);

struct wafer_request {
    const char *const *names;    /* DNS names or IP addresses; the first names the lineage: the
                                    certificate with its predecessors and successors */
    size_t name_count;
    const char *profile;         /* or NULL */
    bool profile_optional;       /* when the CA refuses the profile, order once without it */
    const struct wafer_preferred_chain *preferred_chain; /* or NULL: the CA's first */
    const struct wafer_csr *csr; /* a request that somebody else signed, or NULL; the names are
                                    its own (wafer_csr_names), the key is not kept */
    const struct wafer_signer *signer; /* holds the certificate's key (a secure element), or NULL: a
                                    new software key, kept with the certificate */
    bool reuse_key;              /* keep the software key of the present certificate */
    bool ignore_failures;        /* try although wafer's own schedule after failures asks to wait */
    bool ignore_schedule;        /* the same, and although the present certificate is what is asked for
                                    and not an hour old, or not due after all: a person wants another */
    bool ignore_rate_limit;      /* try although the CA asked to wait */
    bool new_order;              /* give up the order of an earlier run that failed, or does not go on */
    const void *options;         /* caller's own data, kept with the certificate and its first order, or NULL */
    size_t options_len;
};

/* Problem types that a CA may give: X(name, text after "urn:ietf:params:acme:error:",
 * action). The action is what to do with it (docs/errors.md has the reasons). */
enum wafer_action {
    WAFER_ACTION_NONE,       /* no problem document */
    WAFER_ACTION_NONCE,      /* repeat at once with the error's nonce */
    WAFER_ACTION_LATER,      /* not before the time that the CA says */
    WAFER_ACTION_BACKOFF,    /* a few quick tries, then the schedule */
    WAFER_ACTION_POLL,       /* read order and authorizations again */
    WAFER_ACTION_REGISTER,   /* register again once with the same key */
    WAFER_ACTION_PLAIN,      /* once without what is optional in the order: its profile */
    WAFER_ACTION_STOP        /* a person must act */
};
#define WAFER_PROBLEMS(X) \
    X(NONE, "", NONE) \
    X(OTHER, "?", STOP) \
    X(BAD_NONCE, "badNonce", NONCE) \
    X(RATE_LIMITED, "rateLimited", LATER) \
    X(SERVER_INTERNAL, "serverInternal", BACKOFF) \
    X(ORDER_NOT_READY, "orderNotReady", POLL) \
    X(ACCOUNT_DOES_NOT_EXIST, "accountDoesNotExist", REGISTER) \
    X(UNAUTHORIZED, "unauthorized", STOP) \
    X(CONNECTION, "connection", BACKOFF) \
    X(DNS, "dns", BACKOFF) \
    X(TLS, "tls", BACKOFF) \
    X(INCORRECT_RESPONSE, "incorrectResponse", BACKOFF) \
    X(CAA, "caa", STOP) \
    X(REJECTED_IDENTIFIER, "rejectedIdentifier", STOP) \
    X(UNSUPPORTED_IDENTIFIER, "unsupportedIdentifier", STOP) \
    X(BAD_CSR, "badCSR", STOP) \
    X(BAD_PUBLIC_KEY, "badPublicKey", STOP) \
    X(BAD_SIGNATURE_ALGORITHM, "badSignatureAlgorithm", STOP) \
    X(MALFORMED, "malformed", PLAIN) \
    X(INVALID_PROFILE, "invalidProfile", PLAIN) \
    X(EXTERNAL_ACCOUNT_REQUIRED, "externalAccountRequired", STOP) \
    X(USER_ACTION_REQUIRED, "userActionRequired", STOP) \
    X(INVALID_CONTACT, "invalidContact", STOP) \
    X(UNSUPPORTED_CONTACT, "unsupportedContact", STOP) \
    X(COMPOUND, "compound", STOP) \
    X(ALREADY_REVOKED, "alreadyRevoked", STOP) \
    X(BAD_REVOCATION_REASON, "badRevocationReason", STOP) \
    X(ALREADY_REPLACED, "alreadyReplaced", PLAIN) \
    X(CONFLICT, "conflict", PLAIN)

enum wafer_problem {
#define WAFER_PROBLEM_MEMBER(name, text, action) WAFER_PROBLEM_##name,
    WAFER_PROBLEMS(WAFER_PROBLEM_MEMBER)
#undef WAFER_PROBLEM_MEMBER
    WAFER_PROBLEM_COUNT
};

/* The last error of an operation; after success `error` is 0 and there are no texts. */
struct wafer_last {
    int error;                  /* enum wafer_error */
    int http_status;            /* of the CA's answer, 0: there was none */
    int tls_error;              /* BearSSL's BR_ERR_* or another of tls_error.h, 0: none */
    int32_t retry_after;        /* seconds to wait as told, but no longer than the schedule allows; -1: not told */
    enum wafer_step step;       /* where */
    enum wafer_problem problem; /* what the CA said */
    enum wafer_action action;
    uint16_t len;               /* octets of text */
    char text[WAFER_PROBLEM_SIZE]; /* packed strings; see wafer_last_text */
};

/* What the strings of struct wafer_last are. */
enum wafer_last_text {
    WAFER_LAST_SUBJECT,  /* the identifier or URL that it is about */
    WAFER_LAST_TYPE,     /* problem type as the CA wrote it */
    WAFER_LAST_DETAIL,   /* for a person to read */
    WAFER_LAST_INSTANCE, /* URL for the person to go to */
    WAFER_LAST_SUBPROBLEMS /* then in threes: identifier, type, detail */
};

/* String number `index` of the last error, "" when there is none. Valid until the
 * next operation. Subproblem n has the strings WAFER_LAST_SUBPROBLEMS + 3 * n. */
const char *wafer_last_string(const struct wafer_last *last, unsigned index);

struct wafer {
    const struct wafer_config *config;
    enum wafer_step step;
    struct wafer_last last;
    struct wafer_clock clock;
    struct wafer_deadline deadline; /* of the operation */
    uint32_t waited_ms;             /* in it, for the CA to validate and to issue */
    br_hmac_drbg_context drbg; /* from here on secret */
    struct wafer_session session;
    struct wafer_order order;
    struct wafer_http http;
    union { /* in phases: JSON answer and tokens, signed request, DER */
        uint8_t bytes[WAFER_WORK_SIZE];
        uint64_t align;
    } work;
};

/* What the application was compiled with: sizes and knobs in one number. */
static inline uint32_t wafer_fingerprint(void)
{
    uint32_t mix = 2166136261u;
    WAFER_FINGERPRINT_PARTS(WAFER_FINGERPRINT_MIX)
    return mix;
}

/* wafer_init for callers that can't use an inline function: the fingerprint must be that
 * of the headers that `w` was laid out by. */
int wafer_init_with(struct wafer *w, const struct wafer_config *config, uint32_t fingerprint) WAFER_MUST_CHECK;

/* Prepares a client. `config` and all that it points to must stay as long as the
 * client is used. Seeds the random generator. Returns 0; WAFER_E_ARGUMENT when a member is
 * missing, the directory's URL is too long, or it names the CA by its address without `ip`;
 * WAFER_E_ENTROPY; WAFER_E_KNOBS, and nothing has been written to *w, when the library
 * was compiled with other knobs (config.h), sizes or headers than the caller. */
WAFER_MUST_CHECK static inline int wafer_init(struct wafer *w, const struct wafer_config *config)
{
    return wafer_init_with(w, config, wafer_fingerprint());
}

/* Gets a certificate (RFC 8555 7.1, 7.3 to 7.4.2) and makes it the current one of
 * its lineage in the store: registers when there is no account, orders, answers
 * the challenges, finalizes, downloads and checks. Goes on with the order of an
 * earlier call that was cut off. Blocks; serves the solver and calls the port's
 * idle while it waits. Returns 0 or a negative error, and wafer_last tells more.
 * WAFER_E_TOO_EARLY when there is nothing to do yet: an earlier failure asks to wait; or what is
 * asked for is there, and not an hour old, or not due by the CA's time while the port's clock
 * is wrong or says nothing, or not valid yet by that clock while the CA tells no time.
 * WAFER_E_CLOCK when it is there and nobody tells the time. What the request ignores does not
 * count. */
int wafer_issue(struct wafer *w, const struct wafer_request *request) WAFER_MUST_CHECK;

/* What is to be done for a request, by what the store has. */
enum wafer_due_state {
    WAFER_DUE_MISSING, /* there is no certificate for exactly these names, or none that can be read */
    WAFER_DUE_RENEWAL, /* the certificate's time to be renewed has come, or it is not valid yet */
    WAFER_DUE_VALID,   /* nothing: it is due at `when` */
    WAFER_DUE_BACKOFF, /* an earlier attempt failed, or is not an hour old: the next one is at `when` */
    WAFER_DUE_CLOCK    /* there is a certificate, but the time is not known: wafer_learn_time */
};

struct wafer_due {
    enum wafer_due_state state;
    int64_t when; /* when to look again, seconds since 1970; 0: now, or once the time is known */
    struct wafer_certificate certificate; /* the present one; sequence 0: none */
};

/* Whether wafer_issue is to be called for a request: at boot, and whenever `when` has come.
 * Only reads the store: neither client nor network is needed. `now` in seconds since 1970 (the
 * port's wall_time, or wafer_now), negative when it is not known: then a certificate that is
 * missing is ordered, for the CA tells the time, and one that is there is left alone. Where `now`
 * comes from a clock that is wrong, wafer_issue finds out and ends with WAFER_E_TOO_EARLY.
 * Returns 1 to act, 0 not to, or WAFER_E_LOCKED, _FLASH, _ARGUMENT for a request without names. */
int wafer_due(struct wafer_store *store, const struct wafer_request *request, int64_t now,
              struct wafer_due *due) WAFER_MUST_CHECK;

/* Asks the CA for the time, on a device that does not know it: reads the directory, and
 * believes the Date of the answer (see wafer_now). Returns 0, also when the time was known, or
 * a negative error, and wafer_last tells more. */
int wafer_learn_time(struct wafer *w) WAFER_MUST_CHECK;

/* Takes one profile: its name, for the request, and what the CA says of it. Both are the CA's octets, and
 * valid during the call only. */
typedef void (*wafer_profile_taker)(void *ctx, const char *name, const char *description);

/* Reads the certificate profiles in the CA's directory (draft-ietf-acme-profiles, section 3) and gives each to
 * `take`. An operation of its own: it asks the CA, and forgets the last error. Returns how many there are,
 * 0 when the CA has none, or a negative error, and wafer_last tells more. */
int wafer_profiles(struct wafer *w, wafer_profile_taker take, void *ctx) WAFER_MUST_CHECK;

/* What went wrong in the last operation. */
const struct wafer_last *wafer_last(const struct wafer *w);

/* The terms of service URL that the CA's directory named, or "". */
const char *wafer_terms(const struct wafer *w);

/* The time as far as the client knows it: what the CA said, where the port's clock differs from
 * it by more than an hour; the port's clock; or at least the floor (build time, what a CA said
 * last in an earlier run). */
int64_t wafer_now(struct wafer *w);

/* Whether an error may pass by itself (exit status 75 of the command) rather than
 * need a person: 1 or 0. */
int wafer_last_is_temporary(const struct wafer_last *last);

/* Ends the connection and wipes all keys; wafer_last still tells of the last
 * operation. The client may be initialised again. */
void wafer_close(struct wafer *w);

#ifdef __cplusplus
}
#endif

#endif
