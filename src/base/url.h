/* Absolute https URLs (RFC 3986), as a CA gives them. */
#ifndef WAFER_URL_H
#define WAFER_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

#define WAFER_HOST_MAX 254 /* longest host name, with its NUL (RFC 1035 2.3.4) */

/* The parts of a URL, pointing into its text. */
struct wafer_url {
    const char *host; /* without the brackets of an IPv6 address */
    size_t host_len;
    bool host_is_ipv6;  /* it stood in brackets */
    bool has_port;      /* a port is written out */
    uint16_t tcp_port;  /* 443 when not written */
    const char *target; /* path and query, for the request line; "" means "/" */
};

/* Parses a NUL-terminated URL: scheme https (in any case), host, optional port,
 * optional path with query. What stands in brackets must look like an IPv6 address. Refused
 * with WAFER_E_SYNTAX: other schemes, user information, fragments, a query without a path,
 * white space and control characters, octets above 0x7e, an empty host, a port outside
 * 1..65535. */
int wafer_url_parse(const char *text, struct wafer_url *url) WAFER_MUST_CHECK;

/* Whether both have the same host (case-insensitive) and port. */
bool wafer_url_same_origin(const struct wafer_url *a, const struct wafer_url *b);

/* Resolves a Location or Link target against the URL it came with: an absolute
 * URL, or a path that begins with one "/". Writes a NUL-terminated URL that
 * wafer_url_parse takes; after an error "". `out` must not overlap the others.
 * WAFER_E_SYNTAX for other forms, WAFER_E_SPACE. */
int wafer_url_resolve(const char *base, const char *reference, size_t reference_len, char *out,
                      size_t size) WAFER_MUST_CHECK;

#endif
