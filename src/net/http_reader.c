#include "net/http_reader.h"
#include <string.h>
#include "base/text.h"

#define HEADER_OCTETS_MAX 16384
#define CHUNK_DIGITS_MAX  16
#define CHUNK_MAX         0x0fffffff /* no answer of a CA is larger */

enum state { STATUS, HEADER, BODY, CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_END, TRAILER, DONE, FAILED };

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : -1;
}

/* status-line (RFC 9112 4): "HTTP/1." DIGIT SP 3DIGIT [ SP reason ]. */
static int status_line(struct wafer_http_reader *reader)
{
    const char *line = reader->line;
    int status = 0, i;

    if (strncmp(line, "HTTP/1.", 7) != 0 || digit(line[7]) < 0 || line[8] != ' ') {
        return WAFER_E_HTTP;
    }
    for (i = 9; i < 12; i++) {
        if (digit(line[i]) < 0) {
            return WAFER_E_HTTP;
        }
        status = status * 10 + digit(line[i]);
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
static int headers_end(struct wafer_http_reader *reader)
{
    struct wafer_response *response = reader->header.response;

    if (response->status < 200) {
        reader->state = STATUS;
        return 0;
    }
    if (reader->header.chunked && (reader->header.has_length || reader->http10)) {
        return WAFER_E_HTTP;
    }
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

static int line_end(struct wafer_http_reader *reader)
{
    size_t len = reader->line_len;
    int result = 0;

    if (reader->state <= HEADER) {
        reader->line[len] = '\0';
    }
    switch (reader->state) {
    case STATUS:
        result = status_line(reader);
        break;
    case HEADER:
        result = len > 0 ? wafer_http_header_take(&reader->header, reader->line, reader->line_cut)
                         : headers_end(reader);
        break;
    case CHUNK_SIZE:
        if (len == 0) {
            return WAFER_E_HTTP;
        }
        /* fall through */
    case CHUNK_EXTENSION:
        reader->state = reader->header.length > 0 ? BODY : TRAILER;
        break;
    case CHUNK_END:
        reader->state = CHUNK_SIZE;
        break;
    default: /* TRAILER */
        if (len == 0) {
            reader->state = DONE;
        }
    }
    reader->line_len = 0;
    reader->line_cut = false;
    return result;
}

static int chunk_digit(struct wafer_http_reader *reader, uint8_t octet)
{
    int digit = wafer_hex_digit((char)octet);

    if (digit < 0) {
        reader->state = CHUNK_EXTENSION;
        return reader->line_len > 0 && (octet == ';' || octet == ' ' || octet == '\t') ? 0 : WAFER_E_HTTP;
    }
    if (++reader->line_len > CHUNK_DIGITS_MAX) {
        return WAFER_E_HTTP;
    }
    reader->header.length = reader->header.length << 4 | (uint32_t)digit;
    return reader->header.length > CHUNK_MAX ? WAFER_E_TOO_LARGE : 0;
}

/* One octet outside the body. */
static int take_octet(struct wafer_http_reader *reader, uint8_t octet)
{
    bool chunk_line = reader->state == CHUNK_SIZE || reader->state == CHUNK_END;

    /* The lines that frame chunks are short and as many as the body wants. */
    if (!chunk_line && ++reader->header_octets > HEADER_OCTETS_MAX) {
        return WAFER_E_HTTP;
    }
    if (octet == '\n') {
        reader->carriage_return = false;
        return line_end(reader);
    }
    if (reader->carriage_return || (octet < ' ' && octet != '\t' && octet != '\r') || octet == 0x7f) {
        return WAFER_E_HTTP;
    }
    if (octet == '\r') {
        reader->carriage_return = true;
        return 0;
    }
    if (chunk_line) {
        return reader->state == CHUNK_SIZE ? chunk_digit(reader, octet) : WAFER_E_HTTP;
    }
    if (reader->state > HEADER) { /* the line's memory is the caller's again */
        reader->line_len = 1;
    } else if (reader->line_len + 1 < reader->line_size) {
        reader->line[reader->line_len++] = (char)octet;
    } else {
        reader->line_cut = true;
    }
    return 0;
}

/* Octets of the body. Returns how many were taken. */
static int take_body(struct wafer_http_reader *reader, const uint8_t *data, size_t len)
{
    int result;

    if (!reader->until_close && len > reader->header.length) {
        len = reader->header.length;
    }
    result = reader->sink ? reader->sink(reader->ctx, reader->header.response, data, len) : 0;
    if (result < 0) {
        return result;
    }
    if (!reader->until_close) {
        reader->header.length -= (uint32_t)len;
        if (reader->header.length == 0) {
            reader->state = reader->header.chunked ? CHUNK_END : DONE;
        }
    }
    return (int)len;
}

void wafer_http_reader_init(struct wafer_http_reader *reader, struct wafer_response *response, char *line,
                            size_t line_size, int alternate, bool head, wafer_body_sink sink, void *ctx)
{
    memset(response, 0, sizeof *response);
    response->retry_after = -1;
    memset(reader, 0, sizeof *reader);
    reader->header.response = response;
    reader->line = line;
    reader->line_size = line_size;
    reader->header.alternate = alternate;
    reader->no_body = head;
    reader->sink = sink;
    reader->ctx = ctx;
}

int wafer_http_reader_feed(struct wafer_http_reader *reader, const uint8_t *data, size_t len)
{
    size_t taken = 0;

    while (taken < len && reader->state != DONE) {
        int n = WAFER_E_HTTP;
        if (reader->state == BODY) {
            n = take_body(reader, data + taken, len - taken);
        } else if (reader->state != FAILED && (n = take_octet(reader, data[taken])) == 0) {
            n = 1;
        }
        if (n < 0) {
            reader->state = FAILED;
            return n;
        }
        taken += (size_t)n;
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
