/* The signatures in a chain: the leaf's is its issuer's, a root's its own. */
#include <string.h>
#include "acme/chain.h"
#include "acme/last.h"

/* The authorizations are done: where they were is room for the leaf's signature. */
typedef char authz_takes_a_signature[WAFER_AUTHZ_SIZE >= WAFER_SIGNATURE_MAX ? 1 : -1];

/* What has verified the CA's own chain. */
static struct wafer_verifiers verifiers_of(const struct wafer *w)
{
    const br_x509_minimal_context *x509 = &w->http.tls.x509;
    const struct wafer_verifiers verifiers = {x509->iec, x509->iecdsa, x509->irsa};
    return verifiers;
}

int wafer_chain_take_signature(struct wafer_chain *c, const uint8_t *der, size_t len)
{
    struct wafer_signature *signature = &c->signature;
    uint8_t *room = (uint8_t *)c->w->order.authz.text;
    int rc = wafer_signature_take(signature, der, len);
    if (rc == WAFER_E_NOT_FOUND) {
        signature->value = NULL;
        return 0;
    }
    if (rc < 0) {
        return wafer_fail(c->w, WAFER_E_CHAIN, "its signature is malformed");
    }
    memcpy(room, signature->value, signature->len);
    signature->value = room;
    return 0;
}

int wafer_chain_verify(struct wafer_chain *c, const struct wafer_x509 *issuer)
{
    const struct wafer_verifiers verifiers = verifiers_of(c->w);
    if (c->signature.value == NULL) {
        return 0;
    }
    int rc = wafer_signature_verify(&c->signature, &issuer->spki, &verifiers);
    if (rc == 0) {
        return wafer_fail(c->w, WAFER_E_CHAIN, "the next certificate's key has not signed it");
    }
    c->verified = rc > 0;
    return 0;
}

bool wafer_chain_is_root(const struct wafer_chain *c, const struct wafer_x509 *cert, const uint8_t *der, size_t len)
{
    const struct wafer_verifiers verifiers = verifiers_of(c->w);
    struct wafer_signature own;
    if (!wafer_x509_is_self_issued(cert)) {
        return false;
    }
    int rc = wafer_signature_take(&own, der, len);
    if (rc < 0) {
        return false;
    }
    return wafer_signature_verify(&own, &cert->spki, &verifiers) > 0;
}
