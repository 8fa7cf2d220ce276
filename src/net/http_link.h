/* Link headers (RFC 8288): the alternate chains of a certificate (RFC 8555 7.4.2). */
#ifndef WAFER_HTTP_LINK_H
#define WAFER_HTTP_LINK_H

#include "net/http_header.h"

/* A wafer_http_link_taker: skips header->alternate links with rel "alternate"; the target of the
 * next one becomes response->location. */
void wafer_http_link_alternate(struct wafer_http_header *header, char *value);

#endif
