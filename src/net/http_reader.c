/* The response as a machine of states: lines octet by octet, the body in portions. */
#include "net/http_reader.h"
#include <string.h>
#include "base/text.h"

#define HEADER_OCTETS_MAX 16384
#define CHUNK_DIGITS_MAX  16
#define CHUNK_MAX         0x0fffffff /* no answer of a CA is larger */

enum state {
    STATUS,          /* in the status line */
    HEADER,          /* in a header line */
    BODY,            /* in the body, or in the octets of a chunk */
    CHUNK_SIZE,      /* in the digits before a chunk */
    CHUNK_EXTENSION, /* behind them, up to the line's end */
    CHUNK_END,       /* in the line end behind a chunk */
    TRAILER,         /* in a line behind the last chunk */
    DONE,
    FAILED
};

/* status-line (RFC 9112 4): "HTTP/1." DIGIT SP 3DIGIT [ SP reason ]. */
static int take_status_line(struct wafer_http_reader *reader)
{
    const char *line = reader->line;
    int status = 0;

    if (strncmp(line, "HTTP/1.", 7) != 0 || !wafer_is_digit(line[7]) || line[8] != ' ') {
        return WAFER_E_HTTP;
    }
    for (int i = 9; i < 12; i++) {
        if (!wafer_is_digit(line[i])) {
            return WAFER_E_HTTP;
        }
        status = status * 10 + (line[i] - '0');
    }
    if (status < 100 || status == 101 || (line[12] != '\0' && line[12] != ' ')) {
        return WAFER_E_HTTP;
    }
    reader->http10 = line[7] == '0';
    reader->header.response->status = status;
    reader->state = HEADER;
    return 0;
}

static int32_t seconds_between(int64_t from, int64_t to)
{
    if (to <= from) {
        return 0;
    }
    return to - from < INT32_MAX ? (int32_t)(to - from) : INT32_MAX;
}

/* Where the body ends: RFC 9112 6.3. */
static int end_headers(struct wafer_http_reader *reader)
{
    struct wafer_response *response = reader->header.response;

    if (response->status < 200) {
        reader->state = STATUS;
        return 0;
    }
    response->headed = true;
    if (reader->header.chunked && (reader->header.has_length || reader->http10)) {
        return WAFER_E_HTTP;
    }
    response->date += response->date != 0 ? response->age : 0;
    if (response->retry_date != 0 && response->date != 0) {
        response->retry_after = seconds_between(response->date, response->retry_date);
    }
    if (response->status == 204 || response->status == 304) {
        reader->no_body = true;
    }
    reader->until_close = !reader->no_body && !reader->header.chunked && !reader->header.has_length;
    if (reader->until_close || (reader->http10 && !reader->header.keep_alive)) {
        response->close = true;
    }
    if (reader->no_body || (reader->header.has_length && reader->header.length == 0)) {
        reader->state = DONE;
    } else {
        reader->state = reader->header.chunked ? CHUNK_SIZE : BODY;
    }
    return 0;
}

static int take_header_line(struct wafer_http_reader *reader, size_t len)
{
    if (len == 0) {
        return end_headers(reader);
    }
    return wafer_http_header_take(&reader->header, reader->line, reader->line_cut);
}

/* What a line of a state means, now that it is whole; it had `len` octets. */
static int take_line(struct wafer_http_reader *reader, size_t len)
{
    switch (reader->state) {
    case STATUS:
        return take_status_line(reader);
    case HEADER:
        return take_header_line(reader, len);
    case CHUNK_SIZE:
        if (len == 0) {
            return WAFER_E_HTTP;
        }
        /* fall through */
    case CHUNK_EXTENSION:
        reader->state = reader->header.length > 0 ? BODY : TRAILER;
        return 0;
    case CHUNK_END:
        reader->state = CHUNK_SIZE;
        return 0;
    default: /* TRAILER */
        if (len == 0) {
            reader->state = DONE;
        }
        return 0;
    }
}

static int end_line(struct wafer_http_reader *reader)
{
    size_t len = reader->line_len;

    if (reader->state <= HEADER) {
        reader->line[len] = '\0';
    }
    int rc = take_line(reader, len);
    reader->line_len = 0;
    reader->line_cut = false;
    return rc;
}

/* An octet in the line that begins a chunk (RFC 9112 7.1). */
static int take_chunk_octet(struct wafer_http_reader *reader, uint8_t octet)
{
    int digit = wafer_hex_digit((char)octet);

    if (digit >= 0) {
        if (++reader->line_len > CHUNK_DIGITS_MAX) {
            return WAFER_E_HTTP;
        }
        reader->header.length = reader->header.length << 4 | (uint32_t)digit;
        return reader->header.length > CHUNK_MAX ? WAFER_E_TOO_LARGE : 0;
    }
    if (reader->line_len == 0 || (octet != ';' && octet != ' ' && octet != '\t')) {
        return WAFER_E_HTTP;
    }
    reader->state = CHUNK_EXTENSION;
    return 0;
}

/* Keeps an octet of the line at hand, if somebody will read it. */
static void keep_octet(struct wafer_http_reader *reader, uint8_t octet)
{
    if (reader->state > HEADER) { /* the line's memory is the caller's again */
        reader->line_len = 1;
    } else if (reader->line_len + 1 < reader->line_size) {
        reader->line[reader->line_len++] = (char)octet;
    } else {
        reader->line_cut = true;
    }
}

/* One octet outside the body. */
static int take_octet(struct wafer_http_reader *reader, uint8_t octet)
{
    bool chunk_line = reader->state == CHUNK_SIZE || reader->state == CHUNK_END;

    if (reader->line_ended) {
        reader->line_ended = false;
        int rc = octet == ' ' || octet == '\t' ? 0 : end_line(reader);
        if (rc < 0) {
            return rc;
        }
    }
    /* The lines that frame chunks are short and as many as the body wants. */
    if (!chunk_line && ++reader->header_octets > HEADER_OCTETS_MAX) {
        return WAFER_E_HTTP;
    }
    if (octet == '\n') {
        reader->carriage_return = false;
        reader->line_ended = reader->state == HEADER && reader->line_len > 0;
        return reader->line_ended ? 0 : end_line(reader);
    }
    if (reader->carriage_return || (octet < ' ' && octet != '\t' && octet != '\r') || octet == 0x7f) {
        return WAFER_E_HTTP;
    }
    if (octet == '\r') {
        reader->carriage_return = true;
        return 0;
    }
    if (reader->state == CHUNK_SIZE) {
        return take_chunk_octet(reader, octet);
    }
    if (reader->state == CHUNK_END) {
        return WAFER_E_HTTP;
    }
    keep_octet(reader, octet);
    return 0;
}

/* Octets of the body. Returns how many were taken. */
static int take_body(struct wafer_http_reader *reader, const uint8_t *data, size_t len)
{
    if (!reader->until_close && len > reader->header.length) {
        len = reader->header.length;
    }
    if (reader->sink != NULL) {
        int rc = reader->sink(reader->ctx, reader->header.response, data, len);
        if (rc < 0) {
            return rc;
        }
    }
    if (reader->until_close) {
        return (int)len;
    }
    reader->header.length -= (uint32_t)len;
    if (reader->header.length == 0) {
        reader->state = reader->header.chunked ? CHUNK_END : DONE;
    }
    return (int)len;
}

/* Takes one octet or a portion of the body. Returns how many octets. */
static int take_some(struct wafer_http_reader *reader, const uint8_t *data, size_t len)
{
    if (reader->state == BODY) {
        return take_body(reader, data, len);
    }
    if (reader->state == FAILED) {
        return WAFER_E_HTTP;
    }
    int rc = take_octet(reader, *data);
    if (rc < 0) {
        return rc;
    }
    return 1;
}

void wafer_http_reader_init(struct wafer_http_reader *reader, struct wafer_response *response, char *line,
                            size_t line_size, bool head, wafer_body_sink sink, void *ctx)
{
    memset(response, 0, sizeof *response);
    response->retry_after = -1;
    memset(reader, 0, sizeof *reader);
    reader->header.response = response;
    reader->line = line;
    reader->line_size = line_size;
    reader->no_body = head;
    reader->sink = sink;
    reader->ctx = ctx;
}

void wafer_http_reader_link(struct wafer_http_reader *reader, wafer_http_link_taker take_link,
                            unsigned alternate)
{
    reader->header.take_link = take_link;
    reader->header.alternate = alternate;
}

int wafer_http_reader_feed(struct wafer_http_reader *reader, const uint8_t *data, size_t len)
{
    size_t taken = 0;

    while (taken < len && reader->state != DONE) {
        int rc = take_some(reader, data + taken, len - taken);
        if (rc < 0) {
            reader->state = FAILED;
            return rc;
        }
        taken += (size_t)rc;
    }
    return (int)taken;
}

bool wafer_http_reader_done(const struct wafer_http_reader *reader)
{
    return reader->state == DONE;
}

int wafer_http_reader_end(struct wafer_http_reader *reader)
{
    if (reader->state == BODY && reader->until_close) {
        reader->state = DONE;
    }
    return reader->state == DONE ? 0 : WAFER_E_CLOSED;
}
