/* Finalizing an order (RFC 8555 7.4): from its validated names to its certificate. */
#ifndef WAFER_FINALIZE_H
#define WAFER_FINALIZE_H

#include "acme/poll.h"
#include "wafer/wafer.h"

/* Whether the CA took the request. */
enum wafer_finalized { WAFER_ISSUED, WAFER_NOT_READY };

/* Sends the CSR when the order is not that far yet, and waits until the certificate is
 * issued: then w->order.link.certificate is its URL. Returns WAFER_ISSUED, WAFER_NOT_READY
 * when the CA finds authorizations missing (orderNotReady), or a negative error. */
int wafer_finalize(struct wafer *w, const struct wafer_request *request, struct wafer_poll *poll) WAFER_MUST_CHECK;

#endif
