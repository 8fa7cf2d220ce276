/* The ACME session (RFC 8555 6): nonces, signed requests, problem documents. */
#ifndef WAFER_SESSION_H
#define WAFER_SESSION_H

#include "net/http.h"
#include "acme/answer.h"
#include "crypto/jws.h"
#include "wafer/wafer.h"

/* URLs that wafer keeps of a directory (RFC 8555 7.1.1): X(name, JSON name). Those up
 * to newOrder are required, termsOfService is in meta. */
#define WAFER_DIRECTORY_URLS(X) \
    X(NEW_NONCE, "newNonce") \
    X(NEW_ACCOUNT, "newAccount") \
    X(NEW_ORDER, "newOrder") \
    X(TERMS, "termsOfService")

enum wafer_directory_entry {
#define WAFER_DIRECTORY_MEMBER(name, text) WAFER_URL_##name,
    WAFER_DIRECTORY_URLS(WAFER_DIRECTORY_MEMBER)
#undef WAFER_DIRECTORY_MEMBER
    WAFER_URL_COUNT
};

/* A URL of the directory, or "". */
const char *wafer_session_url(const struct wafer *w, enum wafer_directory_entry which);

/* One signed request. */
struct wafer_post {
    const char *url;
    wafer_payload payload; /* NULL: POST-as-GET */
    void *ctx;
    bool jwk;              /* sign with the public key instead of the account URL */
    bool standing;         /* the URL is not one of an order: a 404 of it is final */
    bool secret;           /* keep the payload out of the protocol events */
    wafer_http_link_taker take_link; /* see wafer_http_reader_link */
    unsigned alternate;
    wafer_body_sink sink;  /* takes a body of status 200; NULL: the work buffer does */
    void *sink_ctx;
};

/* GET without a signature; follows redirects to https within limits. Leaves its
 * answer as wafer_session_post does. */
int wafer_session_get(struct wafer *w, const char *url) WAFER_MUST_CHECK;

/* Sends it, signed anew each time: with the CA's fresh nonce after badNonce, on a
 * new connection when the kept-alive one was dead or the CA wants another, after a pause when
 * the CA has a 5xx or is not that far. Returns 0 for a 2xx: then the headers stand in
 * w->session.response and the body, if it had no sink of its own, in the work buffer: all of it, or
 * as much as came and fits; wafer_session_json tells. Else the error is noted. */
int wafer_session_post(struct wafer *w, const struct wafer_post *post) WAFER_MUST_CHECK;

/* POST-as-GET of a JSON object, parsed (RFC 8555 6.3). */
int wafer_session_fetch(struct wafer *w, const char *url, struct wafer_json *json) WAFER_MUST_CHECK;

#endif
