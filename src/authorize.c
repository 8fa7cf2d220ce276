#include "authorize.h"
#include <string.h>
#include "base64url.h"
#include "report.h"
#include "session.h"
#include "url.h"
#include "wait.h"

#define FIRST_POLL_MS 1500 /* for who sees no fetch: a CA needs a second or two */

/* One authorization as the CA shows it. */
struct authorization {
    struct wafer_json json;
    char name[WAFER_HOST_MAX];
    int challenge; /* of the solver's type, negative: none offered */
    bool valid, pending;
};

/* The next packed string. */
static const char *after(const char *text)
{
    return text + strlen(text) + 1;
}

/* The challenge of the solver's type among those offered; others may be of any kind
 * and have any members. */
static int find_challenge(const struct wafer *w, const struct wafer_json *json)
{
    int list = wafer_json_member(json, 0, "challenges");
    for (int c = wafer_json_first(json, list); c >= 0; c = wafer_json_next(json, list, c)) {
        if (w->config->solver != NULL &&
            wafer_json_equals(json, wafer_json_member(json, c, "type"), w->config->solver->type)) {
            return c;
        }
    }
    return WAFER_E_NOT_FOUND;
}

/* Notes why a validation failed: the error of the challenge. What counts as "stop"
 * elsewhere passes here when the answer was just wrong or not seen. */
static int fail_validation(struct wafer *w, const struct authorization *a, int challenge)
{
    int rc = wafer_fail_problem(w, WAFER_E_VALIDATION, a->name, 0, &a->json,
                                wafer_json_member(&a->json, challenge, "error"));
    if (w->last.problem == WAFER_PROBLEM_UNAUTHORIZED || w->last.problem == WAFER_PROBLEM_NONE) {
        w->last.action = WAFER_ACTION_BACKOFF;
    }
    return rc;
}

/* The challenge that made an authorization invalid: the one with an error. */
static int failed_challenge(const struct wafer_json *json)
{
    int list = wafer_json_member(json, 0, "challenges");
    for (int c = wafer_json_first(json, list); c >= 0; c = wafer_json_next(json, list, c)) {
        if (wafer_json_member(json, c, "error") > 0) {
            return c;
        }
    }
    return WAFER_E_NOT_FOUND;
}

/* Reads an authorization; fails when it is invalid, or stays pending while its
 * challenge has failed, as some CAs leave it. */
static int read_authorization(struct wafer *w, const char *url, struct authorization *a)
{
    int rc = wafer_session_fetch(w, url, &a->json);
    if (rc < 0) {
        return rc;
    }
    int identifier = wafer_json_member(&a->json, 0, "identifier");
    int status = wafer_json_member(&a->json, 0, "status");
    if (wafer_json_string(&a->json, wafer_json_member(&a->json, identifier, "value"), a->name, sizeof a->name) < 0) {
        return wafer_fail(w, WAFER_E_JSON, "the authorization has no identifier");
    }
    a->valid = wafer_json_equals(&a->json, status, "valid");
    a->pending = wafer_json_equals(&a->json, status, "pending") || wafer_json_equals(&a->json, status, "processing");
    a->challenge = find_challenge(w, &a->json);
    if (a->valid) {
        return 0;
    }
    if (!a->pending) {
        return fail_validation(w, a, failed_challenge(&a->json));
    }
    if (wafer_json_equals(&a->json, wafer_json_member(&a->json, a->challenge, "status"), "invalid")) {
        return fail_validation(w, a, a->challenge);
    }
    return 0;
}

/* Keeps a string behind those in w->order.authz; NULL: no room. */
static const char *keep(struct wafer_order *o, const char *text)
{
    char *to = o->authz + o->authz_len;
    if (wafer_copy_string(to, sizeof o->authz - o->authz_len, text, strlen(text)) < 0) {
        return NULL;
    }
    o->authz_len = (uint16_t)(o->authz_len + strlen(text) + 1);
    return to;
}

/* Some CAs validate before they answer the request that says we are ready: the solver
 * works while the client waits for any answer. */
static int serve_meanwhile(void *ctx)
{
    struct wafer *w = ctx;
    int rc = w->config->solver->serve(w->config->solver->ctx, 0);
    if (rc > 0) {
        w->order.fetched = 1;
    }
    return rc;
}

/* Hands the challenge to the solver. The token comes from the network and ends up
 * in paths: RFC 8555 8.1 allows base64url only. */
static int present(struct wafer *w, const struct authorization *a)
{
    const struct wafer_solver *solver = w->config->solver;
    struct wafer_order *o = &w->order;
    char token[WAFER_TOKEN_MAX];
    int len = wafer_json_string(&a->json, wafer_json_member(&a->json, a->challenge, "token"), token, sizeof token);
    if (len <= 0 || !wafer_base64url_valid(token, (size_t)len)) {
        return wafer_fail(w, WAFER_E_JSON, "the challenge's token is not base64url");
    }
    uint16_t mark = o->authz_len;
    struct wafer_challenge challenge = {solver->type, keep(o, a->name), NULL, w->session.thumbprint};
    challenge.token = keep(o, token);
    if (challenge.identifier == NULL || challenge.token == NULL) {
        o->authz_len = mark;
        return wafer_fail(w, WAFER_E_SPACE, "too many names for WAFER_AUTHZ_SIZE");
    }
    o->presented++;
    if (solver->serve != NULL) {
        w->http.tls.meanwhile = serve_meanwhile;
        w->http.tls.meanwhile_ctx = w;
    }
    int rc = solver->present(solver->ctx, &challenge);
    return rc < 0 ? wafer_fail(w, rc, a->name) : 0;
}

static int empty_object(void *ctx, struct wafer_buf *out)
{
    (void)ctx;
    wafer_buf_text(out, "{}");
    return 0;
}

/* Presents the challenge of one authorization and tells the CA (RFC 8555 7.5.1). */
static int begin(struct wafer *w, const char *url)
{
    struct authorization a;
    char challenge_url[WAFER_URL_MAX];
    struct wafer_post post = {.url = challenge_url, .payload = empty_object};
    w->step = WAFER_STEP_AUTHORIZATION;
    int rc = read_authorization(w, url, &a);
    if (rc < 0) {
        return rc;
    }
    if (a.valid) {
        wafer_tell(w, WAFER_EVENT_REUSED, a.name, NULL);
        return 0;
    }
    if (a.challenge < 0) {
        return wafer_fail(w, WAFER_E_NO_CHALLENGE, a.name);
    }
    rc = wafer_session_copy_url(w, &a.json, wafer_json_member(&a.json, a.challenge, "url"), challenge_url,
                                sizeof challenge_url, "the challenge's url");
    if (rc < 0 || (rc = present(w, &a)) < 0) {
        return rc;
    }
    wafer_step(w, WAFER_STEP_CHALLENGE, a.name, w->config->solver->type);
    if (wafer_json_equals(&a.json, wafer_json_member(&a.json, a.challenge, "status"), "processing")) {
        return 0; /* told in an earlier run */
    }
    rc = wafer_session_post(w, &post);
    if (rc < 0) {
        return rc;
    }
    /* Some CAs decide while they answer; a failure shows in the authorization too. */
    wafer_tell(w, WAFER_EVENT_END, a.name, NULL);
    return 0;
}

/* Waits until one authorization is valid. */
static int finish(struct wafer *w, const char *url, struct wafer_patience *patience)
{
    struct authorization a;
    a.name[0] = 0;
    for (;;) {
        int rc = read_authorization(w, url, &a);
        if (rc < 0) {
            return rc;
        }
        if (a.valid) {
            wafer_tell(w, WAFER_EVENT_END, a.name, NULL);
            return 0;
        }
        if ((rc = wafer_patience_wait(w, patience, FIRST_POLL_MS, a.name)) < 0) {
            return rc;
        }
    }
}

static int validate(struct wafer *w)
{
    struct wafer_patience patience;
    const char *url = w->order.authz;
    unsigned pending = 0;
    for (unsigned i = 0; i < w->order.authz_count; i++, url = after(url)) {
        uint8_t before = w->order.presented;
        int rc = begin(w, url);
        if (rc < 0) {
            return rc;
        }
        pending |= w->order.presented > before ? 1u << (i & 31) : 0;
    }
    wafer_patience_init(w, &patience);
    if (pending != 0) {
        wafer_step(w, WAFER_STEP_VALIDATION, NULL, NULL);
        int rc = wafer_patience_wait(w, &patience, FIRST_POLL_MS, NULL);
        if (rc < 0) {
            return rc;
        }
    }
    url = w->order.authz;
    for (unsigned i = 0; i < w->order.authz_count; i++, url = after(url)) {
        if ((pending >> (i & 31) & 1) != 0) {
            int rc = finish(w, url, &patience);
            if (rc < 0) {
                return rc;
            }
        }
    }
    return 0;
}

/* Takes every presented answer back. */
static void clean_up(struct wafer *w)
{
    const struct wafer_solver *solver = w->config->solver;
    const char *text = w->order.authz;
    w->http.tls.meanwhile = NULL;
    w->order.fetched = 0;
    for (unsigned i = 0; i < w->order.authz_count; i++) {
        text = after(text);
    }
    for (; w->order.presented > 0; w->order.presented--) {
        struct wafer_challenge challenge = {solver->type, text, after(text), w->session.thumbprint};
        text = after(challenge.token);
        solver->cleanup(solver->ctx, &challenge);
    }
}

int wafer_authorize(struct wafer *w)
{
    wafer_step(w, WAFER_STEP_AUTHORIZATION, NULL, NULL);
    int rc = validate(w);
    clean_up(w);
    return rc;
}
