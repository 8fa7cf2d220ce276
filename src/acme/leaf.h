/* Whose key a leaf has. */
#ifndef WAFER_LEAF_H
#define WAFER_LEAF_H

#include "format/x509.h"
#include "wafer/wafer.h"

/* Whether the certificate's key is wafer's own, in software, and not one that is held elsewhere. */
static inline bool wafer_makes_key(const struct wafer_request *request)
{
    return request->csr == NULL && request->signer == NULL;
}

/* Whether a leaf is for the key of the request; `own` is that key where it is wafer's own. Returns 1 or
 * 0, or WAFER_E_KEY when the signer fails, which says nothing about the leaf. */
int wafer_leaf_has_key(const struct wafer_request *request, const struct wafer_key *own,
                       const struct wafer_x509 *leaf) WAFER_MUST_CHECK;

/* Whether a certificate of the store has the kind of key that the request asks for, and, where that is held
 * elsewhere, this very one. One that can't be read is not said to have another. Uses the work buffer. */
bool wafer_leaf_may_stay(struct wafer *w, const struct wafer_request *request,
                         const struct wafer_certificate *present);

#endif
