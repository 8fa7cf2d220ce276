/* Orders: what the CA shows of one, what the store keeps of it, and its way from status to
 * status. */
#include "acme/order.h"
#include <string.h>
#include "acme/event.h"
#include "acme/last.h"
#include "acme/leaf.h"
#include "acme/problem.h"
#include "acme/schedule.h"
#include "acme/session.h"
#include "base/clock.h"
#include "base/datetime.h"
#include "base/name.h"
#include "base/packed.h"
#include "base/url.h"
#include "base/wordlist.h"
#include "format/json_writer.h"
#include "record/fields.h"
#include "record/lineage.h"

/* In the order of enum wafer_order_status. */
static const char statuses[] = "pending\0ready\0processing\0valid\0";

/* --- what the CA shows --- */

/* Packs the authorization URLs of an order into w->order.authz, in front. */
static int read_authorizations(struct wafer *w, const struct wafer_json *json)
{
    struct wafer_order *o = &w->order;
    int list = wafer_json_member(json, 0, "authorizations");
    o->authz_count = 0;
    wafer_packed_rewind(&o->authz);
    for (int url = wafer_json_first(json, list); url >= 0; url = wafer_json_next(json, list, url)) {
        int rc = wafer_session_copy_url(w, json, url, o->scratch, WAFER_URL_MAX, "authorizations");
        if (rc < 0) {
            return rc;
        }
        rc = o->authz_count == UINT8_MAX ? WAFER_E_SPACE : wafer_packed_append(&o->authz, 0, o->scratch);
        if (rc < 0) {
            return wafer_fail(w, rc, WAFER_TOO_MANY_NAMES);
        }
        o->authz_count++;
    }
    /* RFC 8555 7.1.3: nothing is left to authorize once the order is ready. */
    if (o->authz_count == 0 && o->status == WAFER_ORDER_PENDING) {
        return wafer_fail(w, WAFER_E_JSON, "the order has no authorizations");
    }
    return 0;
}

static int read_status(struct wafer *w, const struct wafer_json *json)
{
    char text[16];
    int rc = wafer_json_string(json, wafer_json_member(json, 0, "status"), text, sizeof text);
    if (rc < 0) {
        return wafer_fail(w, WAFER_E_JSON, "the order has no status");
    }
    int status = wafer_word_index(statuses, text);
    /* deactivated, expired, revoked are as good as invalid */
    w->order.status = (uint8_t)(status < 0 ? WAFER_ORDER_INVALID : status);
    return 0;
}

/* Takes an order object out of the work buffer. The authorizations of an invalid one tell why it is so. */
static int read_order(struct wafer *w, enum wafer_order_extent extent)
{
    struct wafer_order *o = &w->order;
    struct wafer_json json;
    int rc = wafer_session_json(w, o->url, &json);
    if (rc < 0) {
        return rc;
    }
    rc = read_status(w, &json);
    if (rc < 0) {
        return rc;
    }
    if (extent == WAFER_ORDER_WITH_AUTHORIZATIONS) {
        rc = read_authorizations(w, &json);
        if (rc < 0) {
            return rc;
        }
    }
    if (o->status == WAFER_ORDER_INVALID) {
        return wafer_fail_problem(w, WAFER_E_ORDER, o->url, 0, &json, wafer_json_member(&json, 0, "error"));
    }
    const char *link = o->status == WAFER_ORDER_VALID ? "certificate" : "finalize";
    rc = wafer_session_copy_url(w, &json, wafer_json_member(&json, 0, link), o->link.certificate,
                                sizeof o->link.certificate, link);
    if (rc < 0) {
        return rc;
    }
    return 0;
}

/* When the order in the work buffer expires; 0 when it does not say, or is no JSON at all. */
static int64_t read_expires(struct wafer *w)
{
    struct wafer_json json;
    char text[40];
    int64_t when = 0;
    int rc = wafer_session_json(w, w->order.url, &json);
    if (rc < 0) { /* told when the order is read */
        wafer_error_clear(w);
        return 0;
    }
    int len = wafer_json_string(&json, wafer_json_member(&json, 0, "expires"), text, sizeof text);
    rc = len < 0 ? len : wafer_time_rfc3339(text, (size_t)len, &when);
    return rc < 0 ? 0 : when;
}

int wafer_order_request(struct wafer *w, const struct wafer_post *post, enum wafer_order_extent extent)
{
    int rc = wafer_session_post(w, post);
    if (rc < 0) {
        return rc;
    }
    return read_order(w, extent);
}

int wafer_order_poll(struct wafer *w, struct wafer_poll *poll, enum wafer_order_extent extent)
{
    const struct wafer_post post = {.url = w->order.url};
    int rc = wafer_poll_wait(w, poll, w->order.url);
    if (rc < 0) {
        return rc;
    }
    return wafer_order_request(w, &post, extent);
}

/* --- what the store keeps --- */

/* Whether a caller's data are not kept yet: those of a certificate that is there are replaced with it. */
static bool has_new_options(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_value kept;
    return request->options != NULL &&
           wafer_store_find(w->config->store, WAFER_KIND_OPTIONS, w->order.slot, 0, &kept) == WAFER_E_NOT_FOUND;
}

/* Commits what is needed to go on with the order after a reset. */
static int store_order(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_store *store = w->config->store;
    int64_t expires = read_expires(w);
    bool is_first = has_new_options(w, request);
    int rc = wafer_store_begin(store);
    if (rc == 0) {
        wafer_fields_begin(store, WAFER_KIND_ORDER, w->order.slot);
        wafer_lineage_describe(w, request);
        wafer_field_put_text(store, WAFER_FIELD_URL, w->order.url);
        if (expires > 0) {
            wafer_field_put_number(store, WAFER_FIELD_EXPIRES, expires);
        }
        if (wafer_makes_key(request)) {
            wafer_field_put(store, WAFER_FIELD_SECRET, w->order.key.secret, WAFER_KEY_SIZE);
        }
        if (is_first) {
            wafer_value_put(store, WAFER_KIND_OPTIONS, w->order.slot, request->options, request->options_len);
        }
        rc = wafer_store_commit(store);
    }
    return wafer_check(w, rc, "the order could not be stored");
}

/* Whether the time is known and the CA has given the order up by now. */
static bool has_expired(struct wafer *w, const struct wafer_value *stored)
{
    int64_t expires = wafer_field_get_number(w->config->store, stored, WAFER_FIELD_EXPIRES), now;
    int rc = wafer_clock_now(&w->clock, &now);
    return rc == 0 && expires > 0 && expires <= now;
}

/* Whether who asks for a new order shall get one: an earlier run has failed with the stored one. */
static bool is_given_up(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_value schedule;
    return request->new_order &&
           wafer_store_find(w->config->store, WAFER_KIND_SCHEDULE, w->order.slot, 0, &schedule) >= 0;
}

/* Loads URL and key of the stored order. Returns 0, WAFER_E_NOT_FOUND when there is none
 * for this request that can still go on, or another negative error. */
static int load_order(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_store *store = w->config->store;
    struct wafer_value stored;
    int rc = wafer_store_find(store, WAFER_KIND_ORDER, w->order.slot, 0, &stored);
    if (rc < 0) {
        return rc;
    }
    if (!wafer_lineage_is_for(w, request, &stored) || has_expired(w, &stored) || is_given_up(w, request)) {
        return WAFER_E_NOT_FOUND;
    }
    rc = wafer_field_get_text(store, &stored, WAFER_FIELD_URL, w->order.url, sizeof w->order.url);
    if (rc < 0) {
        return rc;
    }
    if (!wafer_makes_key(request)) {
        return wafer_field_equals(store, &stored, WAFER_FIELD_SECRET, 0, "") ? 0 : WAFER_E_NOT_FOUND;
    }
    return wafer_field_get_key(store, &stored, &w->order.key);
}

/* --- the order of an earlier run, or a new one --- */

/* Whether the order's URL lies elsewhere than newOrder's. */
static bool is_foreign(const struct wafer *w)
{
    struct wafer_url here, there;
    int rc = wafer_url_parse(wafer_session_url(w, WAFER_URL_NEW_ORDER), &here);
    if (rc == 0) {
        rc = wafer_url_parse(w->order.url, &there);
    }
    return rc < 0 || !wafer_url_same_origin(&here, &there);
}

/* What no honest CA says of an order that can go on. A certificate for a key that is held elsewhere is another
 * matter: its owner should hear of it. */
static bool is_no_order(const struct wafer_last *last, const struct wafer_request *request)
{
    return last->error == WAFER_E_ORDER || last->error == WAFER_E_JSON ||
           (last->error == WAFER_E_CHAIN && wafer_makes_key(request)) ||
           (last->http_status >= 300 && last->http_status < 500);
}

/* Whether the order can't wait for the CA to get over its trouble: the next try is a day away. */
static bool is_out_of_patience(struct wafer *w)
{
    return w->last.http_status >= 500 && wafer_schedule_is_daily(w);
}

bool wafer_order_is_lost(struct wafer *w, const struct wafer_request *request)
{
    const struct wafer_last *last = &w->last;
    enum wafer_error_kind kind = wafer_error_kind(last->error);
    if (w->order.origin != WAFER_ORDER_RESUMED || kind == WAFER_ERROR_LOCAL || kind == WAFER_ERROR_PAUSED ||
        last->error == WAFER_E_RATE_LIMITED || last->action == WAFER_ACTION_LATER ||
        last->action == WAFER_ACTION_REGISTER) {
        return false;
    }
    if (last->error == WAFER_E_VALIDATION) { /* of an earlier run, or of this one's answers? */
        return w->order.announced == 0;
    }
    return request->new_order || is_foreign(w) || is_no_order(last, request) || is_out_of_patience(w);
}

enum found { NO_ORDER, GOES_ON };

/* The stored order, if there is one: enum found, or a negative error. */
static int resume_order(struct wafer *w, const struct wafer_request *request)
{
    const struct wafer_post post = {.url = w->order.url};
    int rc = load_order(w, request);
    if (rc == WAFER_E_NOT_FOUND || rc == WAFER_E_DAMAGED) {
        return NO_ORDER;
    }
    if (rc < 0) {
        return wafer_fail(w, rc, "the stored order");
    }
    w->order.origin = WAFER_ORDER_RESUMED;
    rc = wafer_order_request(w, &post, WAFER_ORDER_WITH_AUTHORIZATIONS);
    if (rc < 0) {
        return rc;
    }
    if (request->new_order && w->order.status == WAFER_ORDER_PROCESSING) { /* for ever, perhaps */
        return NO_ORDER;
    }
    wafer_notify(w, WAFER_EVENT_RESUMED, request->names[0], w->order.url);
    return GOES_ON;
}

/* {"identifiers": [{"type": "dns", "value": ...}], "profile": ...} */
struct new_order {
    const struct wafer_request *request;
    wafer_ip_reader ip;
};

static int new_order_payload(void *ctx, struct wafer_buf *out)
{
    const struct new_order *p = ctx;
    const struct wafer_request *request = p->request;
    uint8_t address[16];
    wafer_buf_text(out, "{\"identifiers\":[");
    for (size_t i = 0; i < request->name_count; i++) {
        const char *name = request->names[i];
        bool is_ip = wafer_name_address(p->ip, name, address) > 0;
        if (i > 0) {
            wafer_buf_byte(out, ',');
        }
        wafer_jsonw(out, "{\"type\":%s,\"value\":%s}", is_ip ? "ip" : "dns", name);
    }
    wafer_buf_byte(out, ']');
    if (request->profile != NULL) {
        wafer_jsonw(out, ",\"profile\":%s", request->profile);
    }
    wafer_buf_byte(out, '}');
    return 0;
}

/* The key of the certificate: that of the present one when it is to be kept, else
 * a new one. */
static int choose_key(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_store *store = w->config->store;
    struct wafer_certificate present;
    if (!wafer_makes_key(request)) {
        return 0;
    }
    if (request->reuse_key) {
        int rc = wafer_certificate_open(store, w->order.slot, &present);
        if (rc == 0) {
            rc = wafer_certificate_key(store, &present, &w->order.key);
            if (rc != WAFER_E_NOT_FOUND) {
                return rc;
            }
        }
    }
    return wafer_key_generate(&w->order.key, w->config->port);
}

/* newOrder (RFC 8555 7.4) with the members of `sent`. The order's URL and key are committed
 * before its body is read, which stays in the work buffer meanwhile: storing does not touch it. */
static int place_order(struct wafer *w, const struct wafer_request *request, const struct wafer_request *sent)
{
    struct new_order payload = {sent, w->config->ip};
    const struct wafer_post post = {.url = wafer_session_url(w, WAFER_URL_NEW_ORDER),
                                    .payload = new_order_payload, .ctx = &payload, .standing = true};
    int rc = wafer_session_post(w, &post);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_session_location(w, post.url, w->order.url);
    if (rc < 0) {
        return rc;
    }
    rc = store_order(w, request);
    if (rc < 0) {
        return rc;
    }
    rc = read_order(w, WAFER_ORDER_WITH_AUTHORIZATIONS);
    if (rc < 0) {
        return rc;
    }
    wafer_notify(w, WAFER_EVENT_END, request->names[0], w->order.url);
    return 0;
}

/* Whether the CA refused what a profile that may be left out asks for: with invalidProfile,
 * or malformed, or unauthorized, as CAs differ. */
static bool is_plain_better(const struct wafer *w, const struct wafer_request *request)
{
    return request->profile != NULL && request->profile_optional &&
           (w->last.action == WAFER_ACTION_PLAIN || w->last.problem == WAFER_PROBLEM_UNAUTHORIZED);
}

/* Places the order; once more without its optional members when the CA refuses them. */
static int place_or_plain(struct wafer *w, const struct wafer_request *request)
{
    int rc = place_order(w, request, request);
    if (rc != WAFER_E_PROBLEM || !is_plain_better(w, request)) {
        return rc;
    }
    struct wafer_request plain = *request;
    plain.profile = NULL;
    wafer_error_clear(w);
    wafer_notify_warning(w, WAFER_REASON_PROFILE, request->profile);
    return place_order(w, request, &plain);
}

static int new_order(struct wafer *w, const struct wafer_request *request)
{
    w->order.origin = WAFER_ORDER_NEW;
    int rc = choose_key(w, request);
    if (rc < 0) {
        return wafer_fail(w, rc, "the certificate's key");
    }
    rc = place_or_plain(w, request);
    if (rc < 0 && w->last.action == WAFER_ACTION_PLAIN) { /* there is nothing left to leave out */
        w->last.action = WAFER_ACTION_STOP;
    }
    return rc;
}

int wafer_order_open(struct wafer *w, const struct wafer_request *request, enum wafer_order_origin origin)
{
    int rc = NO_ORDER;
    wafer_step(w, WAFER_STEP_ORDER, request->names[0], NULL);
    wafer_packed_clear(&w->order.authz);
    w->order.announced = 0;
    if (origin == WAFER_ORDER_RESUMED) {
        rc = resume_order(w, request);
        if (rc < 0) {
            return rc;
        }
    }
    return rc == GOES_ON ? 0 : new_order(w, request);
}
