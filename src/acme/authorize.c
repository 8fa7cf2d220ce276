/* Reads all authorizations, presents the challenges of all names, tells the CA of them only then, and
 * waits until it has decided on each. */
#include "acme/authorize.h"
#include "acme/authorization.h"
#include "acme/event.h"
#include "acme/last.h"
#include "acme/order.h"
#include "acme/poll.h"
#include "acme/session.h"
#include "base/packed.h"
#include "format/base64url.h"

#define ANNOUNCEMENTS 3    /* of one challenge, when its validation went wrong at the CA (RFC 8555 8.2) */

/* What the CA said to an announcement. */
enum announced { TAKEN, REFUSED };

/* --- reading all --- */

/* An order with a single authorization keeps its URL, for there is room: looking at it costs no more than
 * looking at the order, and tells more. */
static bool keeps_url(const struct wafer *w)
{
    return w->order.authz_count == 1;
}

/* Keeps the URL that the CA is to be told at, in the place of the authorization's; "" when it knows already. */
static int keep_url(struct wafer *w, const struct wafer_authorization *a, char *entry)
{
    struct wafer_packed *list = &w->order.authz;
    const char *url = w->order.scratch;
    if (a->valid ||
        (!a->has_error && (wafer_authorization_is(a, "processing") || wafer_authorization_is(a, "valid")))) {
        url = "";
    } else {
        int rc = wafer_authorization_url(w, a);
        if (rc < 0) {
            return rc;
        }
    }
    int rc = keeps_url(w) ? wafer_packed_append(list, a->number, url)
                          : wafer_packed_replace(list, entry, a->number, url);
    return wafer_check(w, rc, WAFER_TOO_MANY_NAMES);
}

/* Keeps the challenge's token. It comes from the network and ends up in paths: RFC 8555 8.1
 * allows base64url only. */
static int pack_token(struct wafer *w, const struct wafer_authorization *a)
{
    char *token = w->order.scratch;
    int len = wafer_json_string(&a->json, wafer_json_member(&a->json, a->challenge, "token"), token,
                                sizeof w->order.scratch);
    if (len < 0 || len >= WAFER_TOKEN_MAX || !wafer_base64url_valid(token, (size_t)len)) {
        return wafer_fail(w, WAFER_E_JSON, "the challenge's token is not base64url");
    }
    return wafer_check(w, wafer_packed_push(&w->order.authz, a->number, token), WAFER_TOO_MANY_NAMES);
}

/* Reads an authorization and keeps what is needed to prove it. */
static int take_authorization(struct wafer *w, const struct wafer_request *request, char *entry)
{
    struct wafer_authorization a;
    int rc = wafer_authorization_read(w, request, wafer_packed_text(entry), &a);
    if (rc < 0) {
        return rc;
    }
    if (a.valid) {
        wafer_notify(w, WAFER_EVENT_REUSED, a.name, NULL);
    } else if (a.challenge < 0) {
        return wafer_fail(w, WAFER_E_NO_CHALLENGE, a.name);
    }
    rc = keep_url(w, &a, entry);
    if (rc < 0 || a.valid) {
        return rc;
    }
    return pack_token(w, &a);
}

static int take_all(struct wafer *w, const struct wafer_request *request)
{
    char *entry = wafer_packed_front(&w->order.authz);
    for (unsigned i = 0; i < w->order.authz_count; i++, entry = wafer_packed_next(entry)) {
        int rc = take_authorization(w, request, entry);
        if (rc < 0) {
            return rc;
        }
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

/* The challenge of an entry at the back. */
static struct wafer_challenge challenge_of(const struct wafer *w, const struct wafer_request *request,
                                           const char *entry)
{
    const char *name = request->names[wafer_packed_number(entry)];
    return (struct wafer_challenge){.type = w->config->solver->type,
                                    .identifier = name[0] == '*' ? name + 2 : name,
                                    .token = wafer_packed_text(entry),
                                    .thumbprint = w->session.thumbprint};
}

/* Hands all challenges to the solver; one counts as presented also if that fails half-way. */
static int present_all(struct wafer *w, const struct wafer_request *request)
{
    const struct wafer_solver *solver = w->config->solver;
    struct wafer_packed *list = &w->order.authz;
    for (char *entry = wafer_packed_back(list); entry < wafer_packed_back_end(list);
         entry = wafer_packed_next(entry)) {
        const struct wafer_challenge challenge = challenge_of(w, request, entry);
        w->order.presented++;
        int rc = solver->present(solver->ctx, &challenge);
        if (rc < 0) {
            return wafer_fail(w, rc, challenge.identifier);
        }
        if (solver->serve != NULL) {
            w->http.tls.meanwhile = serve_meanwhile;
            w->http.tls.meanwhile_ctx = w;
        }
    }
    return 0;
}

/* Takes every presented answer back. */
static void clean_up(struct wafer *w, const struct wafer_request *request)
{
    const struct wafer_solver *solver = w->config->solver;
    struct wafer_packed *list = &w->order.authz;
    char *entry = wafer_packed_back(list);
    w->http.tls.meanwhile = NULL;
    w->order.fetched = 0;
    for (; w->order.presented > 0; w->order.presented--, entry = wafer_packed_next(entry)) {
        const struct wafer_challenge challenge = challenge_of(w, request, entry);
        solver->cleanup(solver->ctx, &challenge);
    }
    wafer_packed_clear(list);
}

/* --- telling the CA --- */

static int empty_object(void *ctx, struct wafer_buf *out)
{
    (void)ctx;
    wafer_buf_text(out, "{}");
    return 0;
}

/* What a refusal means. When it can be that the CA knows already, or has decided, a look will show: unless it
 * is the last word. A problem is why the validation failed, but for what is about the account, the rate or
 * the CA itself. */
static int judge_refusal(struct wafer *w, const char *name, int error, bool is_last)
{
    struct wafer_json json;
    const struct wafer_last *last = &w->last;
    bool is_vague = last->problem == WAFER_PROBLEM_NONE || last->problem == WAFER_PROBLEM_MALFORMED ||
                    last->problem == WAFER_PROBLEM_CONFLICT;
    if (last->http_status < 400 || last->http_status >= 500 || error == WAFER_E_RATE_LIMITED ||
        last->action == WAFER_ACTION_REGISTER || last->action == WAFER_ACTION_NONCE) {
        return error;
    }
    if (is_vague && !is_last) {
        wafer_error_clear(w);
        return REFUSED;
    }
    if (error != WAFER_E_PROBLEM) {
        return error;
    }
    wafer_error_clear(w);
    int rc = wafer_answer_problem(w, &json);
    return rc < 0 ? wafer_fail(w, rc, name) : wafer_validation_failed(w, name, &json, 0);
}

/* Some CAs decide before they answer, and some tell the reason nowhere else. Little or nothing in the
 * answer is all right. */
static int judge_answer(struct wafer *w, const char *name)
{
    struct wafer_json json;
    int rc = wafer_session_json(w, name, &json);
    if (rc < 0) {
        wafer_error_clear(w);
        return TAKEN;
    }
    int error = wafer_json_member(&json, 0, "error");
    bool is_invalid = wafer_json_equals(&json, wafer_json_member(&json, 0, "status"), "invalid");
    return error > 0 && is_invalid ? wafer_validation_failed(w, name, &json, error) : TAKEN;
}

/* Tells the CA that the answer to a challenge is there (RFC 8555 7.5.1). Returns enum announced. */
static int announce(struct wafer *w, const char *url, const char *name, bool is_last)
{
    const struct wafer_post post = {.url = url, .payload = empty_object};
    w->order.announced = 1;
    int rc = wafer_session_post(w, &post);
    return rc < 0 ? judge_refusal(w, name, rc, is_last) : judge_answer(w, name);
}

/* Returns enum announced: REFUSED when one was. */
static int announce_all(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_packed *list = &w->order.authz;
    char *entry = wafer_packed_front(list);
    int worst = TAKEN;
    if (keeps_url(w)) {
        entry = wafer_packed_next(entry);
    }
    for (; entry < wafer_packed_front_end(list); entry = wafer_packed_next(entry)) {
        const char *url = wafer_packed_text(entry), *name = request->names[wafer_packed_number(entry)];
        if (url[0] == 0) {
            continue;
        }
        wafer_step(w, WAFER_STEP_CHALLENGE, name, w->config->solver->type);
        int rc = announce(w, url, name, false);
        if (rc < 0) {
            return rc;
        }
        worst = rc == REFUSED ? REFUSED : worst;
        wafer_notify(w, WAFER_EVENT_END, name, NULL);
    }
    return worst;
}

/* --- until the CA has decided --- */

/* The end of all waiting: if what the CA said last (an authorization, or a challenge) has an error, that is
 * the reason. */
static int fail_late(struct wafer *w, const char *name)
{
    struct wafer_json json;
    wafer_error_clear(w);
    int rc = wafer_session_json(w, name, &json);
    wafer_error_clear(w);
    w->last.retry_after = w->session.response.retry_after;
    int error = rc < 0 ? rc : wafer_authorization_error(&json);
    return error > 0 ? wafer_validation_failed(w, name, &json, error) : wafer_fail(w, WAFER_E_TIMEOUT, name);
}

static int wait_for_validation(struct wafer *w, struct wafer_poll *poll, const char *name)
{
    int rc = wafer_poll_wait(w, poll, name);
    return rc == WAFER_E_TIMEOUT ? fail_late(w, name) : rc;
}

/* Announces once more after a wait, for the challenge is left with an error or its announcement was refused:
 * what was wrong may have passed. */
static int announce_again(struct wafer *w, const struct wafer_authorization *a, struct wafer_poll *poll,
                          bool is_last)
{
    int rc = wafer_authorization_url(w, a);
    if (rc < 0) {
        return rc;
    }
    rc = wait_for_validation(w, poll, a->name);
    if (rc < 0) {
        return rc;
    }
    wafer_notify_retry(w, WAFER_REASON_VALIDATION, 0);
    return announce(w, w->order.scratch, a->name, is_last);
}

/* Waits until one authorization is valid. */
static int finish_validation(struct wafer *w, const struct wafer_request *request, const char *url,
                             struct wafer_poll *poll, int announced)
{
    struct wafer_authorization a;
    for (int times = 1;;) {
        int rc = wafer_authorization_read(w, request, url, &a);
        if (rc < 0) {
            return rc;
        }
        if (a.valid) {
            wafer_notify(w, WAFER_EVENT_END, a.name, NULL);
            return 0;
        }
        if (a.has_error && times == ANNOUNCEMENTS) {
            return wafer_challenge_failed(w, &a);
        }
        if (a.has_error || (announced == REFUSED && wafer_authorization_is(&a, "pending"))) {
            times++;
            announced = announce_again(w, &a, poll, !a.has_error && times >= ANNOUNCEMENTS);
            if (announced < 0) {
                return announced;
            }
        }
        rc = wait_for_validation(w, poll, a.name);
        if (rc < 0) {
            return rc;
        }
    }
}

/* Tells the end of each validation, in the order of the names. */
static void tell_validated(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_packed *list = &w->order.authz;
    for (size_t i = 0; i < request->name_count; i++) {
        for (char *entry = wafer_packed_back(list); entry < wafer_packed_back_end(list);
             entry = wafer_packed_next(entry)) {
            if (wafer_packed_number(entry) == i) {
                wafer_notify(w, WAFER_EVENT_END, request->names[i], NULL);
            }
        }
    }
}

/* Looks at the order: one request for all names. An invalid one says less than the authorization that made it so. */
static int look_at_order(struct wafer *w, const struct wafer_request *request)
{
    const struct wafer_post post = {.url = w->order.url};
    struct wafer_authorization a;
    int rc = wafer_order_request(w, &post, WAFER_ORDER_WITH_AUTHORIZATIONS);
    if (rc != WAFER_E_ORDER) {
        return rc;
    }
    wafer_error_clear(w);
    char *entry = wafer_packed_front(&w->order.authz);
    for (unsigned i = 0; i < w->order.authz_count; i++, entry = wafer_packed_next(entry)) {
        rc = wafer_authorization_read(w, request, wafer_packed_text(entry), &a);
        if (rc < 0) {
            return rc;
        }
    }
    return wafer_order_request(w, &post, WAFER_ORDER_WITH_AUTHORIZATIONS);
}

static int finish_all(struct wafer *w, const struct wafer_request *request, int announced)
{
    struct wafer_poll poll;
    wafer_step(w, WAFER_STEP_VALIDATION, NULL, NULL);
    wafer_poll_begin(w, &poll);
    int rc = wafer_poll_wait(w, &poll, NULL);
    if (rc == 0 && !keeps_url(w)) {
        rc = look_at_order(w, request);
        if (rc == 0 && w->order.status != WAFER_ORDER_PENDING) {
            tell_validated(w, request);
            return 0;
        }
    }
    char *entry = wafer_packed_front(&w->order.authz);
    for (unsigned i = 0; rc == 0 && i < w->order.authz_count; i++, entry = wafer_packed_next(entry)) {
        rc = finish_validation(w, request, wafer_packed_text(entry), &poll, announced);
    }
    return rc;
}

static int validate_all(struct wafer *w, const struct wafer_request *request)
{
    int rc = take_all(w, request);
    if (rc < 0) {
        return rc;
    }
    rc = present_all(w, request);
    if (rc < 0) {
        return rc;
    }
    rc = announce_all(w, request);
    if (rc < 0 || w->order.presented == 0) {
        return rc;
    }
    return finish_all(w, request, rc);
}

int wafer_authorize(struct wafer *w, const struct wafer_request *request)
{
    wafer_step(w, WAFER_STEP_AUTHORIZATION, NULL, NULL);
    int rc = validate_all(w, request);
    clean_up(w, request);
    return rc;
}
