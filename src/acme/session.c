/* Requests until they are answered: nonces, signatures, redirects, and what is repeated. */
#include "acme/session.h"
#include <string.h>
#include "acme/event.h"
#include "acme/last.h"
#include "acme/origin.h"
#include "acme/poll.h"
#include "acme/problem.h"
#include "acme/retry.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/url.h"
#include "base/wordlist.h"
#include "net/http.h"

#define NONCE_TRIES 10  /* RFC 8555 6.5: badNonce is normal, and some CAs refuse good ones on purpose */
#define REDIRECTS   4
#define LINE_SIZE   640 /* header line: a URL and what stands around it */

/* A request, and how often it was repeated for which reason. */
struct call {
    struct wafer *w;
    const struct wafer_post *post; /* NULL: GET or HEAD, not signed */
    char *redirect;                /* memory for the URL that a GET is redirected to */
    uint8_t nonces, pauses, stale, redirects;
    struct wafer_http_request http;
};

/* What became of a request, where it did not fail. */
enum outcome { ANSWERED, TRY_AGAIN };

static void call_init(struct call *call, struct wafer *w, enum wafer_method method, const char *url)
{
    memset(call, 0, sizeof *call);
    call->w = w;
    call->http.method = method;
    call->http.url = url;
}

/* --- one request and its answer --- */

/* Whether the body goes to a sink of its own. */
static bool has_sink(const struct call *call, int status)
{
    return call->post != NULL && call->post->sink != NULL && status == 200;
}

static int collect_body(void *ctx, const struct wafer_response *response, const uint8_t *data, size_t len)
{
    const struct call *call = ctx;
    if (has_sink(call, response->status)) {
        return call->post->sink(call->post->sink_ctx, response, data, len);
    }
    return wafer_answer_take(call->w, data, len);
}

/* Believes the Date of an answer where the certificate that vouches for the server does too. */
static void take_date(struct wafer *w, int64_t date)
{
    if (date == 0 || !wafer_tls_is_valid_at(&w->http.tls, date)) {
        return;
    }
    wafer_clock_set(&w->clock, date);
    if (wafer_clock_is_wrong(&w->clock) && w->config->port->wall_time(w->config->port->ctx) >= 0) {
        wafer_notify_clock(w);
    }
}

/* Keeps what the headers of an answer are good for beyond it. */
static void keep_headers(struct wafer *w, const struct call *call)
{
    struct wafer_session *s = &w->session;
    if (call->post != NULL || s->response.nonce[0] != 0) { /* a POST used the old one up */
        memcpy(s->nonce, s->response.nonce, sizeof s->nonce);
    }
    take_date(w, s->response.date);
}

/* A body that breaks off, or does not end, is the matter of who needs it where the headers say what
 * is most important: a failure by its status, or where the new order is. Not when the failure was
 * here: WAFER_E_CANCELLED. */
static int excuse_body(struct wafer *w, int error)
{
    struct wafer_response *response = &w->session.response;
    enum wafer_error_kind kind = wafer_error_kind(error);
    bool enough = response->headed && (response->status >= 300 || response->location[0] != 0);
    if (error >= 0 || !enough || kind == WAFER_ERROR_LOCAL || kind == WAFER_ERROR_PAUSED) {
        return error;
    }
    response->body_error = (int8_t)error;
    return 0;
}

/* One request and its answer on the open connection. */
static int exchange(struct wafer *w, struct call *call)
{
    struct wafer_session *s = &w->session;
    struct wafer_http_request *request = &call->http;
    wafer_answer_begin(w);
    request->line = (char *)w->work.bytes;
    request->line_size = LINE_SIZE < sizeof w->work.bytes ? LINE_SIZE : sizeof w->work.bytes;
    wafer_notify_value(w, WAFER_EVENT_REQUEST, wafer_word(wafer_http_methods, request->method), request->url,
                       (int32_t)request->body_len);
    int rc = wafer_http_exchange(&w->http, request, &s->response, collect_body, call);
    if (!has_sink(call, s->response.status)) {
        rc = excuse_body(w, rc);
    }
    if (rc < 0) {
        return rc;
    }
    keep_headers(w, call);
    wafer_notify_value(w, WAFER_EVENT_RESPONSE, NULL, NULL, s->response.status);
    if (s->body_len > 0) {
        w->work.bytes[s->body_len] = 0;
        wafer_notify_value(w, WAFER_EVENT_BODY, NULL, (const char *)w->work.bytes, s->body_len);
    }
    return 0;
}

/* Writes the payload and shows it to who watches the protocol. */
static int show_payload(void *ctx, struct wafer_buf *out)
{
    const struct call *call = ctx;
    const struct wafer_post *post = call->post;
    size_t start = out->len;
    int rc = post->payload(post->ctx, out);
    if (rc < 0 || post->secret) {
        return rc;
    }
    const char *body = wafer_buf_string(out); /* "" after an overflow */
    if (body[0] != 0) {
        wafer_notify_value(call->w, WAFER_EVENT_BODY, NULL, body + start, -1);
    }
    return 0;
}

/* Writes the signed body of a POST into the work buffer. */
static int sign_body(struct wafer *w, struct call *call)
{
    const struct wafer_session *s = &w->session;
    const struct wafer_post *post = call->post;
    const struct wafer_jws jws = {s->signer, post->jwk ? NULL : s->account, s->nonce, post->url};
    struct wafer_buf body;
    wafer_buf_init(&body, w->work.bytes, sizeof w->work.bytes);
    int rc = wafer_jws_append(&body, &jws, post->payload == NULL ? NULL : show_payload, call);
    call->http.body = body.data;
    call->http.body_len = body.len;
    return rc;
}

/* Connects where needed, signs, sends. */
static int transmit(struct wafer *w, struct call *call)
{
    const struct wafer_config *config = w->config;
    const struct wafer_tls_params params = {.port = config->port, .anchors = &config->anchors, .drbg = &w->drbg,
                                            .clock = &w->clock, .scratch = w->work.bytes,
                                            .scratch_size = sizeof w->work.bytes, .ip = config->ip,
                                            .io_timeout_ms = config->io_timeout_ms, .deadline = &w->deadline};
    w->http.stale = false;
    int rc = wafer_http_open(&w->http, &params, call->http.url);
    if (rc < 0) {
        return rc;
    }
    if (call->post != NULL) {
        rc = sign_body(w, call);
        if (rc < 0) {
            return rc;
        }
    }
    rc = exchange(w, call);
    if (rc < 0 && call->post != NULL && !w->http.stale) { /* the CA may have seen the nonce */
        w->session.nonce[0] = 0;
    }
    return rc;
}

/* --- what an answer that is no 2xx asks for --- */

/* Notes what an answer that is no 2xx says. */
static int fail_status(struct wafer *w, const char *url)
{
    struct wafer_json json;
    int status = w->session.response.status;
    int rc = wafer_answer_problem(w, &json);
    w->last.retry_after = w->session.response.retry_after;
    if (rc < 0 || wafer_json_member(&json, 0, "type") < 0) {
        return wafer_fail_status(w, url, status);
    }
    return wafer_fail_problem(w, WAFER_E_PROBLEM, url, status, &json, 0);
}

/* Forgets the error and waits before the next try. */
static int try_again(struct wafer *w, enum wafer_reason why, uint32_t ms)
{
    wafer_notify_retry(w, why, ms);
    wafer_error_clear(w);
    if (ms > 0) {
        int rc = wafer_wait(w, ms);
        if (rc < 0) {
            return rc;
        }
    }
    return TRY_AGAIN;
}

/* Waits for the next quick try, if one is left, and time for it. */
static int pause(struct wafer *w, struct call *call, enum wafer_reason why, int error)
{
    int32_t ms = wafer_retry_quick_ms(w, call->pauses, why);
    if (ms < 0 || (uint32_t)ms >= wafer_deadline_left(&w->deadline, w->config->port)) {
        return error;
    }
    call->pauses++;
    return try_again(w, why, (uint32_t)ms);
}

/* A CA of several machines may not know at once what one of them has handed out. Nor may a proxy
 * take a request as early as it came (RFC 8470 5.2). */
static bool is_early(const struct wafer *w, const struct call *call, int status)
{
    bool handed_out = call->post != NULL && !call->post->standing && w->order.origin != WAFER_ORDER_RESUMED;
    return status == 425 || (status == 404 && handed_out && w->last.action != WAFER_ACTION_REGISTER);
}

/* Follows a redirect (RFC 9110 15.4). The work buffer has what nobody will read. */
static int follow_redirect(struct wafer *w, struct call *call)
{
    const char *location = w->session.response.location;
    char *target = (char *)w->work.bytes;
    if (w->session.response.overlong) {
        return wafer_fail(w, WAFER_E_TOO_LARGE, "the redirect's Location");
    }
    int rc = wafer_url_resolve(call->http.url, location, strlen(location), target, WAFER_URL_MAX);
    if (rc < 0 || call->redirects++ >= REDIRECTS) {
        return wafer_fail(w, WAFER_E_REDIRECT, location);
    }
    call->http.url = memcpy(call->redirect, target, WAFER_URL_MAX);
    return TRY_AGAIN;
}

static int react(struct wafer *w, struct call *call)
{
    const struct wafer_response *response = &w->session.response;
    int status = response->status;
    if (call->redirect != NULL && status >= 301 && status <= 308 &&
        (response->location[0] != 0 || response->overlong)) {
        return follow_redirect(w, call);
    }
    int error = fail_status(w, call->http.url);
    if (w->last.action == WAFER_ACTION_NONCE && call->nonces < NONCE_TRIES) {
        call->nonces++;
        return try_again(w, WAFER_REASON_NONCE, 0);
    }
    if (status >= 500 && w->last.action == WAFER_ACTION_BACKOFF) {
        return pause(w, call, WAFER_REASON_SERVER_ERROR, error);
    }
    if (is_early(w, call, status)) {
        return pause(w, call, WAFER_REASON_EARLY, error);
    }
    return error;
}

/* --- requests until they are answered --- */

/* Whether the connection is to blame: the CA has not seen the request, or says so of an idle
 * connection (RFC 9110 15.5.9), or of one that leads elsewhere (15.5.20). */
static bool wants_connection(const struct wafer *w, int rc)
{
    int status = w->session.response.status;
    return rc < 0 ? w->http.stale : status == 408 || status == 421;
}

/* Sends a request once. Returns what became of it, or a negative error (noted). */
static int attempt(struct call *call)
{
    struct wafer *w = call->w;
    int rc = transmit(w, call);
    if (wants_connection(w, rc) && call->stale == 0) {
        call->stale++;
        wafer_http_close(&w->http);
        wafer_notify_retry(w, WAFER_REASON_CONNECTION, 0);
        return TRY_AGAIN;
    }
    if (rc < 0) {
        return wafer_fail(w, rc, call->http.url);
    }
    return w->session.response.status / 100 == 2 ? ANSWERED : react(w, call);
}

/* HEAD newNonce (RFC 8555 7.2). */
static int fetch_nonce(struct wafer *w)
{
    struct call head;
    int rc;
    call_init(&head, w, WAFER_HEAD, wafer_session_url(w, WAFER_URL_NEW_NONCE));
    do {
        rc = attempt(&head);
    } while (rc == TRY_AGAIN);
    if (rc == ANSWERED && w->session.nonce[0] == 0) {
        return wafer_fail(w, WAFER_E_HTTP, "newNonce answered without a usable Replay-Nonce");
    }
    return rc;
}

/* Sends a request until it is answered with a 2xx or that is hopeless. */
static int send_request(struct call *call)
{
    struct wafer *w = call->w;
    int rc;
    do {
        rc = 0;
        if (call->post != NULL && w->session.nonce[0] == 0) {
            rc = fetch_nonce(w);
        }
        if (rc == 0) {
            rc = attempt(call);
        }
    } while (rc == TRY_AGAIN);
    return rc;
}

int wafer_session_get(struct wafer *w, const char *url)
{
    char buffer[WAFER_URL_MAX];
    struct call call;
    call_init(&call, w, WAFER_GET, url);
    call.redirect = buffer;
    return send_request(&call);
}

int wafer_session_post(struct wafer *w, const struct wafer_post *post)
{
    struct call call;
    call_init(&call, w, WAFER_POST, post->url);
    call.post = post;
    if (post->sink != NULL) {
        call.http.take_link = post->take_link;
        call.http.alternate = post->alternate;
        call.http.accept = "application/pem-certificate-chain";
    }
    return send_request(&call);
}

int wafer_session_fetch(struct wafer *w, const char *url, struct wafer_json *json)
{
    const struct wafer_post post = {.url = url};
    int rc = wafer_session_post(w, &post);
    if (rc < 0) {
        return rc;
    }
    return wafer_session_json(w, url, json);
}

const char *wafer_session_url(const struct wafer *w, enum wafer_directory_entry which)
{
    return w->session.urls + w->session.url[which];
}
