/* The body of an answer, from the network to JSON: collected in the work buffer, cut where there is
 * no room, and asked for what it says. */
#include "acme/answer.h"
#include <string.h>
#include "acme/last.h"
#include "acme/problem.h"
#include "base/url.h"
#include "format/json_digest.h"

#define BODY_MAX 98304 /* octets of an answer that are read, though there is no room for them */

void wafer_answer_begin(struct wafer *w)
{
    struct wafer_session *s = &w->session;
    s->body_len = 0;
    s->dropped = 0;
    s->digest.text = NULL;
}

/* Half of the work buffer has the digest, the rest is for its tokens. */
static void begin_digest(struct wafer *w)
{
    struct wafer_session *s = &w->session;
    wafer_json_digest_begin(&s->digest, (char *)w->work.bytes, sizeof w->work.bytes / 2);
    wafer_json_digest_feed(&s->digest, (const char *)w->work.bytes, s->body_len);
}

/* Takes what there is no room for: of what may be a problem document a digest. */
static int digest_body(struct wafer *w, const uint8_t *data, size_t len)
{
    struct wafer_session *s = &w->session;
    s->response.body_error = WAFER_E_TOO_LARGE;
    if (len > BODY_MAX - sizeof w->work.bytes - s->dropped) {
        return WAFER_E_TOO_LARGE; /* it may be endless */
    }
    s->dropped += (uint32_t)len;
    if (s->digest.text == NULL) {
        begin_digest(w);
    }
    wafer_json_digest_feed(&s->digest, (const char *)data, len);
    s->body_len = s->digest.len;
    return 0;
}

int wafer_answer_take(struct wafer *w, const uint8_t *data, size_t len)
{
    struct wafer_session *s = &w->session;
    if (s->digest.text != NULL || len >= sizeof w->work.bytes - s->body_len) {
        return digest_body(w, data, len);
    }
    memcpy(w->work.bytes + s->body_len, data, len);
    s->body_len = (uint16_t)(s->body_len + len);
    return 0;
}

static int parse_body(struct wafer *w, struct wafer_json *json)
{
    size_t len = w->session.body_len;
    return wafer_json_parse(json, (const char *)w->work.bytes, len, w->work.bytes + len + 1,
                            sizeof w->work.bytes - len - 1);
}

int wafer_answer_problem(struct wafer *w, struct wafer_json *json)
{
    struct wafer_session *s = &w->session;
    int rc = s->digest.text == NULL ? parse_body(w, json) : WAFER_E_TOO_LARGE;
    if (rc >= 0) {
        return rc;
    }
    if (s->digest.text == NULL) {
        begin_digest(w);
    }
    s->body_len = (uint16_t)wafer_json_digest_end(&s->digest);
    s->digest.text = NULL; /* the body is this from now on */
    return parse_body(w, json);
}

/* Some CAs tell of a problem with a status of success. */
static int check_problem(struct wafer *w, const char *url, const struct wafer_json *json)
{
    if (w->session.response.status >= 300 || !wafer_is_problem(json)) {
        return 0;
    }
    w->last.retry_after = w->session.response.retry_after;
    return wafer_fail_problem(w, WAFER_E_PROBLEM, url, w->session.response.status, json, 0);
}

int wafer_session_json(struct wafer *w, const char *url, struct wafer_json *json)
{
    int rc = w->session.response.body_error;
    if (rc == WAFER_E_TOO_LARGE && w->session.body_len == 0) {
        rc = WAFER_E_JSON; /* it has no digest: a page in HTML */
    }
    if (rc == 0) {
        rc = parse_body(w, json);
    }
    if (rc < 0) {
        return wafer_fail(w, rc, url);
    }
    return check_problem(w, url, json);
}

int wafer_session_copy_url(struct wafer *w, const struct wafer_json *json, int value,
                           char *out, size_t size, const char *what)
{
    struct wafer_url url;
    int len = wafer_json_string(json, value, out, size);
    if (len == WAFER_E_SPACE) {
        return wafer_fail(w, WAFER_E_SPACE, what);
    }
    if (len < 0 || wafer_url_parse(out, &url) < 0) {
        return wafer_fail(w, WAFER_E_JSON, what);
    }
    return len;
}

int wafer_session_location(struct wafer *w, const char *base, char out[WAFER_URL_MAX])
{
    const char *location = w->session.response.location;
    struct wafer_json json;
    int rc = wafer_url_resolve(base, location, strlen(location), out, WAFER_URL_MAX);
    if (rc >= 0) {
        return 0;
    }
    if (w->session.response.overlong) {
        return wafer_fail(w, WAFER_E_TOO_LARGE, "the answer's Location");
    }
    rc = parse_body(w, &json);
    if (rc >= 0) {
        rc = check_problem(w, base, &json);
    }
    return wafer_fail(w, WAFER_E_HTTP, "the answer has no usable Location");
}

