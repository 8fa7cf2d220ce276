/* Checks the issued chain certificate by certificate while it streams into the store, and makes
 * it current in one commit. */
#include "acme/chain.h"
#include <string.h>
#include "format/csr_reader.h"
#include "base/clock.h"
#include "record/fields.h"
#include "record/lineage.h"
#include "acme/event.h"
#include "acme/last.h"
#include "net/http_link.h"
#include "acme/session.h"
#include "base/url.h"
#include "wafer/pem.h"

#define CHAIN_MAX 10     /* certificates; more is nonsense */
#define SKEW 3600        /* seconds that our clock may be behind the CA's */
#define COMMON_NAME_MAX 65 /* RFC 5280 ub-common-name, with a NUL */

typedef char authz_takes_a_url[WAFER_AUTHZ_SIZE >= WAFER_URL_MAX ? 1 : -1]; /* see download_alternate */

/* A chain while it streams in. */
struct chain {
    struct wafer *w;
    const struct wafer_request *request;
    struct wafer_pem pem;
    unsigned count;
    int64_t not_before, not_after;
    uint8_t issuer[32]; /* hash of the issuer's Name of the last certificate */
    char root[COMMON_NAME_MAX]; /* commonName of that issuer */
};

static void hash_name(const struct wafer_der *name, uint8_t hash[32])
{
    br_sha256_context sha;
    br_sha256_init(&sha);
    br_sha256_update(&sha, name->data, name->len);
    br_sha256_out(&sha, hash);
}

/* What is wrong with the names of the leaf, or NULL. */
static const char *check_names(const struct wafer_x509 *cert, const struct wafer_request *request)
{
    uint8_t address[16];
    for (size_t i = 0; i < request->name_count; i++) {
        const char *name = request->names[i];
        size_t len = strlen(name);
        int ip = wafer_ip_parse(name, len, address);
        if (!(ip > 0 ? wafer_x509_has_name(cert, WAFER_X509_IP, address, (size_t)ip)
                     : wafer_x509_has_name(cert, WAFER_X509_DNS, name, len))) {
            return name;
        }
    }
    return wafer_x509_san_count(cert) == (int)request->name_count ? NULL : "it has names that were not ordered";
}

/* Whether the certificate is for the key of the request. */
static bool has_key(const struct chain *c, const struct wafer_x509 *cert)
{
    uint8_t point[WAFER_POINT_SIZE];
    struct wafer_x509 csr;
    if (c->request->csr != NULL) {
        return wafer_csr_read(&csr, c->request->csr, c->request->csr_len) == 0 && cert->spki.len == csr.spki.len &&
               memcmp(cert->spki.data, csr.spki.data, csr.spki.len) == 0;
    }
    return wafer_x509_p256(cert, point) == 0 && memcmp(point, c->w->order.key.point, sizeof point) == 0;
}

/* Whether the leaf is valid now, as far as the time is known. */
static bool is_valid_now(struct chain *c, const struct wafer_x509 *cert)
{
    int64_t now;
    int rc = wafer_clock_now(&c->w->clock, &now);
    if (cert->not_after <= cert->not_before) {
        return false;
    }
    return rc < 0 || (cert->not_before <= now + SKEW && cert->not_after > now);
}

static int check_leaf(struct chain *c, const struct wafer_x509 *cert)
{
    if (!has_key(c, cert)) {
        return wafer_fail(c->w, WAFER_E_CHAIN, "its key is not ours");
    }
    const char *fault = check_names(cert, c->request);
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

/* Every other certificate is the issuer of the one before. */
static int check_issuer(struct chain *c, const struct wafer_x509 *cert)
{
    uint8_t subject[32];
    hash_name(&cert->subject, subject);
    if (memcmp(subject, c->issuer, sizeof subject) != 0) {
        return wafer_fail(c->w, WAFER_E_CHAIN, "a certificate of the chain is not the issuer of the one before");
    }
    return 0;
}

/* Takes one whole certificate in DER. */
static int take_certificate(struct chain *c)
{
    const uint8_t *der = c->pem.der;
    struct wafer_x509 cert;
    /* certificate.h tells the certificates of a chain apart by this header */
    if (wafer_x509_parse(&cert, der, c->pem.len) < 0 || der[1] != 0x82 || c->count >= CHAIN_MAX) {
        return wafer_fail(c->w, WAFER_E_CHAIN, "it is malformed");
    }
    int rc = c->count == 0 ? check_leaf(c, &cert) : check_issuer(c, &cert);
    if (rc < 0) {
        return rc;
    }
    hash_name(&cert.issuer, c->issuer);
    rc = wafer_x509_common_name(&cert.issuer, c->root, sizeof c->root);
    if (rc < 0) {
        c->root[0] = 0;
    }
    c->count++;
    rc = wafer_store_append(c->w->config->store, der, c->pem.len);
    return wafer_check(c->w, rc, "the chain");
}

/* Takes octets of the answer's body as they come. */
static int take_pem(void *ctx, const struct wafer_response *response, const uint8_t *data, size_t len)
{
    struct chain *c = ctx;
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

/* Streams one chain into the open transaction. The PEM decoder has the work buffer
 * behind the header lines to itself. */
static int stream_chain(struct wafer *w, const struct wafer_request *request, const char *url, int alternate,
                        struct chain *c)
{
    struct wafer_post post = {.url = url, .sink = take_pem, .sink_ctx = c};
    if (alternate >= 0) {
        post.take_link = wafer_http_link_alternate;
        post.alternate = (unsigned)alternate;
    }
    int rc = wafer_store_value(w->config->store, WAFER_KIND_CHAIN, w->order.slot);
    if (rc < 0) {
        return wafer_fail(w, rc, "the chain");
    }
    memset(c, 0, sizeof *c);
    c->w = w;
    c->request = request;
    wafer_pem_init(&c->pem, "CERTIFICATE", WAFER_PEM_REFUSE_OTHERS, w->work.bytes, sizeof w->work.bytes);
    rc = wafer_session_post(w, &post);
    if (rc < 0) {
        return rc;
    }
    if (wafer_pem_end(&c->pem) < 0 || c->count == 0) {
        return wafer_fail(w, WAFER_E_CHAIN, "it ends too early");
    }
    return 0;
}

/* Downloads the chain, or with `alternate` >= 0 the one of w->order.link.certificate that the
 * last answer linked to, in a transaction of its own that stays open. */
static int download(struct wafer *w, const struct wafer_request *request, const char *url, int alternate,
                    struct chain *c)
{
    int rc = wafer_store_begin(w->config->store);
    if (rc < 0) {
        return wafer_fail(w, rc, "the chain");
    }
    rc = stream_chain(w, request, url, alternate, c);
    if (rc < 0) {
        wafer_store_abort(w->config->store);
    }
    return rc;
}

static bool is_preferred(const struct wafer_request *request, const struct chain *c)
{
    return request->preferred_chain == NULL || strcmp(request->preferred_chain, c->root) == 0;
}

/* Downloads the alternate (RFC 8555 7.4.2) whose URL the last answer had. */
static int download_alternate(struct wafer *w, const struct wafer_request *request, struct chain *c)
{
    char *url = w->order.authz; /* nobody asks for the authorizations any more */
    int rc = wafer_session_location(w, w->order.link.certificate, url);
    if (rc < 0) {
        return rc;
    }
    return download(w, request, url, -1, c);
}

/* Looks for the preferred chain. Leaves a transaction open with the best there is. */
static int choose_chain(struct wafer *w, const struct wafer_request *request, struct chain *c)
{
    const char *url = w->order.link.certificate;
    int rc = download(w, request, url, 0, c);
    for (int i = 1; rc == 0 && !is_preferred(request, c) && w->session.response.location[0] != 0; i++) {
        wafer_store_abort(w->config->store);
        rc = download_alternate(w, request, c);
        if (rc < 0 || is_preferred(request, c)) {
            return rc;
        }
        /* The first chain's answer has the links: it is read again for the next. */
        wafer_store_abort(w->config->store);
        rc = download(w, request, url, i, c);
    }
    if (rc == 0 && !is_preferred(request, c)) {
        wafer_notify_warning(w, WAFER_REASON_CHAIN, request->names[0]);
    }
    return rc;
}

/* Ends the open transaction: key and description of the certificate join the
 * chain, order and schedule go, all at once. */
static int commit_certificate(struct wafer *w, const struct wafer_request *request, const struct chain *c)
{
    struct wafer_store *store = w->config->store;
    uint8_t slot = w->order.slot;
    wafer_step(w, WAFER_STEP_STORE, request->names[0], NULL);
    wafer_record_put(store, WAFER_KIND_KEY, slot, w->order.key.secret, request->csr != NULL ? 0 : WAFER_KEY_SIZE);
    wafer_record_begin(store, WAFER_KIND_CERT, slot);
    wafer_lineage_describe(w, request);
    wafer_field_put_number(store, WAFER_FIELD_NOT_BEFORE, c->not_before);
    wafer_field_put_number(store, WAFER_FIELD_NOT_AFTER, c->not_after);
    if (request->options != NULL) {
        wafer_record_put(store, WAFER_KIND_OPTIONS, slot, request->options, request->options_len);
    }
    wafer_record_delete(store, WAFER_KIND_ORDER, slot);
    wafer_record_delete(store, WAFER_KIND_SCHEDULE, slot);
    int rc = wafer_store_commit(store);
    return wafer_check(w, rc, "the certificate could not be stored");
}

int wafer_chain_download(struct wafer *w, const struct wafer_request *request)
{
    struct chain c;
    wafer_step(w, WAFER_STEP_CERTIFICATE, request->names[0], w->order.link.certificate);
    int rc = choose_chain(w, request, &c);
    if (rc < 0) {
        return rc;
    }
    return commit_certificate(w, request, &c);
}
