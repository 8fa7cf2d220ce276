#include "acme/order.h"
#include <string.h>
#include "format/base64url.h"
#include "wafer/csr.h"
#include "record/fields.h"
#include "format/json_writer.h"
#include "record/lineage.h"
#include "acme/report.h"
#include "acme/session.h"
#include "base/url.h"
#include "acme/wait.h"
#include "base/wordlist.h"

#define FIRST_POLL_MS 60 /* a private CA has the certificate by then */

/* From WAFER_ORDER_PENDING on. */
static const char statuses[] = "pending\0ready\0processing\0valid\0";

/* Packs the authorization URLs of an order into w->order.authz. */
static int read_authorizations(struct wafer *w, const struct wafer_json *json)
{
    struct wafer_order *o = &w->order;
    int list = wafer_json_member(json, 0, "authorizations");
    o->authz_count = 0;
    o->authz_len = 0;
    for (int url = wafer_json_first(json, list); url >= 0; url = wafer_json_next(json, list, url)) {
        int len = wafer_session_copy_url(w, json, url, o->authz + o->authz_len, sizeof o->authz - o->authz_len,
                                         "authorizations");
        if (len < 0) {
            return len;
        }
        o->authz_len = (uint16_t)(o->authz_len + len + 1);
        o->authz_count++;
    }
    /* RFC 8555 7.1.3: nothing is left to authorize once the order is ready. */
    return o->authz_count > 0 || o->status > WAFER_ORDER_PENDING ? 0 : wafer_fail(w, WAFER_E_JSON, "the order has no authorizations");
}

/* Takes an order object out of the work buffer. `authorizations`: read them too. */
static int read_order(struct wafer *w, bool authorizations)
{
    struct wafer_order *o = &w->order;
    struct wafer_json json;
    char text[16];
    int rc = wafer_session_json(w, o->url, &json);
    if (rc < 0) {
        return rc;
    }
    if (wafer_json_string(&json, wafer_json_member(&json, 0, "status"), text, sizeof text) < 0) {
        return wafer_fail(w, WAFER_E_JSON, "the order has no status");
    }
    int status = wafer_word_index(statuses, text);
    if (status < 0) { /* deactivated, expired, revoked: as good as invalid */
        o->status = WAFER_ORDER_INVALID;
        return wafer_fail_problem(w, WAFER_E_ORDER, o->url, 0, &json, wafer_json_member(&json, 0, "error"));
    }
    o->status = (uint8_t)(WAFER_ORDER_PENDING + status);
    if (authorizations && (rc = read_authorizations(w, &json)) < 0) {
        return rc;
    }
    const char *next = o->status == WAFER_ORDER_VALID ? "certificate" : "finalize";
    rc = wafer_session_copy_url(w, &json, wafer_json_member(&json, 0, next), o->next, sizeof o->next, next);
    return rc < 0 ? rc : 0;
}

/* Sends a request whose answer is the order. */
static int ask(struct wafer *w, const struct wafer_post *post, bool authorizations)
{
    int rc = wafer_session_post(w, post);
    return rc < 0 ? rc : read_order(w, authorizations);
}

/* Commits what is needed to go on with the order after a reset. */
static int save(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_store *store = w->config->store;
    int rc = wafer_store_begin(store);
    if (rc == 0) {
        wafer_record_begin(store, WAFER_KIND_ORDER, w->order.slot);
        wafer_lineage_describe(w, request);
        wafer_field_put_text(store, WAFER_FIELD_URL, w->order.url);
        if (request->csr == NULL) {
            wafer_field_put(store, WAFER_FIELD_SECRET, w->order.key.secret, WAFER_KEY_SIZE);
        }
        rc = wafer_store_commit(store);
    }
    return wafer_check(w, rc, "the order could not be stored");
}

/* Loads the stored order when it is for the same names, profile and CA. */
static int load(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_store *store = w->config->store;
    struct wafer_value record;
    int rc = wafer_store_find(store, WAFER_KIND_ORDER, w->order.slot, 0, &record);
    if (rc < 0) {
        return rc;
    }
    bool same = wafer_field_equals(store, &record, WAFER_FIELD_DIRECTORY, 0, w->config->directory) &&
                wafer_field_equals(store, &record, WAFER_FIELD_PROFILE, 0,
                                   request->profile == NULL ? "" : request->profile);
    for (size_t i = 0; same && i <= request->name_count; i++) { /* "": no name follows the last */
        same = wafer_field_equals(store, &record, WAFER_FIELD_NAME, (unsigned)i,
                                  i < request->name_count ? request->names[i] : "");
    }
    if (!same) {
        return WAFER_E_NOT_FOUND;
    }
    rc = wafer_field_get_text(store, &record, WAFER_FIELD_URL, w->order.url, sizeof w->order.url);
    if (rc >= 0 && request->csr != NULL) {
        return wafer_field_equals(store, &record, WAFER_FIELD_SECRET, 0, "") ? 0 : WAFER_E_NOT_FOUND;
    }
    return rc < 0 ? rc : wafer_field_get_key(store, &record, &w->order.key);
}

/* The stored order, if the CA still goes on with it: 1, else 0 or an error. */
static int resume(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_post post = {.url = w->order.url};
    int rc = load(w, request);
    if (rc < 0) {
        return rc == WAFER_E_NOT_FOUND || rc == WAFER_E_DAMAGED ? 0 : wafer_fail(w, rc, "the stored order");
    }
    rc = ask(w, &post, true);
    if (rc == 0) {
        wafer_tell(w, WAFER_EVENT_RESUMED, request->names[0], w->order.url);
        return 1;
    }
    if (rc == WAFER_E_ORDER || (w->last.http_status >= 400 && w->last.http_status < 500 &&
                                w->last.action != WAFER_ACTION_LATER && w->last.action != WAFER_ACTION_REGISTER)) {
        wafer_forgive(w); /* it ended while wafer was off: a new one is needed */
        return 0;
    }
    return rc;
}

/* {"identifiers": [{"type": "dns", "value": ...}], "profile": ...} */
static int new_order_payload(void *ctx, struct wafer_buf *out)
{
    const struct wafer_request *request = ctx;
    uint8_t address[16];
    wafer_buf_text(out, "{\"identifiers\":[");
    for (size_t i = 0; i < request->name_count; i++) {
        const char *name = request->names[i];
        if (i > 0) {
            wafer_buf_byte(out, ',');
        }
        wafer_jsonw(out, "{\"type\":%s,\"value\":%s}", wafer_ip_parse(name, strlen(name), address) > 0 ? "ip" : "dns", name);
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
    struct wafer_certificate present;
    if (request->csr != NULL) {
        return 0;
    }
    if (request->reuse_key && wafer_certificate_open(w->config->store, w->order.slot, &present) == 0) {
        int rc = wafer_certificate_key(w->config->store, &present, &w->order.key);
        if (rc != WAFER_E_NOT_FOUND) {
            return rc < 0 ? rc : 0;
        }
    }
    return wafer_key_generate(&w->order.key, w->config->port);
}

static int place(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_post post = {.url = wafer_session_url(w, WAFER_URL_NEW_ORDER), .payload = new_order_payload,
                              .ctx = (void *)(uintptr_t)request};
    int rc = wafer_check(w, choose_key(w, request), "the certificate's key");
    /* The body stays in the work buffer: storing does not touch it. */
    if (rc < 0 || (rc = wafer_session_post(w, &post)) < 0 ||
        (rc = wafer_session_location(w, post.url, w->order.url)) < 0 ||
        (rc = save(w, request)) < 0 || (rc = read_order(w, true)) < 0) {
        return rc;
    }
    wafer_tell(w, WAFER_EVENT_END, request->names[0], w->order.url);
    return 0;
}

int wafer_order_open(struct wafer *w, const struct wafer_request *request)
{
    wafer_step(w, WAFER_STEP_ORDER, request->names[0], NULL);
    int rc = resume(w, request);
    if (rc == 0) {
        rc = place(w, request);
    }
    return rc < 0 ? rc : 0;
}

/* {"csr": base64url of the DER}. The DER is made at the end of the buffer, and the
 * buffer ends before it while it is encoded. */
struct finalize_payload {
    struct wafer *w;
    const struct wafer_request *request;
};

static int finalize_payload(void *ctx, struct wafer_buf *out)
{
    const struct finalize_payload *f = ctx;
    const struct wafer_signer signer = wafer_key_signer(&f->w->order.key);
    const uint8_t *csr = f->request->csr;
    size_t csr_len = f->request->csr_len;
    size_t size = out->size;
    if (out->overflow) {
        return WAFER_E_SPACE;
    }
    if (csr == NULL) {
        uint8_t *der = out->data + out->len;
        int len = wafer_csr_write(der, size - out->len, f->request->names, f->request->name_count, &signer);
        if (len < 0) {
            return len;
        }
        csr_len = (size_t)len;
        out->size -= csr_len;
        memmove(out->data + out->size, der, csr_len);
        csr = out->data + out->size;
    }
    wafer_buf_text(out, "{\"csr\":\"");
    wafer_base64url_append(out, csr, csr_len);
    wafer_buf_text(out, "\"}");
    out->size = size;
    return 0;
}

int wafer_order_finalize(struct wafer *w, const struct wafer_request *request)
{
    struct finalize_payload payload = {w, request};
    const struct wafer_post post = {.url = w->order.next, .payload = finalize_payload, .ctx = &payload};
    const struct wafer_post poll = {.url = w->order.url};
    struct wafer_patience patience;
    bool sent = w->order.status >= WAFER_ORDER_PROCESSING;
    wafer_step(w, WAFER_STEP_FINALIZE, request->names[0], w->order.url);
    wafer_patience_init(w, &patience);
    while (w->order.status != WAFER_ORDER_VALID) {
        int rc = sent ? wafer_patience_wait(w, &patience, FIRST_POLL_MS, w->order.url) : 0;
        if (rc >= 0) {
            rc = ask(w, sent ? &poll : &post, false);
        }
        if (rc == WAFER_E_PROBLEM && w->last.action == WAFER_ACTION_POLL) { /* orderNotReady */
            wafer_forgive(w);
        } else if (rc < 0) {
            return rc;
        }
        sent = !sent || w->order.status != WAFER_ORDER_READY;
    }
    wafer_tell(w, WAFER_EVENT_END, request->names[0], w->order.next);
    return 0;
}
