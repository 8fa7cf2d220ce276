/* HTTP/1.1 over TLS: one kept-alive connection, one request at a time. */
#ifndef WAFER_HTTP_H
#define WAFER_HTTP_H

#include "net/http_reader.h"
#include "net/tls.h"

enum wafer_method { WAFER_GET, WAFER_HEAD, WAFER_POST };

/* Their names, each with a blank behind: see wordlist.h. */
extern const char wafer_http_methods[];

struct wafer_http_request {
    enum wafer_method method;
    const char *url;
    const char *accept;  /* or NULL */
    const uint8_t *body; /* of a POST: application/jose+json */
    size_t body_len;
    wafer_http_link_taker take_link; /* see wafer_http_reader_link; NULL: none is wanted */
    unsigned alternate;
    char *line; /* memory for header lines; may be where the body is: it is
                             not touched before the first octet of the answer */
    size_t line_size;
};

void wafer_http_init(struct wafer_http *http);

/* Makes sure that a connection to the URL's origin is open: keeps the one there is, if nothing has
 * come on it that was not asked for, or closes it and connects. Uses params->scratch while it
 * connects. */
int wafer_http_open(struct wafer_http *http, const struct wafer_tls_params *params,
                    const char *url) WAFER_MUST_CHECK;

/* Sends one request on the open connection and reads its response; GET does not
 * follow redirects here (session.h does). Closes the connection after an error or
 * when the server asks for it.
 * Returns 0 when a response was read whole, whatever its status; after an error with
 * response->headed, at least status and headers are right. When a kept-alive
 * connection turned out to be dead before any octet of the answer, http->stale is
 * true: open again and repeat once. */
int wafer_http_exchange(struct wafer_http *http, const struct wafer_http_request *request,
                        struct wafer_response *response, wafer_body_sink sink, void *ctx) WAFER_MUST_CHECK;

void wafer_http_close(struct wafer_http *http);

/* The same, and the next connection resumes no TLS session: the server has to show its certificate. */
void wafer_http_forget(struct wafer_http *http);

#endif
