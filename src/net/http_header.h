/* One header line of an HTTP response (RFC 9112 5): the few headers that ACME needs. */
#ifndef WAFER_HTTP_HEADER_H
#define WAFER_HTTP_HEADER_H

#include "wafer/context.h"

struct wafer_http_header;

/* Takes the value of a Link header. http_link.h has one: only who asks for links pays for them. */
typedef void (*wafer_http_link_taker)(struct wafer_http_header *header, char *value);

/* What the headers of one response say; zero before the first, but for response, take_link and
 * alternate. */
struct wafer_http_header {
    struct wafer_response *response; /* status is set before the first header */
    wafer_http_link_taker take_link; /* NULL: Location is wanted; else a Link in its place */
    unsigned alternate;              /* links still to skip */
    uint32_t length;                 /* Content-Length */
    bool linked;                     /* the wanted link was found */
    bool has_length, chunked, keep_alive;
};

/* Takes one line, a string without line end and control characters but tabs, and takes it apart;
 * `is_cut`: it was longer. Headers of a 1xx response are only checked. What does not fit, or can't be
 * read, counts as not given (a Location: as response->overlong), but for the headers that say where
 * the answer ends. Returns 0; WAFER_E_HTTP; WAFER_E_TOO_LARGE when one of those is cut. */
int wafer_http_header_take(struct wafer_http_header *header, char *line, bool is_cut) WAFER_MUST_CHECK;

/* For takers of links. Whether a text is `word`, which has only lower-case letters and "-",
 * ignoring case. */
bool wafer_http_is(const char *text, const char *word);

/* Cuts what *at has before the first of the characters in `stops` off: *piece, without blanks
 * around. Moves *at behind the stop and returns it, or 0 at the end. */
char wafer_http_cut(char **at, const char *stops, char **piece);

/* Copies a value to response->location, "" when it is response->overlong. */
void wafer_http_locate(struct wafer_http_header *header, const char *value);

#endif
