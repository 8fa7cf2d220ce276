#include "net/tls_guard.h"

#include <string.h>
#include "format/x509.h"
#include "base/url.h"

static struct wafer_tls_guard *guard_of(const br_x509_class **ctx)
{
    return (struct wafer_tls_guard *)(void *)ctx;
}

/* Without a name BearSSL checks none, and an address is never a dNSName. */
static void start_chain(const br_x509_class **ctx, const char *server_name)
{
    struct wafer_tls_guard *guard = guard_of(ctx);

    guard->depth = 0;
    guard->len = 0;
    guard->minimal->vtable->start_chain(&guard->minimal->vtable, guard->ip_len > 0 ? NULL : server_name);
}

static void start_cert(const br_x509_class **ctx, uint32_t len)
{
    struct wafer_tls_guard *guard = guard_of(ctx);

    if (guard->depth < 2) {
        guard->depth++;
    }
    guard->minimal->vtable->start_cert(&guard->minimal->vtable, len);
}

static void append(const br_x509_class **ctx, const unsigned char *data, size_t len)
{
    struct wafer_tls_guard *guard = guard_of(ctx);

    if (guard->depth == 1) {
        if (len > guard->size - guard->len) {
            guard->size = 0;
            guard->len = 0;
        } else {
            memcpy(guard->der + guard->len, data, len);
            guard->len += len;
        }
    }
    guard->minimal->vtable->append(&guard->minimal->vtable, data, len);
}

static void end_cert(const br_x509_class **ctx)
{
    struct wafer_tls_guard *guard = guard_of(ctx);

    guard->minimal->vtable->end_cert(&guard->minimal->vtable);
}

static unsigned end_chain(const br_x509_class **ctx)
{
    struct wafer_tls_guard *guard = guard_of(ctx);
    struct wafer_x509 cert;
    unsigned error = guard->minimal->vtable->end_chain(&guard->minimal->vtable);

    if (error != 0 || guard->ip_len == 0) {
        return error;
    }
    if (guard->len == 0) {
        return BR_ERR_X509_LIMIT_EXCEEDED;
    }
    if (wafer_x509_parse(&cert, guard->der, guard->len) != 0) {
        return BR_ERR_X509_INVALID_VALUE;
    }
    return wafer_x509_has_name(&cert, WAFER_X509_IP, guard->ip, guard->ip_len) ? 0 : BR_ERR_X509_BAD_SERVER_NAME;
}

static const br_x509_pkey *get_pkey(const br_x509_class *const *ctx, unsigned *usages)
{
    const struct wafer_tls_guard *guard = (const struct wafer_tls_guard *)(const void *)ctx;

    return guard->minimal->vtable->get_pkey(&guard->minimal->vtable, usages);
}

static const br_x509_class guard_vtable = {
    sizeof(struct wafer_tls_guard), start_chain, start_cert, append, end_cert, end_chain, get_pkey};

void wafer_tls_guard_init(struct wafer_tls_guard *guard, br_x509_minimal_context *minimal, const char *host,
                          uint8_t *der, size_t size)
{
    int ip_len = wafer_ip_parse(host, strlen(host), guard->ip);

    guard->vtable = &guard_vtable;
    guard->minimal = minimal;
    guard->der = der;
    guard->size = size;
    guard->len = 0;
    guard->ip_len = (uint8_t)(ip_len > 0 ? ip_len : 0);
    guard->depth = 0;
}

int wafer_tls_guard_not_before(const struct wafer_tls_guard *guard, int64_t *seconds)
{
    struct wafer_x509 cert;

    if (guard->len == 0 || wafer_x509_parse(&cert, guard->der, guard->len) != 0) {
        return WAFER_E_NOT_FOUND;
    }
    *seconds = cert.not_before;
    return 0;
}
