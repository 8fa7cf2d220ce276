/* Where the order at hand comes from: how new its URLs are, and whom a failure is put down to. */
#ifndef WAFER_ORIGIN_H
#define WAFER_ORIGIN_H

enum wafer_order_origin {
    WAFER_ORDER_NONE,   /* the run has not come to it */
    WAFER_ORDER_NEW,    /* placed in this run */
    WAFER_ORDER_RESUMED /* of an earlier run */
};

#endif
