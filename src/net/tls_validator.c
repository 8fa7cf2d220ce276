/* The wrapped validator: each certificate of the chain is gathered, looked at, and passed on to
 * BearSSL's validator or left out. BearSSL's alone trusts. What was left out matters only when
 * the rest leads to no anchor, so that certificates behind the anchor can do no harm. */
#include "net/tls_validator.h"

#include <string.h>
#include "base/crc32.h"
#include "base/name.h"
#include "format/public_key.h"
#include "format/x509_limits.h"
#include "wafer/tls_error.h"

enum { NOTHING_YET, PASSING_ON, CLOSED /* the first was left out: without it there is no chain */ };

/* Called before BearSSL verifies, so its variables must not lie below that on the stack. */
#if defined(__GNUC__)
#define APART __attribute__((noinline))
#else
#define APART
#endif

static struct wafer_tls_validator *validator_of(const br_x509_class **ctx)
{
    return (struct wafer_tls_validator *)(void *)ctx;
}

/* Without a name BearSSL checks none, and an address is never a dNSName. */
static void begin_chain(const br_x509_class **ctx, const char *server_name)
{
    struct wafer_tls_validator *v = validator_of(ctx);

    v->host = server_name;
    v->minimal->vtable->start_chain(&v->minimal->vtable, v->ip_len > 0 ? NULL : server_name);
}

static void begin_certificate(const br_x509_class **ctx, uint32_t len)
{
    struct wafer_tls_validator *v = validator_of(ctx);

    v->len = len;
    v->at = 0;
}

static void take_octets(const br_x509_class **ctx, const unsigned char *data, size_t len)
{
    struct wafer_tls_validator *v = validator_of(ctx);

    if (v->len <= v->size && len <= v->len - v->at) {
        memcpy(v->der + v->at, data, len);
        v->at += len;
    }
}

/* Key and purpose; BR_ERR_OK or why they will not do. */
static uint8_t judge_limits(const struct wafer_x509 *x509)
{
    br_x509_pkey key;
    int rc = wafer_public_key(&key, x509->spki);
    if (rc < 0) {
        return rc == WAFER_E_KEY ? BR_ERR_X509_UNSUPPORTED : BR_ERR_X509_INVALID_VALUE;
    }
    if (wafer_public_key_is_weak(&key)) {
        return BR_ERR_X509_WEAK_PUBLIC_KEY;
    }
    rc = wafer_x509_for_server(x509);
    if (rc < 0) {
        return BR_ERR_X509_INVALID_VALUE;
    }
    return rc > 0 ? BR_ERR_OK : WAFER_TLS_PURPOSE;
}

/* The server's certificate comes first. */
static uint8_t judge_server(struct wafer_tls_validator *v, const struct wafer_x509 *x509)
{
    v->state = PASSING_ON;
    v->not_before = x509->not_before;
    v->not_after = x509->not_after;
    v->names = x509->san.data;
    v->names_len = x509->san.len;
    v->named = v->ip_len == 0 || wafer_x509_has_name(x509, WAFER_X509_IP, v->ip, v->ip_len);
    return judge_limits(x509);
}

/* The wanted name and all that the server's certificate has against the constraints of one
 * above it. */
static uint8_t judge_names(const struct wafer_tls_validator *v, const struct wafer_x509 *x509)
{
    struct wafer_x509_constraints constraints;
    struct wafer_der names = {v->names, v->names_len}, name = {v->ip, v->ip_len};
    int tag = WAFER_X509_IP;
    int rc = wafer_x509_constraints(&constraints, x509);
    if (rc == 0) {
        return BR_ERR_OK;
    }
    if (v->ip_len == 0) {
        tag = WAFER_X509_DNS;
        name = (struct wafer_der){(const uint8_t *)v->host, strlen(v->host)};
    }
    do {
        if (rc > 0 && (tag == WAFER_X509_IP || tag == WAFER_X509_DNS)) {
            rc = wafer_x509_permits(&constraints, (enum wafer_x509_name)tag, &name);
        }
        tag = wafer_der_next(&names, &name);
    } while (rc > 0 && tag > 0);
    if (rc < 0) {
        return BR_ERR_X509_INVALID_VALUE;
    }
    return rc > 0 ? BR_ERR_OK : WAFER_TLS_CONSTRAINT;
}

/* All others, of which only the issuer of the one before is wanted; the rest is not of the
 * chain (BR_ERR_X509_OK: nothing to tell). */
static uint8_t judge_issuer(const struct wafer_tls_validator *v, const struct wafer_x509 *x509,
                            uint32_t subject)
{
    if (subject != v->issuer) {
        return BR_ERR_X509_OK;
    }
    if (x509->not_after < v->now) {
        return BR_ERR_X509_EXPIRED;
    }
    uint8_t reason = judge_limits(x509);
    return reason != BR_ERR_OK ? reason : judge_names(v, x509);
}

static void note_reason(struct wafer_tls_validator *v, uint8_t reason)
{
    if (v->reason == BR_ERR_OK && reason != BR_ERR_X509_OK) {
        v->reason = reason;
    }
}

/* A certificate right behind its issuer shows that the chain is in disorder. A root does no
 * harm in any place but the first. */
static void look_at_order(struct wafer_tls_validator *v, uint32_t subject, uint32_t issuer)
{
    bool first = v->state == NOTHING_YET;

    if (!first && issuer == v->before && issuer != subject) {
        note_reason(v, BR_ERR_X509_DN_MISMATCH);
    }
    v->before = first || issuer != subject ? subject : 0;
}

/* BR_ERR_OK, or why the certificate at hand is left out. */
static APART uint8_t judge_certificate(struct wafer_tls_validator *v)
{
    struct wafer_x509 x509;
    if (v->len > v->size) {
        return WAFER_TLS_CERTIFICATE_SIZE;
    }
    int rc = wafer_x509_parse(&x509, v->der, v->at);
    if (rc < 0) {
        return BR_ERR_X509_INVALID_VALUE;
    }
    uint32_t subject = wafer_crc32(0, x509.subject.data, x509.subject.len);
    uint32_t issuer = wafer_crc32(0, x509.issuer.data, x509.issuer.len);
    look_at_order(v, subject, issuer);
    uint8_t reason = v->state == NOTHING_YET ? judge_server(v, &x509) : judge_issuer(v, &x509, subject);
    if (reason == BR_ERR_OK) {
        v->issuer = issuer;
        v->youngest = x509.not_before > v->youngest ? x509.not_before : v->youngest;
    }
    return reason;
}

static void pass_on(const struct wafer_tls_validator *v)
{
    const br_x509_class **minimal = &v->minimal->vtable;

    (*minimal)->start_cert(minimal, (uint32_t)v->len);
    (*minimal)->append(minimal, v->der, v->len);
    (*minimal)->end_cert(minimal);
}

/* Moves the server's names to the end of the memory, out of the way of the next certificate. */
static void keep_names(struct wafer_tls_validator *v)
{
    if (v->names_len > 0 && v->names < v->der + v->size) {
        v->size -= v->names_len;
        v->names = memmove(v->der + v->size, v->names, v->names_len);
    }
}

static void end_certificate(const br_x509_class **ctx)
{
    struct wafer_tls_validator *v = validator_of(ctx);

    if (v->state == CLOSED) {
        return;
    }
    bool first = v->state == NOTHING_YET;
    uint8_t reason = judge_certificate(v);
    if (reason == BR_ERR_OK) {
        pass_on(v);
        keep_names(v);
        return;
    }
    if (first) {
        v->state = CLOSED;
    }
    note_reason(v, reason);
}

/* What BearSSL's validator says, and where that checks no name, whether the address is there.
 * A chain that ends nowhere may do so for what was left out. */
static unsigned finish_chain(const br_x509_class **ctx)
{
    struct wafer_tls_validator *v = validator_of(ctx);
    unsigned code = v->minimal->vtable->end_chain(&v->minimal->vtable);

    if (code == BR_ERR_OK && !v->named) {
        code = BR_ERR_X509_BAD_SERVER_NAME;
    }
    bool nowhere = code == BR_ERR_X509_NOT_TRUSTED || code == BR_ERR_X509_EMPTY_CHAIN ||
                   (code == BR_ERR_X509_BAD_SERVER_NAME && v->reason == BR_ERR_X509_DN_MISMATCH);
    return nowhere && v->reason != BR_ERR_OK ? v->reason : code;
}

static const br_x509_pkey *server_key(const br_x509_class *const *ctx, unsigned *usages)
{
    const struct wafer_tls_validator *v = (const struct wafer_tls_validator *)(const void *)ctx;

    return v->minimal->vtable->get_pkey(&v->minimal->vtable, usages);
}

static const br_x509_class validator_vtable = {sizeof(struct wafer_tls_validator),
                                               begin_chain,
                                               begin_certificate,
                                               take_octets,
                                               end_certificate,
                                               finish_chain,
                                               server_key};

void wafer_tls_validator_init(struct wafer_tls_validator *v, br_x509_minimal_context *minimal,
                              const char *host, wafer_ip_reader ip, int64_t now, uint8_t *der, size_t size)
{
    memset(v, 0, sizeof *v);
    v->vtable = &validator_vtable;
    v->minimal = minimal;
    v->der = der;
    v->size = size;
    v->now = now;
    v->ip_len = (uint8_t)wafer_name_address(ip, host, v->ip);
}

int wafer_tls_validator_not_before(const struct wafer_tls_validator *v, int64_t *seconds)
{
    if (v->youngest == 0) {
        return WAFER_E_NOT_FOUND;
    }
    *seconds = v->youngest;
    return 0;
}
