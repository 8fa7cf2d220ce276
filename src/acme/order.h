/* The order for a certificate (RFC 8555 7.4): found again or made new, and brought
 * to its certificate URL. */
#ifndef WAFER_ORDER_H
#define WAFER_ORDER_H

#include "wafer/wafer.h"

/* RFC 8555 7.1.6 */
enum wafer_order_status {
    WAFER_ORDER_UNKNOWN,
    WAFER_ORDER_PENDING,
    WAFER_ORDER_READY,
    WAFER_ORDER_PROCESSING,
    WAFER_ORDER_VALID,
    WAFER_ORDER_INVALID
};

/* Goes on with the order that the store has for these names at this CA, or makes a
 * new one. A new order's URL and certificate key are committed before anything else
 * is done with it. */
int wafer_order_open(struct wafer *w, const struct wafer_request *request) WAFER_MUST_CHECK;

/* Sends the CSR (RFC 8555 7.4) when the order is not that far yet, and waits until
 * the certificate is issued: then w->order.next is its URL. */
int wafer_order_finalize(struct wafer *w, const struct wafer_request *request) WAFER_MUST_CHECK;

#endif
