/* The order for a certificate (RFC 8555 7.4): found again or made new, and brought
 * to its certificate URL. */
#ifndef WAFER_ORDER_H
#define WAFER_ORDER_H

#include "acme/origin.h"
#include "acme/poll.h"
#include "acme/session.h"
#include "wafer/wafer.h"

/* RFC 8555 7.1.6. Every other status is as good as invalid. */
enum wafer_order_status {
    WAFER_ORDER_PENDING,    /* authorizations are to be validated */
    WAFER_ORDER_READY,      /* all are: the request may be sent */
    WAFER_ORDER_PROCESSING, /* the CA issues */
    WAFER_ORDER_VALID,      /* the certificate can be downloaded */
    WAFER_ORDER_INVALID
};

/* The subject of an error when an order takes more memory than there is. */
#define WAFER_TOO_MANY_NAMES "too many names for WAFER_AUTHZ_SIZE"

/* RESUMED: goes on with the order that the store has for these names at this CA, when there is one
 * that has not expired; otherwise, and with NEW, makes a new one. A new order's URL and certificate
 * key are committed before anything else is done with it. */
int wafer_order_open(struct wafer *w, const struct wafer_request *request,
                     enum wafer_order_origin origin) WAFER_MUST_CHECK;

/* Whether the error in w->last means that the order of an earlier run cannot go on, and a new one is to
 * take its place at once: the CA answers with what is no order, or with one that is over. What may
 * pass by itself (a network, a 5xx, a rate limit) says nothing about it at the CA's own origin. */
bool wafer_order_is_lost(struct wafer *w, const struct wafer_request *request);

/* What to read of an order: its status and next URL, or its authorizations as well. */
enum wafer_order_extent { WAFER_ORDER_ALONE, WAFER_ORDER_WITH_AUTHORIZATIONS };

/* Sends a request whose answer is the order, and reads it. */
int wafer_order_request(struct wafer *w, const struct wafer_post *post, enum wafer_order_extent extent) WAFER_MUST_CHECK;

/* Waits, and reads the order again. */
int wafer_order_poll(struct wafer *w, struct wafer_poll *poll, enum wafer_order_extent extent) WAFER_MUST_CHECK;

#endif
