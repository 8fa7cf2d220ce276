/* Absolute https URLs (RFC 3986), as a CA gives them, and host names. */
#ifndef WAFER_URL_H
#define WAFER_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

#define WAFER_HOST_MAX 254 /* longest host name, with its NUL (RFC 1035 2.3.4) */

/* The parts of a URL, pointing into its text. */
struct wafer_url {
    const char *host;   /* without the brackets of an IPv6 address */
    size_t host_len;
    bool host_is_ipv6;  /* it stood in brackets */
    bool has_port;      /* a port is written out */
    uint16_t port;      /* 443 when not written */
    const char *target; /* path and query, for the request line; "" means "/" */
};

/* Parses a NUL-terminated URL: scheme https (in any case), host, optional port,
 * optional path and query. Refused with WAFER_E_SYNTAX: other schemes, user
 * information, fragments, white space and control characters, octets above 0x7e,
 * an empty host, a port outside 1..65535. */
int wafer_url_parse(const char *text, struct wafer_url *url) WAFER_MUST_CHECK;

/* Whether both have the same host (case-insensitive) and port. */
bool wafer_url_same_origin(const struct wafer_url *a, const struct wafer_url *b);

/* Resolves a Location or Link target against the URL it came with: an absolute
 * URL, or a path that begins with one "/". Writes a NUL-terminated URL.
 * WAFER_E_SYNTAX for other forms, WAFER_E_SPACE. */
int wafer_url_resolve(const char *base, const char *reference, size_t reference_len,
                      char *out, size_t size) WAFER_MUST_CHECK;

/* Parses an IPv4 dotted quad or an IPv6 address (RFC 4291 2.2, no zone) into
 * network order. Returns 4 or 16, the length, or WAFER_E_SYNTAX. */
int wafer_ip_parse(const char *text, size_t len, uint8_t address[16]) WAFER_MUST_CHECK;

/* Why a name cannot be ordered as a DNS identifier; the order is that of
 * wafer_name_fault_text. */
enum wafer_name_fault {
    WAFER_NAME_OK = 0,
    WAFER_NAME_EMPTY,        /* no octets */
    WAFER_NAME_TOO_LONG,     /* over 253 octets */
    WAFER_NAME_EMPTY_LABEL,  /* "a..b", ".a", "a." */
    WAFER_NAME_LONG_LABEL,   /* over 63 octets */
    WAFER_NAME_SPACE,        /* white space */
    WAFER_NAME_UNDERSCORE,
    WAFER_NAME_NOT_ASCII,    /* UTF-8: write it as xn-- A-labels (RFC 5891) */
    WAFER_NAME_CHARACTER,    /* another character that no host name has */
    WAFER_NAME_HYPHEN,       /* a label begins or ends with "-" */
    WAFER_NAME_WILDCARD,     /* "*" anywhere but as the first label of several */
    WAFER_NAME_IP,           /* an IP address */
    WAFER_NAME_NUMERIC       /* the last label is all digits */
};

/* Checks a name as a DNS identifier (RFC 1123 2.1, RFC 8555 7.1.4). */
enum wafer_name_fault wafer_name_check(const char *name);

#endif
