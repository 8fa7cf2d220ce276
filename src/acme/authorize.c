/* Reads authorizations, presents the challenges of all names together, and waits until the
 * CA has decided on each. */
#include "acme/authorize.h"
#include <string.h>
#include "acme/event.h"
#include "acme/last.h"
#include "acme/poll.h"
#include "acme/problem.h"
#include "acme/session.h"
#include "base/url.h"
#include "format/base64url.h"

/* One authorization as the CA shows it; its name is in w->order.name. */
struct authorization {
    struct wafer_json json;
    int challenge; /* of the solver's type, negative: none offered */
    bool valid;
};

/* What became of an authorization that a challenge may be presented for. */
enum progress { VALID_ALREADY, PENDING };

/* The next packed string. */
static const char *string_after(const char *text)
{
    return text + strlen(text) + 1;
}

/* Whether a member is a string equal to `text`. */
static int has_member(const struct wafer_json *json, int object, const char *name, const char *text)
{
    return wafer_json_equals(json, wafer_json_member(json, object, name), text);
}

/* --- what the CA shows --- */

/* Among the challenges offered, which may be of any kind and have any members: the one
 * of a type; with NULL the one that has an error. */
static int find_challenge(const struct wafer_json *json, const char *type)
{
    int list = wafer_json_member(json, 0, "challenges");
    for (int c = wafer_json_first(json, list); c >= 0; c = wafer_json_next(json, list, c)) {
        if (type != NULL ? has_member(json, c, "type", type) : wafer_json_member(json, c, "error") > 0) {
            return c;
        }
    }
    return WAFER_E_NOT_FOUND;
}

/* Notes why a validation failed: the error of the challenge. What counts as "stop"
 * elsewhere passes here when the answer was just wrong or not seen. */
static int fail_validation(struct wafer *w, const struct wafer_json *json, int challenge)
{
    int rc = wafer_fail_problem(w, WAFER_E_VALIDATION, w->order.name, 0, json,
                                wafer_json_member(json, challenge, "error"));
    if (w->last.problem == WAFER_PROBLEM_UNAUTHORIZED || w->last.problem == WAFER_PROBLEM_NONE) {
        w->last.action = WAFER_ACTION_BACKOFF;
    }
    return rc;
}

/* Reads an authorization; fails when it is invalid, or stays pending while its
 * challenge has failed, as some CAs leave it. */
static int read_authorization(struct wafer *w, const char *url, struct authorization *a)
{
    const struct wafer_solver *solver = w->config->solver;
    struct wafer_json *json = &a->json;
    int rc = wafer_session_fetch(w, url, json);
    if (rc < 0) {
        return rc;
    }
    int identifier = wafer_json_member(json, 0, "identifier");
    rc = wafer_json_string(json, wafer_json_member(json, identifier, "value"), w->order.name,
                           sizeof w->order.name);
    if (rc < 0) {
        return wafer_fail(w, WAFER_E_JSON, "the authorization has no identifier");
    }
    a->challenge = solver == NULL ? WAFER_E_NOT_FOUND : find_challenge(json, solver->type);
    a->valid = has_member(json, 0, "status", "valid");
    if (a->valid) {
        return 0;
    }
    if (!has_member(json, 0, "status", "pending") && !has_member(json, 0, "status", "processing")) {
        return fail_validation(w, json, find_challenge(json, NULL));
    }
    if (has_member(json, a->challenge, "status", "invalid")) {
        return fail_validation(w, json, a->challenge);
    }
    return 0;
}

/* --- presenting --- */

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

/* Packs the name and the challenge's token behind the strings in w->order.authz. Returns the
 * token. It comes from the network and ends up in paths: RFC 8555 8.1 allows base64url only. */
static int pack_token(struct wafer *w, const struct authorization *a, const char **packed)
{
    struct wafer_order *o = &w->order;
    size_t room = sizeof o->authz - o->authz_len, name_size = strlen(o->name) + 1;
    char *name = o->authz + o->authz_len, *token = name + name_size;
    if (name_size >= room) {
        return WAFER_E_SPACE;
    }
    memcpy(name, o->name, name_size);
    int len = wafer_json_string(&a->json, wafer_json_member(&a->json, a->challenge, "token"), token,
                                room - name_size);
    if (len == WAFER_E_SPACE) {
        return WAFER_E_SPACE;
    }
    if (len < 0 || len >= WAFER_TOKEN_MAX || !wafer_base64url_valid(token, (size_t)len)) {
        return WAFER_E_JSON;
    }
    o->authz_len = (uint16_t)(token + len + 1 - o->authz);
    *packed = token;
    return 0;
}

/* Hands the challenge to the solver; it counts as presented also if that fails half-way. */
static int present_challenge(struct wafer *w, const struct authorization *a)
{
    const struct wafer_solver *solver = w->config->solver;
    struct wafer_order *o = &w->order;
    const char *name = o->authz + o->authz_len, *token;
    int rc = pack_token(w, a, &token);
    if (rc < 0) {
        return wafer_fail(w, rc, rc == WAFER_E_SPACE ? "too many names for WAFER_AUTHZ_SIZE"
                                                     : "the challenge's token is not base64url");
    }
    o->presented++;
    if (solver->serve != NULL) {
        w->http.tls.meanwhile = serve_meanwhile;
        w->http.tls.meanwhile_ctx = w;
    }
    const struct wafer_challenge challenge = {solver->type, name, token, w->session.thumbprint};
    rc = solver->present(solver->ctx, &challenge);
    return wafer_check(w, rc, o->name);
}

static int empty_object(void *ctx, struct wafer_buf *out)
{
    (void)ctx;
    wafer_buf_text(out, "{}");
    return 0;
}

/* Presents the challenge of one authorization and tells the CA (RFC 8555 7.5.1). Returns
 * enum progress. */
static int begin_validation(struct wafer *w, const char *url)
{
    const char *name = w->order.name;
    struct authorization a;
    char challenge_url[WAFER_URL_MAX];
    const struct wafer_post post = {.url = challenge_url, .payload = empty_object};
    w->step = WAFER_STEP_AUTHORIZATION;
    int rc = read_authorization(w, url, &a);
    if (rc < 0) {
        return rc;
    }
    if (a.valid) {
        wafer_notify(w, WAFER_EVENT_REUSED, name, NULL);
        return VALID_ALREADY;
    }
    if (a.challenge < 0) {
        return wafer_fail(w, WAFER_E_NO_CHALLENGE, name);
    }
    rc = wafer_session_copy_url(w, &a.json, wafer_json_member(&a.json, a.challenge, "url"), challenge_url,
                                sizeof challenge_url, "the challenge's url");
    if (rc < 0) {
        return rc;
    }
    rc = present_challenge(w, &a);
    if (rc < 0) {
        return rc;
    }
    wafer_step(w, WAFER_STEP_CHALLENGE, name, w->config->solver->type);
    if (has_member(&a.json, a.challenge, "status", "processing")) {
        return PENDING; /* told in an earlier run */
    }
    rc = wafer_session_post(w, &post);
    if (rc < 0) {
        return rc;
    }
    /* Some CAs decide while they answer; a failure shows in the authorization too. */
    wafer_notify(w, WAFER_EVENT_END, name, NULL);
    return PENDING;
}

/* --- until the CA has decided --- */

/* Waits until one authorization is valid. */
static int finish_validation(struct wafer *w, const char *url, struct wafer_poll *poll)
{
    struct authorization a;
    for (;;) {
        int rc = read_authorization(w, url, &a);
        if (rc < 0) {
            return rc;
        }
        if (a.valid) {
            wafer_notify(w, WAFER_EVENT_END, w->order.name, NULL);
            return 0;
        }
        rc = wafer_poll_wait(w, poll, w->order.name);
        if (rc < 0) {
            return rc;
        }
    }
}

/* Presents what has to be presented; *pending has a bit for each authorization (by its
 * number modulo 32) that the CA has yet to decide on. */
static int begin_all(struct wafer *w, uint32_t *pending)
{
    const char *url = w->order.authz;
    *pending = 0;
    for (unsigned i = 0; i < w->order.authz_count; i++, url = string_after(url)) {
        int rc = begin_validation(w, url);
        if (rc < 0) {
            return rc;
        }
        if (rc == PENDING) {
            *pending |= (uint32_t)1 << (i & 31);
        }
    }
    return 0;
}

static int finish_all(struct wafer *w, uint32_t pending)
{
    struct wafer_poll poll;
    const char *url = w->order.authz;
    wafer_step(w, WAFER_STEP_VALIDATION, NULL, NULL);
    wafer_poll_begin(w, &poll);
    int rc = wafer_poll_wait(w, &poll, NULL);
    for (unsigned i = 0; rc == 0 && i < w->order.authz_count; i++, url = string_after(url)) {
        if ((pending >> (i & 31) & 1) != 0) {
            rc = finish_validation(w, url, &poll);
        }
    }
    return rc;
}

static int validate_all(struct wafer *w)
{
    uint32_t pending;
    int rc = begin_all(w, &pending);
    if (rc < 0) {
        return rc;
    }
    return pending == 0 ? 0 : finish_all(w, pending);
}

/* Takes every presented answer back. */
static void clean_up(struct wafer *w)
{
    const struct wafer_solver *solver = w->config->solver;
    const char *text = w->order.authz;
    w->http.tls.meanwhile = NULL;
    w->order.fetched = 0;
    for (unsigned i = 0; i < w->order.authz_count; i++) {
        text = string_after(text);
    }
    for (; w->order.presented > 0; w->order.presented--) {
        const struct wafer_challenge challenge = {solver->type, text, string_after(text), w->session.thumbprint};
        text = string_after(challenge.token);
        solver->cleanup(solver->ctx, &challenge);
    }
}

int wafer_authorize(struct wafer *w)
{
    wafer_step(w, WAFER_STEP_AUTHORIZATION, NULL, NULL);
    int rc = validate_all(w);
    clean_up(w);
    return rc;
}
