/* Authorizations (RFC 8555 7.5): the proof that the names are ours. */
#ifndef WAFER_AUTHORIZE_H
#define WAFER_AUTHORIZE_H

#include "wafer/wafer.h"

/* Brings every authorization of the order to "valid": presents the challenges of
 * all names, tells the CA, and serves the solver until the CA has decided. Takes
 * the answers back in any case. */
int wafer_authorize(struct wafer *w) WAFER_MUST_CHECK;

#endif
