/* Reading an HTTP/1.1 response (RFC 9112) incrementally: status line, the headers
 * that ACME needs, and the body by Content-Length, chunks or the connection's end.
 * Bytes come in any portions; the result is the same for every split.
 *
 * 1xx responses are skipped. Refused with WAFER_E_HTTP: folded lines, bare CR, NUL and
 * control characters in headers, white space before the colon, Content-Length that is not a
 * number or differs between repetitions, a Transfer-Encoding other than chunked, both of them
 * together (RFC 9112 6.1), more than 16 KiB of headers, trailers or chunk extensions. */
#ifndef WAFER_HTTP_READER_H
#define WAFER_HTTP_READER_H

#include "wafer/context.h"

/* Takes a piece of the body. Returns 0 or a negative error that ends the reading. */
typedef int (*wafer_body_sink)(void *ctx, const struct wafer_response *response,
                               const uint8_t *data, size_t len);

struct wafer_http_reader {
    struct wafer_response *response;
    char *line;            /* caller's memory for one header line, at least 320 octets;
                              longer lines are skipped when their name does not matter,
                              else WAFER_E_TOO_LARGE. Free for the caller once the body begins */
    size_t line_size, line_len;
    wafer_body_sink sink;
    void *ctx;
    uint32_t header_octets;
    uint64_t remaining;    /* of the body or the chunk */
    int alternate;         /* Link rel="alternate" still to skip; -1: Location is wanted */
    uint8_t state;
    bool line_cut, no_body, has_length, chunked, until_close, http10, keep_alive;
};

/* `alternate` -1: response->location gets Location; n >= 0: it gets the target of
 * the n-th Link with rel "alternate" (RFC 8555 7.4.2, RFC 8288) instead.
 * `head`: the answer to a HEAD has no body. */
void wafer_http_reader_init(struct wafer_http_reader *reader, struct wafer_response *response,
                            char *line, size_t line_size, int alternate, bool head,
                            wafer_body_sink sink, void *ctx);

/* Feeds octets. Returns how many were taken, which is fewer than len only when the
 * response is complete; WAFER_E_HTTP, _TOO_LARGE, or the sink's error. */
int wafer_http_reader_feed(struct wafer_http_reader *reader, const uint8_t *data, size_t len) WAFER_MUST_CHECK;

/* Whether the response is complete. */
bool wafer_http_reader_done(const struct wafer_http_reader *reader);

/* The connection has ended: 0 when the response is complete by that, else
 * WAFER_E_CLOSED. */
int wafer_http_reader_end(struct wafer_http_reader *reader) WAFER_MUST_CHECK;

#endif
