#include "acme/session.h"
#include <string.h>
#include "base/backoff.h"
#include "base/clock.h"
#include "crypto/drbg.h"
#include "net/http.h"
#include "acme/report.h"
#include "base/url.h"
#include "acme/wait.h"
#include "base/wordlist.h"

#define NONCE_TRIES 10   /* LAB: a CA may reject 40 % of good nonces */
#define SERVER_TRIES 3   /* repetitions after a 5xx */
#define REDIRECTS 4
#define QUICK_MS 30000   /* a Retry-After of a 5xx that is worth waiting for */
#define LINE_SIZE 640    /* header line: a URL and what stands around it */

/* A request, and how often it was repeated for which reason. */
struct call {
    struct wafer *w;
    const struct wafer_post *post; /* NULL: GET or HEAD, not signed */
    char *redirect;                /* memory for the URL that a GET is redirected to */
    uint8_t nonces, pauses, stale, redirects;
    struct wafer_http_request http;
};

/* Collects a body in the work buffer, with room for a NUL. */
static int collect(void *ctx, const struct wafer_response *response, const uint8_t *data, size_t len)
{
    const struct call *call = ctx;
    struct wafer *w = call->w;
    if (call->post != NULL && call->post->sink != NULL && response->status == 200) {
        return call->post->sink(call->post->sink_ctx, response, data, len);
    }
    if (len >= sizeof w->work.bytes - w->session.body_len) {
        return WAFER_E_TOO_LARGE;
    }
    memcpy(w->work.bytes + w->session.body_len, data, len);
    w->session.body_len = (uint16_t)(w->session.body_len + len);
    return 0;
}

/* One request and its answer on the open connection. */
static int exchange(struct wafer *w, struct call *call)
{
    struct wafer_session *s = &w->session;
    struct wafer_http_request *request = &call->http;
    const struct wafer_response *response = &s->response;
    s->body_len = 0;
    request->line = (char *)w->work.bytes;
    request->line_size = LINE_SIZE < sizeof w->work.bytes ? LINE_SIZE : sizeof w->work.bytes;
    wafer_tell_value(w, WAFER_EVENT_REQUEST, wafer_word(wafer_http_methods, request->method), request->url,
                     (int32_t)request->body_len);
    int rc = wafer_http_exchange(&w->http, request, &s->response, collect, call);
    if (rc < 0) {
        return rc;
    }
    if (call->post != NULL || response->nonce[0] != 0) { /* a POST used the old one up */
        memcpy(s->nonce, response->nonce, sizeof s->nonce);
    }
    if (response->date != 0) {
        wafer_clock_set(&w->clock, response->date);
    }
    wafer_tell_value(w, WAFER_EVENT_RESPONSE, NULL, NULL, response->status);
    if (s->body_len > 0) {
        w->work.bytes[s->body_len] = 0;
        wafer_tell_value(w, WAFER_EVENT_BODY, NULL, (const char *)w->work.bytes, s->body_len);
    }
    return 0;
}

static int parse(struct wafer *w, struct wafer_json *json)
{
    size_t len = w->session.body_len;
    return wafer_json_parse(json, (const char *)w->work.bytes, len, w->work.bytes + len + 1,
                            sizeof w->work.bytes - len - 1);
}

int wafer_session_json(struct wafer *w, const char *url, struct wafer_json *json)
{
    return wafer_check(w, parse(w, json), url);
}

/* Notes what an answer that is no 2xx says. */
static int fail_status(struct wafer *w, const char *url)
{
    struct wafer_json json;
    struct wafer_last *last = &w->last;
    int status = w->session.response.status;
    last->retry_after = w->session.response.retry_after;
    if (parse(w, &json) >= 0 && wafer_json_member(&json, 0, "type") > 0) {
        return wafer_fail_problem(w, WAFER_E_PROBLEM, url, status, &json, 0);
    }
    last->http_status = status;
    last->action = status >= 500 ? WAFER_ACTION_BACKOFF : WAFER_ACTION_STOP;
    if (status != 429) {
        return wafer_fail(w, WAFER_E_HTTP_STATUS, url);
    }
    if (last->retry_after >= 0) {
        last->action = WAFER_ACTION_LATER;
    }
    return wafer_fail(w, WAFER_E_RATE_LIMITED, url);
}

/* Forgets the error and waits before the next try. Returns 0 or a negative error. */
static int try_again(struct wafer *w, const char *why, uint32_t ms)
{
    wafer_tell_value(w, WAFER_EVENT_RETRY, NULL, why, (int32_t)ms);
    wafer_forgive(w);
    int rc = ms > 0 ? wafer_wait(w, ms) : 0;
    return rc < 0 ? rc : 0;
}

/* After a 5xx: waits for the next quick try. Returns 0 to try again, else a
 * negative error. */
static int pause_after_5xx(struct wafer *w, struct call *call, int error)
{
    uint32_t ms = wafer_backoff_retry_ms(call->pauses, wafer_drbg_uint32(&w->drbg));
    int32_t asked = w->last.retry_after;
    if (call->pauses++ >= SERVER_TRIES || asked > QUICK_MS / 1000) {
        return error;
    }
    return try_again(w, "the CA has an internal error", asked >= 0 ? (uint32_t)asked * 1000 : ms);
}

/* Follows a redirect (RFC 9110 15.4). The work buffer has what nobody will read. */
static int redirect(struct wafer *w, struct call *call)
{
    const char *location = w->session.response.location;
    char *target = (char *)w->work.bytes;
    if (call->redirects++ >= REDIRECTS ||
        wafer_url_resolve(call->http.url, location, strlen(location), target, WAFER_URL_MAX) < 0) {
        return wafer_fail(w, WAFER_E_REDIRECT, location);
    }
    call->http.url = memcpy(call->redirect, target, WAFER_URL_MAX);
    return 0;
}

/* What an answer that is no 2xx asks for: 0 to send the request again, or the error. */
static int react(struct wafer *w, struct call *call)
{
    int status = w->session.response.status;
    if (call->redirect != NULL && status >= 301 && status <= 308 && w->session.response.location[0] != 0) {
        return redirect(w, call);
    }
    int error = fail_status(w, call->http.url);
    if (w->last.action == WAFER_ACTION_NONCE && call->nonces++ < NONCE_TRIES) {
        return try_again(w, "the CA did not take the nonce", 0);
    }
    if (status >= 500 && w->last.action == WAFER_ACTION_BACKOFF) {
        return pause_after_5xx(w, call, error);
    }
    return error;
}

/* Writes the payload and shows it to who watches the protocol. */
static int show_payload(void *ctx, struct wafer_buf *out)
{
    const struct call *call = ctx;
    const struct wafer_post *post = call->post;
    size_t start = out->len;
    int rc = post->payload(post->ctx, out);
    if (rc >= 0 && !post->secret && wafer_buf_string(out)[0] != 0) { /* "" after an overflow */
        wafer_tell_value(call->w, WAFER_EVENT_BODY, NULL, (const char *)out->data + start, -1);
    }
    return rc;
}

/* Writes the signed body of a POST into the work buffer. */
static int sign(struct wafer *w, struct call *call)
{
    const struct wafer_session *s = &w->session;
    const struct wafer_post *post = call->post;
    struct wafer_jws jws = {s->signer, post->jwk ? NULL : s->account, s->nonce, post->url};
    struct wafer_buf body;
    wafer_buf_init(&body, w->work.bytes, sizeof w->work.bytes);
    int rc = wafer_jws_append(&body, &jws, post->payload == NULL ? NULL : show_payload, call);
    call->http.body = body.data;
    call->http.body_len = body.len;
    return rc;
}

/* Sends the request once. Returns 0 when it was answered; 1 when the kept-alive
 * connection was dead, so that the CA has not seen it. */
static int send_once(struct wafer *w, struct call *call)
{
    struct wafer_tls_params params = {w->config->port, &w->config->anchors, &w->drbg, &w->clock,
                                      w->work.bytes, sizeof w->work.bytes, WAFER_IO_TIMEOUT_MS, NULL};
    int rc = wafer_http_open(&w->http, &params, call->http.url);
    if (rc == 0 && call->post != NULL) {
        rc = sign(w, call);
    }
    if (rc == 0) {
        rc = exchange(w, call);
        if (rc < 0 && w->http.stale && call->stale++ == 0) {
            wafer_tell(w, WAFER_EVENT_RETRY, NULL, "the CA closed the idle connection");
            return 1;
        }
        if (rc < 0 && call->post != NULL) { /* the CA may have seen it */
            w->session.nonce[0] = 0;
        }
    }
    return wafer_check(w, rc, call->http.url);
}

static void begin(struct call *call, struct wafer *w, enum wafer_method method, const char *url)
{
    memset(call, 0, sizeof *call);
    call->w = w;
    call->http.method = method;
    call->http.url = url;
}

/* Sends a request until it is answered with a 2xx or that is hopeless. A POST
 * without a nonce lets a HEAD of newNonce go before (RFC 8555 7.2). */
static int send(struct call *call)
{
    struct wafer *w = call->w;
    struct call head;
    begin(&head, w, WAFER_HEAD, wafer_session_url(w, WAFER_URL_NEW_NONCE));
    for (;;) {
        struct call *next = call->post != NULL && w->session.nonce[0] == 0 ? &head : call;
        int rc = send_once(w, next);
        if (rc == 0 && w->session.response.status / 100 != 2) {
            rc = react(w, next);
        } else if (rc == 0 && next == call) {
            return 0;
        } else if (rc == 0 && w->session.nonce[0] == 0) {
            rc = wafer_fail(w, WAFER_E_HTTP, "newNonce answered without Replay-Nonce");
        }
        if (rc < 0) {
            return rc;
        }
    }
}

int wafer_session_get(struct wafer *w, const char *url)
{
    char buffer[WAFER_URL_MAX];
    struct call call;
    begin(&call, w, WAFER_GET, url);
    call.redirect = buffer;
    return send(&call);
}

int wafer_session_post(struct wafer *w, const struct wafer_post *post)
{
    struct call call;
    begin(&call, w, WAFER_POST, post->url);
    call.post = post;
    if (post->sink != NULL) {
        call.http.take_link = post->take_link;
        call.http.alternate = post->alternate;
        call.http.accept = "application/pem-certificate-chain";
    }
    return send(&call);
}

int wafer_session_fetch(struct wafer *w, const char *url, struct wafer_json *json)
{
    struct wafer_post post = {.url = url};
    int rc = wafer_session_post(w, &post);
    return rc < 0 ? rc : wafer_session_json(w, url, json);
}

int wafer_session_copy_url(struct wafer *w, const struct wafer_json *json, int value,
                           char *out, size_t size, const char *what)
{
    struct wafer_url url;
    int rc = wafer_json_string(json, value, out, size);
    if (rc == WAFER_E_NOT_FOUND || (rc >= 0 && wafer_url_parse(out, &url) < 0)) {
        rc = WAFER_E_JSON;
    }
    return rc < 0 ? wafer_fail(w, rc, what) : rc;
}

int wafer_session_location(struct wafer *w, const char *base, char out[WAFER_URL_MAX])
{
    const char *location = w->session.response.location;
    if (wafer_url_resolve(base, location, strlen(location), out, WAFER_URL_MAX) < 0) {
        return wafer_fail(w, WAFER_E_HTTP, "the answer has no usable Location");
    }
    return 0;
}

const char *wafer_session_url(const struct wafer *w, enum wafer_directory_entry which)
{
    return w->session.urls + w->session.url[which];
}

const char *wafer_terms(const struct wafer *w)
{
    return wafer_session_url(w, WAFER_URL_TERMS);
}
