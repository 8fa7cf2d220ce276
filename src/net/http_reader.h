/* Reading an HTTP/1.1 response (RFC 9112) incrementally: status line, the headers
 * that ACME needs, and the body by Content-Length, chunks or the connection's end.
 * Bytes come in any portions; the result is the same for every split.
 *
 * 1xx responses are skipped. A line may end with LF alone; a header line that goes on in the next
 * one (RFC 9112 5.2) has a blank there. Refused with WAFER_E_HTTP: bare CR, NUL and control
 * characters in headers, white space before the colon, Content-Length that is not a number or
 * differs between repetitions, a Transfer-Encoding other than chunked, both of them together or one
 * with HTTP/1.0 (RFC 9112 6.1), more than 16 KiB of headers, trailers and chunk extensions
 * together, status 101 (nothing asks for it). */
#ifndef WAFER_HTTP_READER_H
#define WAFER_HTTP_READER_H

#include "net/http_header.h"

/* Takes a piece of the body. Returns 0 or a negative error that ends the reading. */
typedef int (*wafer_body_sink)(void *ctx, const struct wafer_response *response, const uint8_t *data,
                               size_t len);

struct wafer_http_reader {
    uint8_t state;
    bool carriage_return; /* the last octet was one */
    bool line_ended;      /* a header line, unless the next one begins with a blank */
    bool line_cut, no_body, until_close, http10;
    struct wafer_http_header header; /* its length: what is left of the body or the chunk */
    char *line;                      /* caller's memory for one header line, at least 320 octets;
                              of longer ones see wafer_http_header_take. Free for the caller once the body begins */
    size_t line_size, line_len;
    wafer_body_sink sink;
    void *ctx;
    uint32_t header_octets;
};

/* response->location gets the Location. `head`: the answer to a HEAD has no body. `sink` NULL:
 * the body is dropped. A Retry-After given as a date becomes seconds when the answer has a Date. */
void wafer_http_reader_init(struct wafer_http_reader *reader, struct wafer_response *response, char *line,
                            size_t line_size, bool head, wafer_body_sink sink, void *ctx);

/* After init: response->location gets the target of a link instead, the one that the taker finds
 * after `alternate` others. NULL: the Location after all. */
void wafer_http_reader_link(struct wafer_http_reader *reader, wafer_http_link_taker take_link,
                            unsigned alternate);

/* Feeds octets. Returns how many were taken, which is fewer than len only when the
 * response is complete; WAFER_E_HTTP, _TOO_LARGE, or the sink's error. */
int wafer_http_reader_feed(struct wafer_http_reader *reader, const uint8_t *data,
                           size_t len) WAFER_MUST_CHECK;

/* Whether the response is complete. */
bool wafer_http_reader_done(const struct wafer_http_reader *reader);

/* The connection has ended: 0 when the response is complete by that, else
 * WAFER_E_CLOSED. */
int wafer_http_reader_end(struct wafer_http_reader *reader) WAFER_MUST_CHECK;

#endif
