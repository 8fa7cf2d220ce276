/* The wrapped validator: each call of the engine goes on to BearSSL's own, after a look. */
#include "net/tls_validator.h"

#include <string.h>
#include "base/name.h"
#include "format/x509.h"

static struct wafer_tls_validator *validator_of(const br_x509_class **ctx)
{
    return (struct wafer_tls_validator *)(void *)ctx;
}

/* Without a name BearSSL checks none, and an address is never a dNSName. */
static void begin_chain(const br_x509_class **ctx, const char *server_name)
{
    struct wafer_tls_validator *validator = validator_of(ctx);

    validator->depth = 0;
    validator->len = 0;
    validator->minimal->vtable->start_chain(&validator->minimal->vtable,
                                            validator->ip_len > 0 ? NULL : server_name);
}

static void begin_certificate(const br_x509_class **ctx, uint32_t len)
{
    struct wafer_tls_validator *validator = validator_of(ctx);

    if (validator->depth < 2) {
        validator->depth++;
    }
    validator->minimal->vtable->start_cert(&validator->minimal->vtable, len);
}

static void take_octets(const br_x509_class **ctx, const unsigned char *data, size_t len)
{
    struct wafer_tls_validator *validator = validator_of(ctx);

    if (validator->depth == 1) {
        if (len > validator->size - validator->len) {
            validator->size = 0;
            validator->len = 0;
        } else {
            memcpy(validator->der + validator->len, data, len);
            validator->len += len;
        }
    }
    validator->minimal->vtable->append(&validator->minimal->vtable, data, len);
}

static void end_certificate(const br_x509_class **ctx)
{
    struct wafer_tls_validator *validator = validator_of(ctx);

    validator->minimal->vtable->end_cert(&validator->minimal->vtable);
}

/* What BearSSL's validator says, and where that checks no name, whether the address is there. */
static unsigned finish_chain(const br_x509_class **ctx)
{
    struct wafer_tls_validator *validator = validator_of(ctx);
    unsigned code = validator->minimal->vtable->end_chain(&validator->minimal->vtable);
    struct wafer_x509 x509;

    if (code != BR_ERR_OK || validator->ip_len == 0) {
        return code;
    }
    if (validator->len == 0) {
        return BR_ERR_X509_LIMIT_EXCEEDED;
    }
    int rc = wafer_x509_parse(&x509, validator->der, validator->len);
    if (rc < 0) {
        return BR_ERR_X509_INVALID_VALUE;
    }
    if (!wafer_x509_has_name(&x509, WAFER_X509_IP, validator->ip, validator->ip_len)) {
        return BR_ERR_X509_BAD_SERVER_NAME;
    }
    return BR_ERR_OK;
}

static const br_x509_pkey *server_key(const br_x509_class *const *ctx, unsigned *usages)
{
    const struct wafer_tls_validator *validator = (const struct wafer_tls_validator *)(const void *)ctx;

    return validator->minimal->vtable->get_pkey(&validator->minimal->vtable, usages);
}

static const br_x509_class validator_vtable = {sizeof(struct wafer_tls_validator),
                                               begin_chain,
                                               begin_certificate,
                                               take_octets,
                                               end_certificate,
                                               finish_chain,
                                               server_key};

void wafer_tls_validator_init(struct wafer_tls_validator *validator, br_x509_minimal_context *minimal,
                              const char *host, wafer_ip_reader ip, uint8_t *der, size_t size)
{
    validator->vtable = &validator_vtable;
    validator->minimal = minimal;
    validator->der = der;
    validator->size = size;
    validator->len = 0;
    validator->ip_len = (uint8_t)wafer_name_address(ip, host, validator->ip);
    validator->depth = 0;
}

int wafer_tls_validator_not_before(const struct wafer_tls_validator *validator, int64_t *seconds)
{
    struct wafer_x509 x509;

    if (validator->len == 0) {
        return WAFER_E_NOT_FOUND;
    }
    int rc = wafer_x509_parse(&x509, validator->der, validator->len);
    if (rc < 0) {
        return WAFER_E_NOT_FOUND;
    }
    *seconds = x509.not_before;
    return 0;
}

void wafer_tls_validator_validity(const struct wafer_tls_validator *validator, int64_t *not_before,
                                  int64_t *not_after)
{
    struct wafer_x509 x509;
    int rc = validator->len == 0 ? WAFER_E_NOT_FOUND : wafer_x509_parse(&x509, validator->der, validator->len);

    *not_before = rc < 0 ? 0 : x509.not_before;
    *not_after = rc < 0 ? 0 : x509.not_after;
}
