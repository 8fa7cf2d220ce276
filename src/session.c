#include "session.h"
#include <string.h>
#include "backoff.h"
#include "base64url.h"
#include "clock.h"
#include "drbg.h"
#include "http.h"
#include "report.h"
#include "url.h"
#include "wait.h"

#define NONCE_TRIES 10   /* LAB: a CA may reject 40 % of good nonces */
#define SERVER_TRIES 3   /* repetitions after a 5xx */
#define REDIRECTS 4
#define QUICK_MS 30000   /* a Retry-After of a 5xx that is worth waiting for */
#define LINE_SIZE 640    /* header line: a URL and what stands around it */

/* Collects a body in the work buffer, with room for a NUL. */
struct collector {
    struct wafer *w;
    const struct wafer_post *post;
};

static int collect(void *ctx, const struct wafer_response *response, const uint8_t *data, size_t len)
{
    struct collector *c = ctx;
    struct wafer *w = c->w;
    if (c->post != NULL && c->post->sink != NULL && response->status == 200) {
        return c->post->sink(c->post->sink_ctx, response, data, len);
    }
    if (len >= sizeof w->work.bytes - w->session.body_len) {
        return WAFER_E_TOO_LARGE;
    }
    memcpy(w->work.bytes + w->session.body_len, data, len);
    w->session.body_len = (uint16_t)(w->session.body_len + len);
    return 0;
}

/* One request and its answer on the open connection. */
static int exchange(struct wafer *w, struct wafer_http_request *request, const struct wafer_post *post)
{
    static const char *const methods[] = {"GET ", "HEAD ", "POST "};
    struct wafer_session *s = &w->session;
    struct wafer_response *response = &s->response;
    struct collector collector = {w, post};
    s->body_len = 0;
    request->line = (char *)w->work.bytes;
    request->line_size = LINE_SIZE < sizeof w->work.bytes ? LINE_SIZE : sizeof w->work.bytes;
    wafer_tell_value(w, WAFER_EVENT_REQUEST, methods[request->method], request->url, (int32_t)request->body_len);
    int rc = wafer_http_exchange(&w->http, request, response, collect, &collector);
    if (rc < 0) {
        return rc;
    }
    if (response->nonce[0] != 0 && !wafer_base64url_valid(response->nonce, strlen(response->nonce))) {
        return WAFER_E_HTTP; /* RFC 8555 6.5.1 */
    }
    if (request->method == WAFER_POST || response->nonce[0] != 0) { /* a POST used the old one up */
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

int wafer_session_json(struct wafer *w, struct wafer_json *json)
{
    size_t len = w->session.body_len;
    return wafer_json_parse(json, (const char *)w->work.bytes, len, w->work.bytes + len + 1,
                            sizeof w->work.bytes - len - 1);
}

/* Notes what an answer that is no 2xx says. */
static int fail_status(struct wafer *w, const char *url)
{
    struct wafer_json json = {0};
    int status = w->session.response.status;
    w->last.retry_after = w->session.response.retry_after;
    if (wafer_session_json(w, &json) >= 0 && wafer_json_member(&json, 0, "type") > 0) {
        return wafer_fail_problem(w, WAFER_E_PROBLEM, url, status, &json, 0);
    }
    w->last.http_status = status;
    w->last.action = status >= 500 ? WAFER_ACTION_BACKOFF : WAFER_ACTION_STOP;
    if (status == 429 && w->last.retry_after >= 0) {
        w->last.action = WAFER_ACTION_LATER;
    }
    return wafer_fail(w, status == 429 ? WAFER_E_RATE_LIMITED : WAFER_E_HTTP_STATUS, url);
}

/* A request, and how often it was repeated for which reason. */
struct call {
    struct wafer_http_request http;
    const struct wafer_post *post; /* NULL: GET or HEAD, not signed */
    char *redirect;                /* memory for the URL that a GET is redirected to */
    uint8_t nonces, pauses, stale, redirects;
};

/* After a 5xx: waits for the next quick try. Returns 0 to try again, else a
 * negative error. */
static int pause_after_5xx(struct wafer *w, struct call *call, int error)
{
    uint32_t ms = wafer_backoff_retry_ms(call->pauses, wafer_drbg_uint32(&w->drbg));
    int32_t asked = w->last.retry_after;
    if (asked >= 0) {
        ms = asked > QUICK_MS / 1000 ? QUICK_MS + 1 : (uint32_t)asked * 1000;
    }
    if (call->pauses++ >= SERVER_TRIES || ms > QUICK_MS) {
        return error;
    }
    wafer_tell_value(w, WAFER_EVENT_RETRY, NULL, "the CA has an internal error", (int32_t)ms);
    wafer_forgive(w);
    int rc = wafer_wait(w, ms);
    return rc < 0 ? rc : 0;
}

/* Follows a redirect (RFC 9110 15.4). */
static int redirect(struct wafer *w, struct call *call)
{
    char target[WAFER_URL_MAX];
    const char *location = w->session.response.location;
    if (call->redirects++ >= REDIRECTS ||
        wafer_url_resolve(call->http.url, location, strlen(location), target, sizeof target) < 0) {
        return wafer_fail(w, WAFER_E_REDIRECT, location);
    }
    memcpy(call->redirect, target, sizeof target);
    call->http.url = call->redirect;
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
        wafer_tell(w, WAFER_EVENT_RETRY, NULL, "the CA did not take the nonce");
        wafer_forgive(w);
        return 0;
    }
    if (status >= 500 && w->last.action == WAFER_ACTION_BACKOFF) {
        return pause_after_5xx(w, call, error);
    }
    return error;
}

/* Writes the payload and shows it to who watches the protocol. */
struct shown_payload {
    struct wafer *w;
    const struct wafer_post *post;
};

static int show_payload(void *ctx, struct wafer_buf *out)
{
    struct shown_payload *p = ctx;
    size_t start = out->len;
    int rc = p->post->payload(p->post->ctx, out);
    if (rc >= 0 && !p->post->secret && !out->overflow) {
        wafer_buf_string(out);
        wafer_tell_value(p->w, WAFER_EVENT_BODY, NULL, (const char *)out->data + start, -1);
    }
    return rc;
}

/* Writes the signed body of a POST into the work buffer. */
static int sign(struct wafer *w, struct call *call)
{
    const struct wafer_session *s = &w->session;
    const struct wafer_post *post = call->post;
    struct wafer_jws jws = {s->signer, post->jwk ? NULL : s->account, s->nonce, post->url};
    struct shown_payload shown = {w, post};
    struct wafer_buf body;
    wafer_buf_init(&body, w->work.bytes, sizeof w->work.bytes);
    int rc = wafer_jws_append(&body, &jws, post->payload == NULL ? NULL : show_payload, &shown);
    call->http.body = body.data;
    call->http.body_len = body.len;
    return rc;
}

/* Sends the request once. Returns 0 when it was answered; 1 when the kept-alive
 * connection was dead, so that the CA has not seen it. */
static int send_once(struct wafer *w, struct call *call)
{
    struct wafer_tls_params params = {w->config->port, &w->config->anchors, &w->drbg, &w->clock,
                                      w->work.bytes, sizeof w->work.bytes};
    int rc = wafer_http_open(&w->http, &params, call->http.url);
    if (rc == 0 && call->post != NULL) {
        rc = sign(w, call);
    }
    if (rc == 0) {
        rc = exchange(w, &call->http, call->post);
        if (rc < 0 && w->http.stale && call->stale++ == 0) {
            wafer_tell(w, WAFER_EVENT_RETRY, NULL, "the CA closed the idle connection");
            return 1;
        }
        if (rc < 0 && call->post != NULL) { /* the CA may have seen it */
            w->session.nonce[0] = 0;
        }
    }
    return rc < 0 ? wafer_fail(w, rc, call->http.url) : 0;
}

/* Sends a request until it is answered with a 2xx or that is hopeless. A POST
 * without a nonce lets a HEAD of newNonce go before (RFC 8555 7.2). */
static int send(struct wafer *w, struct call *call)
{
    struct call head = {.http = {.method = WAFER_HEAD, .alternate = -1}};
    head.http.url = wafer_session_url(w, WAFER_URL_NEW_NONCE);
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

int wafer_session_get(struct wafer *w, enum wafer_method method, const char *url)
{
    char buffer[WAFER_URL_MAX];
    struct call call = {.http = {.method = method, .url = url, .alternate = -1}, .redirect = buffer};
    return send(w, &call);
}

int wafer_session_post(struct wafer *w, const struct wafer_post *post)
{
    struct call call = {.http = {.method = WAFER_POST, .url = post->url, .alternate = -1}, .post = post};
    if (post->sink != NULL) {
        call.http.alternate = post->alternate;
        call.http.accept = "application/pem-certificate-chain";
    }
    return send(w, &call);
}

int wafer_session_fetch(struct wafer *w, const char *url, struct wafer_json *json)
{
    struct wafer_post post = {.url = url};
    int rc = wafer_session_post(w, &post);
    if (rc == 0 && (rc = wafer_session_json(w, json)) < 0) {
        return wafer_fail(w, rc, url);
    }
    return rc < 0 ? rc : 0;
}

int wafer_session_copy_url(struct wafer *w, const struct wafer_json *json, int value,
                           char *out, size_t size, const char *what)
{
    struct wafer_url url;
    int rc = wafer_json_string(json, value, out, size);
    if (rc >= 0) {
        rc = wafer_url_parse(out, &url) < 0 ? WAFER_E_JSON : rc;
    } else if (rc == WAFER_E_NOT_FOUND) {
        rc = WAFER_E_JSON;
    }
    return rc < 0 ? wafer_fail(w, rc, what) : rc;
}

int wafer_session_location(struct wafer *w, const char *base, char *out, size_t size)
{
    const char *location = w->session.response.location;
    struct wafer_url url;
    int rc = wafer_url_resolve(base, location, strlen(location), out, size);
    if (rc < 0 || wafer_url_parse(out, &url) < 0) {
        return wafer_fail(w, WAFER_E_HTTP, "the answer has no usable Location");
    }
    return 0;
}

const char *wafer_session_url(const struct wafer *w, enum wafer_directory_entry which)
{
    return w->session.url[which] == 0 ? "" : w->session.urls + w->session.url[which];
}

const char *wafer_terms(const struct wafer *w)
{
    return wafer_session_url(w, WAFER_URL_TERMS);
}
