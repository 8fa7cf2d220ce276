/* Compares public keys: of a leaf, a request that somebody else made, a signer, and wafer's own. */
#include "acme/leaf.h"
#include <string.h>

int wafer_leaf_has_key(const struct wafer_request *request, const struct wafer_key *own,
                       const struct wafer_x509 *leaf)
{
    uint8_t theirs[WAFER_POINT_SIZE], ours[WAFER_POINT_SIZE];
    const struct wafer_csr *csr = request->csr;
    const struct wafer_signer *signer = request->signer;
    if (csr != NULL) {
        return csr->has_key(csr, leaf->spki.data, leaf->spki.len);
    }
    int rc = signer != NULL ? signer->public_key(signer->ctx, ours) : 0;
    if (rc != 0) {
        return WAFER_E_KEY;
    }
    rc = wafer_x509_p256(leaf, theirs);
    return rc == 0 && memcmp(theirs, signer != NULL ? ours : own->point, sizeof theirs) == 0;
}

bool wafer_leaf_may_stay(struct wafer *w, const struct wafer_request *request,
                         const struct wafer_certificate *present)
{
    bool is_held_here = present->key.length > 0;
    struct wafer_x509 leaf;
    uint32_t offset = 0;
    if (is_held_here || wafer_makes_key(request)) {
        return is_held_here == wafer_makes_key(request);
    }
    int len = wafer_certificate_der(w->config->store, present, &offset, w->work.bytes, sizeof w->work.bytes);
    int rc = len <= 0 ? WAFER_E_DAMAGED : wafer_x509_parse(&leaf, w->work.bytes, (size_t)len);
    return rc < 0 || wafer_leaf_has_key(request, NULL, &leaf) != 0;
}
