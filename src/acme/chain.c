/* Checks the issued chain certificate by certificate while it streams into the store, and makes
 * it current in one commit. */
#include "acme/chain.h"
#include <string.h>
#include "base/clock.h"
#include "base/name.h"
#include "format/x509.h"
#include "record/fields.h"
#include "record/lineage.h"
#include "acme/event.h"
#include "acme/last.h"
#include "acme/leaf.h"
#include "acme/order.h"
#include "acme/session.h"
#include "wafer/pem.h"

#define CHAIN_MAX 10     /* certificates; more is nonsense */

/* Whether the leaf has one of the names ordered. */
static int has_name(const struct wafer_chain *c, const struct wafer_x509 *cert, const char *name)
{
    uint8_t address[16];
    size_t ip_len = wafer_name_address(c->w->config->ip, name, address);
    return ip_len > 0 ? wafer_x509_has_name(cert, WAFER_X509_IP, address, ip_len)
                      : wafer_x509_has_name(cert, WAFER_X509_DNS, name, strlen(name));
}

/* A name ordered that the leaf does not have, or NULL. It may have more: that is the CA's matter. */
static const char *missing_name(const struct wafer_chain *c, const struct wafer_x509 *cert)
{
    const struct wafer_request *request = c->request;
    for (size_t i = 0; i < request->name_count; i++) {
        if (!has_name(c, cert, request->names[i])) {
            return request->names[i];
        }
    }
    return NULL;
}

/* Whether the leaf is valid now, as far as the CA has told the time: a clock that may be wrong
 * throws away no certificate. */
static bool is_valid_now(struct wafer_chain *c, const struct wafer_x509 *cert)
{
    struct wafer *w = c->w;
    int64_t now;
    int rc = wafer_clock_now(&w->clock, &now);
    if (cert->not_after <= cert->not_before) {
        return false;
    }
    if (rc < 0 || (cert->not_before <= now + WAFER_CLOCK_SKEW && cert->not_after > now)) {
        return true;
    }
    if (wafer_clock_is_told(&w->clock)) {
        return false;
    }
    wafer_notify_clock(w);
    return true;
}

static int check_leaf(struct wafer_chain *c, const struct wafer_x509 *cert)
{
    int rc = wafer_leaf_has_key(c->request, &c->w->order.key, cert);
    if (rc < 0) {
        return wafer_fail(c->w, rc, "the certificate's key");
    }
    if (rc == 0) {
        return wafer_fail(c->w, WAFER_E_CHAIN, "its key is not ours");
    }
    const char *fault = missing_name(c, cert);
    if (fault != NULL) {
        return wafer_fail(c->w, WAFER_E_CHAIN, fault);
    }
    if (!is_valid_now(c, cert)) {
        return wafer_fail(c->w, WAFER_E_CHAIN, "it is not valid now");
    }
    c->not_before = cert->not_before;
    c->not_after = cert->not_after;
    return 0;
}

/* Takes what a certificate that is to be kept tells. */
static int check_certificate(struct wafer_chain *c, const struct wafer_x509 *cert)
{
    switch (c->count) {
    case 0: {
        int rc = check_leaf(c, cert);
        if (rc < 0) {
            return rc;
        }
        return wafer_chain_take_signature(c, c->pem.der, c->pem.len);
    }
    case 1:
        return wafer_chain_verify(c, cert);
    default:
        return 0;
    }
}

static int keep_certificate(struct wafer_chain *c, const struct wafer_x509 *cert)
{
    int rc = check_certificate(c, cert);
    if (rc < 0) {
        return rc;
    }
    if (c->count > 0 && wafer_chain_is_root(c, cert, c->pem.der, c->pem.len)) {
        return 0; /* who trusts it has it (RFC 8555 9.1) */
    }
    rc = wafer_store_append(c->w->config->store, c->pem.der, c->pem.len);
    return wafer_check(c->w, rc, "the chain");
}

/* Takes one whole certificate in DER. */
static int take_certificate(struct wafer_chain *c)
{
    const uint8_t *der = c->pem.der;
    struct wafer_x509 cert;
    /* certificate.h tells the certificates of a chain apart by this header */
    if (wafer_x509_parse(&cert, der, c->pem.len) < 0 || der[1] != 0x82 || c->count >= CHAIN_MAX) {
        return wafer_fail(c->w, WAFER_E_CHAIN, "it is malformed");
    }
    if (c->request->preferred_chain != NULL) {
        c->request->preferred_chain->choice->take_issuer(c, &cert.issuer);
    }
    if (c->use == WAFER_CHAIN_KEEP) {
        int rc = keep_certificate(c, &cert);
        if (rc < 0) {
            return rc;
        }
    }
    c->count++;
    return 0;
}

/* Takes octets of the answer's body as they come. */
static int take_pem(void *ctx, const struct wafer_response *response, const uint8_t *data, size_t len)
{
    struct wafer_chain *c = ctx;
    (void)response;
    for (size_t i = 0; i < len; i++) {
        int rc = wafer_pem_feed(&c->pem, (char)data[i]);
        if (rc < 0) {
            return wafer_fail(c->w, WAFER_E_CHAIN, rc == WAFER_E_SPACE ? "a certificate is larger than WAFER_WORK_SIZE"
                                                                       : "its PEM is malformed");
        }
        if (rc > 0) {
            rc = take_certificate(c);
            if (rc < 0) {
                return rc;
            }
        }
    }
    return 0;
}

/* Streams one chain; to keep it, into the open transaction. From the first octet of the body on
 * the PEM decoder has the work buffer to itself. */
static int stream_chain(struct wafer *w, const struct wafer_request *request, const struct wafer_chain_source *source,
                        struct wafer_chain *c)
{
    const struct wafer_post post = {.url = source->url, .take_link = source->take_link, .alternate = source->alternate,
                                    .sink = take_pem, .sink_ctx = c};
    memset(c, 0, sizeof *c);
    c->w = w;
    c->request = request;
    c->use = source->use;
    wafer_pem_init(&c->pem, "CERTIFICATE", WAFER_PEM_REFUSE_OTHERS, w->work.bytes, sizeof w->work.bytes);
    int rc = wafer_session_post(w, &post);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_pem_end(&c->pem);
    if (rc < 0 || c->count == 0) {
        return wafer_fail(w, WAFER_E_CHAIN, "it ends too early");
    }
    return 0;
}

/* Streams one chain into a transaction, which stays open if all is well. */
static int keep_chain(struct wafer *w, const struct wafer_request *request, const struct wafer_chain_source *source,
                      struct wafer_chain *c)
{
    struct wafer_store *store = w->config->store;
    int rc = wafer_store_begin(store);
    if (rc < 0) {
        return wafer_fail(w, rc, "the chain");
    }
    rc = wafer_store_value(store, WAFER_KIND_CHAIN, w->order.slot);
    if (rc < 0) {
        rc = wafer_fail(w, rc, "the chain");
    } else {
        rc = stream_chain(w, request, source, c);
    }
    if (rc < 0) {
        wafer_store_abort(store);
        return rc;
    }
    if (!c->verified) {
        wafer_notify_warning(w, WAFER_REASON_UNVERIFIED, request->names[0]);
    }
    return 0;
}

int wafer_chain_fetch(struct wafer *w, const struct wafer_request *request, const struct wafer_chain_source *source,
                      struct wafer_chain *c)
{
    return source->use == WAFER_CHAIN_KEEP ? keep_chain(w, request, source, c) : stream_chain(w, request, source, c);
}

/* Ends the open transaction: key and description of the certificate join the
 * chain, order and schedule go, all at once. */
static int commit_certificate(struct wafer *w, const struct wafer_request *request, const struct wafer_chain *c)
{
    struct wafer_store *store = w->config->store;
    uint8_t slot = w->order.slot;
    wafer_step(w, WAFER_STEP_STORE, request->names[0], NULL);
    wafer_value_put(store, WAFER_KIND_KEY, slot, w->order.key.secret, wafer_makes_key(request) ? WAFER_KEY_SIZE : 0);
    wafer_fields_begin(store, WAFER_KIND_CERT, slot);
    wafer_lineage_describe(w, request);
    wafer_field_put_number(store, WAFER_FIELD_NOT_BEFORE, c->not_before);
    wafer_field_put_number(store, WAFER_FIELD_NOT_AFTER, c->not_after);
    if (request->options != NULL) {
        wafer_value_put(store, WAFER_KIND_OPTIONS, slot, request->options, request->options_len);
    }
    wafer_value_delete(store, WAFER_KIND_ORDER, slot);
    wafer_value_delete(store, WAFER_KIND_SCHEDULE, slot);
    int rc = wafer_store_commit(store);
    return wafer_check(w, rc, "the certificate could not be stored");
}

int wafer_chain_download(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_chain c;
    wafer_step(w, WAFER_STEP_CERTIFICATE, request->names[0], w->order.link.certificate);
    const struct wafer_chain_source first = {.url = w->order.link.certificate, .use = WAFER_CHAIN_KEEP};
    const struct wafer_preferred_chain *preferred = request->preferred_chain;
    int rc = preferred == NULL ? wafer_chain_fetch(w, request, &first, &c) : preferred->choice->choose(w, request, &c);
    if (rc < 0) {
        return rc;
    }
    return commit_certificate(w, request, &c);
}
