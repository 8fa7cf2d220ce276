#include "acme/authorize.h"
#include <string.h>
#include "format/base64url.h"
#include "acme/report.h"
#include "acme/session.h"
#include "base/url.h"
#include "acme/wait.h"

#define FIRST_POLL_MS 1500 /* for who sees no fetch: a CA needs a second or two */

/* One authorization as the CA shows it; its name is in w->order.name. */
struct authorization {
    struct wafer_json json;
    int challenge; /* of the solver's type, negative: none offered */
    bool valid;
};

/* The next packed string. */
static const char *after(const char *text)
{
    return text + strlen(text) + 1;
}

/* Whether a member is a string equal to `text`. */
static int has(const struct wafer_json *json, int object, const char *name, const char *text)
{
    return wafer_json_equals(json, wafer_json_member(json, object, name), text);
}

/* Among the challenges offered, which may be of any kind and have any members: the one
 * of a type; with NULL the one that has an error. */
static int find_challenge(const struct wafer_json *json, const char *type)
{
    int list = wafer_json_member(json, 0, "challenges");
    for (int c = wafer_json_first(json, list); c >= 0; c = wafer_json_next(json, list, c)) {
        if (type != NULL ? has(json, c, "type", type) : wafer_json_member(json, c, "error") > 0) {
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
    if (wafer_json_string(json, wafer_json_member(json, identifier, "value"), w->order.name,
                          sizeof w->order.name) < 0) {
        return wafer_fail(w, WAFER_E_JSON, "the authorization has no identifier");
    }
    a->challenge = solver == NULL ? WAFER_E_NOT_FOUND : find_challenge(json, solver->type);
    a->valid = has(json, 0, "status", "valid");
    if (a->valid) {
        return 0;
    }
    if (!has(json, 0, "status", "pending") && !has(json, 0, "status", "processing")) {
        return fail_validation(w, json, find_challenge(json, NULL));
    }
    return has(json, a->challenge, "status", "invalid") ? fail_validation(w, json, a->challenge) : 0;
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

/* Keeps name and token behind the strings in w->order.authz and hands the challenge to
 * the solver. The token comes from the network and ends up in paths: RFC 8555 8.1
 * allows base64url only. */
static int present(struct wafer *w, const struct authorization *a)
{
    const struct wafer_solver *solver = w->config->solver;
    struct wafer_order *o = &w->order;
    char *name = o->authz + o->authz_len, *token = name;
    size_t room = sizeof o->authz - o->authz_len, name_size = strlen(o->name) + 1;
    int len = WAFER_E_SPACE;
    if (name_size < room) {
        memcpy(name, o->name, name_size);
        token += name_size;
        len = wafer_json_string(&a->json, wafer_json_member(&a->json, a->challenge, "token"), token,
                                room - name_size);
    }
    if (len == WAFER_E_SPACE) {
        return wafer_fail(w, WAFER_E_SPACE, "too many names for WAFER_AUTHZ_SIZE");
    }
    if (len >= WAFER_TOKEN_MAX || len < 0 || !wafer_base64url_valid(token, (size_t)len)) {
        return wafer_fail(w, WAFER_E_JSON, "the challenge's token is not base64url");
    }
    o->authz_len = (uint16_t)(token + len + 1 - o->authz);
    o->presented++;
    if (solver->serve != NULL) {
        w->http.tls.meanwhile = serve_meanwhile;
        w->http.tls.meanwhile_ctx = w;
    }
    struct wafer_challenge challenge = {solver->type, name, token, w->session.thumbprint};
    return wafer_check(w, solver->present(solver->ctx, &challenge), o->name);
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
    const char *name = w->order.name;
    struct authorization a;
    char challenge_url[WAFER_URL_MAX];
    struct wafer_post post = {.url = challenge_url, .payload = empty_object};
    w->step = WAFER_STEP_AUTHORIZATION;
    int rc = read_authorization(w, url, &a);
    if (rc < 0) {
        return rc;
    }
    if (a.valid) {
        wafer_tell(w, WAFER_EVENT_REUSED, name, NULL);
        return 0;
    }
    if (a.challenge < 0) {
        return wafer_fail(w, WAFER_E_NO_CHALLENGE, name);
    }
    rc = wafer_session_copy_url(w, &a.json, wafer_json_member(&a.json, a.challenge, "url"), challenge_url,
                                sizeof challenge_url, "the challenge's url");
    if (rc < 0 || (rc = present(w, &a)) < 0) {
        return rc;
    }
    wafer_step(w, WAFER_STEP_CHALLENGE, name, w->config->solver->type);
    if (has(&a.json, a.challenge, "status", "processing")) {
        return 0; /* told in an earlier run */
    }
    rc = wafer_session_post(w, &post);
    if (rc == 0) { /* Some CAs decide while they answer; a failure shows in the authorization too. */
        wafer_tell(w, WAFER_EVENT_END, name, NULL);
    }
    return rc;
}

/* Waits until one authorization is valid. */
static int finish(struct wafer *w, const char *url, struct wafer_patience *patience)
{
    struct authorization a;
    int rc;
    while ((rc = read_authorization(w, url, &a)) >= 0) {
        if (a.valid) {
            wafer_tell(w, WAFER_EVENT_END, w->order.name, NULL);
            return 0;
        }
        if ((rc = wafer_patience_wait(w, patience, FIRST_POLL_MS, w->order.name)) < 0) {
            break;
        }
    }
    return rc;
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
