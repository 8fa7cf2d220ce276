/* One header line of an HTTP response (RFC 9112 5): the few headers that ACME needs. */
#ifndef WAFER_HTTP_HEADER_H
#define WAFER_HTTP_HEADER_H

#include "wafer/context.h"

/* What the headers of one response say; zero before the first, but for response and alternate. */
struct wafer_http_header {
    struct wafer_response *response; /* status is set before the first header */
    int alternate;   /* Link rel="alternate" still to skip; -1: Location is wanted, -2: neither */
    uint32_t length; /* Content-Length */
    bool has_length, chunked, keep_alive;
};

/* Takes one line, a string without line end and control characters but tabs, and takes it apart;
 * `is_cut`: it was longer. Headers of a 1xx response are only checked. Returns 0; WAFER_E_HTTP;
 * WAFER_E_TOO_LARGE when a value that matters is cut or does not fit in the response. */
int wafer_http_header_take(struct wafer_http_header *header, char *line, bool is_cut) WAFER_MUST_CHECK;

#endif
