/* Authorizations (RFC 8555 7.5): the proof that the names are ours. */
#ifndef WAFER_AUTHORIZE_H
#define WAFER_AUTHORIZE_H

#include "wafer/wafer.h"

/* Brings every authorization of the order to "valid": reads them all, presents the
 * challenges of all names, and only then tells the CA, so that an order that cannot be
 * proven costs no failed validation. Serves the solver until the CA has decided, and takes
 * the answers back in any case. */
int wafer_authorize(struct wafer *w, const struct wafer_request *request) WAFER_MUST_CHECK;

#endif
