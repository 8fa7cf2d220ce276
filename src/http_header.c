#include "http_header.h"
#include <string.h>
#include "base64url.h"
#include "buf.h"
#include "datetime.h"

/* A part of a header line. */
struct span {
    const char *at, *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct span trim(struct span span)
{
    while (span.at < span.end && is_blank(*span.at)) {
        span.at++;
    }
    while (span.at < span.end && is_blank(span.end[-1])) {
        span.end--;
    }
    return span;
}

/* Compares with a text in lower case, ignoring case. */
static bool span_is(struct span span, const char *text)
{
    for (; span.at < span.end; span.at++, text++) {
        char c = *span.at;
        if (c >= 'A' && c <= 'Z') {
            c = (char)(c | 0x20);
        }
        if (c != *text) {
            return false;
        }
    }
    return *text == '\0';
}

/* Moves *from to the first of the characters in `stops`, or to the end; returns what was before,
 * trimmed. */
static struct span take_until(struct span *from, const char *stops)
{
    struct span taken = *from;

    while (from->at < from->end && strchr(stops, *from->at) == NULL) {
        from->at++;
    }
    taken.end = from->at;
    return trim(taken);
}

/* Steps over one character if it is there. */
static bool take_char(struct span *from, char c)
{
    if (from->at == from->end || *from->at != c) {
        return false;
    }
    from->at++;
    return true;
}

/* Whether a list has the word. */
static bool list_has(struct span list, const char *separator, const char *word)
{
    do {
        if (span_is(take_until(&list, separator), word)) {
            return true;
        }
    } while (take_char(&list, *separator));
    return false;
}

/* A decimal number, INT32_MAX for all above; -1 when it is none. */
static int32_t number(struct span span)
{
    int32_t value = 0;

    if (span.at == span.end) {
        return -1;
    }
    for (; span.at < span.end; span.at++) {
        if (*span.at < '0' || *span.at > '9') {
            return -1;
        }
        value = value < INT32_MAX / 10 ? value * 10 + (*span.at - '0') : INT32_MAX;
    }
    return value;
}

static int copy(char *to, size_t size, struct span value)
{
    return wafer_copy_string(to, size, value.at, (size_t)(value.end - value.at)) < 0 ? WAFER_E_TOO_LARGE : 0;
}

static int take_content_length(struct wafer_http_header *header, struct span value)
{
    int32_t length = number(value);

    if (length < 0 || (header->has_length && header->length != (uint32_t)length)) {
        return WAFER_E_HTTP;
    }
    header->has_length = true;
    header->length = (uint32_t)length;
    return 0;
}

static int take_transfer_encoding(struct wafer_http_header *header, struct span value)
{
    if (header->chunked || !span_is(value, "chunked")) {
        return WAFER_E_HTTP;
    }
    header->chunked = true;
    return 0;
}

static int take_connection(struct wafer_http_header *header, struct span value)
{
    if (list_has(value, ",", "close")) {
        header->response->close = true;
    }
    if (list_has(value, ",", "keep-alive")) {
        header->keep_alive = true;
    }
    return 0;
}

/* Times that cannot be read count as not given: they are hints. */
static int64_t date(struct span value)
{
    int64_t seconds = 0;

    return wafer_time_http(value.at, (size_t)(value.end - value.at), &seconds) < 0 ? 0 : seconds;
}

static int take_date(struct wafer_http_header *header, struct span value)
{
    header->response->date = date(value);
    return 0;
}

static int take_retry_after(struct wafer_http_header *header, struct span value)
{
    header->response->retry_after = number(value);
    header->response->retry_date = header->response->retry_after < 0 ? date(value) : 0;
    return 0;
}

/* RFC 9111 5.2.2: the strictest directive wins. */
static int take_cache_control(struct wafer_http_header *header, struct span value)
{
    int32_t *max_age = &header->response->max_age;

    do {
        struct span argument = take_until(&value, ","), name = take_until(&argument, "=");
        int32_t age = -1;
        if (span_is(name, "no-cache") || span_is(name, "no-store")) {
            age = 0;
        } else if (take_char(&argument, '=') && span_is(name, "max-age")) {
            (void)take_char(&argument, '"');
            age = number(take_until(&argument, "\""));
        }
        if (age >= 0 && (*max_age < 0 || age < *max_age)) {
            *max_age = age;
        }
    } while (take_char(&value, ','));
    return 0;
}

/* RFC 8555 6.5.1: a nonce outside base64url must be ignored. */
static int take_replay_nonce(struct wafer_http_header *header, struct span value)
{
    if (!wafer_base64url_valid(value.at, (size_t)(value.end - value.at))) {
        return 0;
    }
    return copy(header->response->nonce, sizeof header->response->nonce, value);
}

static int take_location(struct wafer_http_header *header, struct span value)
{
    return copy(header->response->location, sizeof header->response->location, value);
}

/* What follows the ";" of a link-param (RFC 8288 3): name [ "=" ( token / quoted-string ) ].
 * Returns the name; *value is empty where there is none. */
static struct span take_parameter(struct span *from, struct span *value)
{
    struct span name = take_until(from, "=;,");

    value->at = value->end = from->at;
    if (!take_char(from, '=')) {
        return name;
    }
    while (take_char(from, ' ') || take_char(from, '\t')) {}
    if (!take_char(from, '"')) {
        *value = take_until(from, ";,");
        return name;
    }
    value->at = from->at;
    while (from->at < from->end && *from->at != '"') {
        from->at += *from->at == '\\' && from->at + 1 < from->end ? 2 : 1;
    }
    value->end = from->at;
    (void)take_until(from, ";,");
    return name;
}

/* Link (RFC 8288 3): a list of <target>;parameters. Only the first rel of a link counts (3.3). */
static int take_link(struct wafer_http_header *header, struct span value)
{
    for (;;) {
        struct span target, name, argument;
        bool rel = false, alternate = false;

        (void)take_until(&value, "<");
        (void)take_char(&value, '<');
        target = take_until(&value, ">");
        if (!take_char(&value, '>')) {
            return 0;
        }
        (void)take_until(&value, ";,");
        while (take_char(&value, ';')) {
            name = take_parameter(&value, &argument);
            if (!rel && span_is(name, "rel")) {
                rel = true;
                alternate = list_has(argument, " ", "alternate");
            }
        }
        if (alternate && header->alternate-- == 0) {
            header->alternate = -2;
            return copy(header->response->location, sizeof header->response->location, target);
        }
    }
}

/* When a header matters. */
enum wanted { ALWAYS, FOR_LOCATION, FOR_LINK };

static const struct {
    const char *name;
    int (*take)(struct wafer_http_header *header, struct span value);
    enum wanted wanted;
} headers[] = {
    {"content-length", take_content_length, ALWAYS},
    {"transfer-encoding", take_transfer_encoding, ALWAYS},
    {"connection", take_connection, ALWAYS},
    {"date", take_date, ALWAYS},
    {"retry-after", take_retry_after, ALWAYS},
    {"cache-control", take_cache_control, ALWAYS},
    {"replay-nonce", take_replay_nonce, ALWAYS},
    {"location", take_location, FOR_LOCATION},
    {"link", take_link, FOR_LINK},
};

static bool is_wanted(const struct wafer_http_header *header, enum wanted wanted)
{
    return wanted == ALWAYS || (wanted == FOR_LINK ? header->alternate >= 0 : header->alternate == -1);
}

int wafer_http_header_take(struct wafer_http_header *header, const char *text, size_t len, bool cut)
{
    struct span line = {text, text + len}, name = line;
    size_t i;

    for (; line.at < line.end && *line.at != ':'; line.at++) {
        if (*line.at <= ' ' || *line.at > '~') { /* also a folded line, and white space before ":" */
            return WAFER_E_HTTP;
        }
    }
    name.end = line.at;
    if (name.at == name.end) {
        return WAFER_E_HTTP;
    }
    if (!take_char(&line, ':')) {
        return cut ? 0 : WAFER_E_HTTP;
    }
    if (header->response->status < 200) {
        return 0;
    }
    for (i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        if (span_is(name, headers[i].name) && is_wanted(header, headers[i].wanted)) {
            return cut ? WAFER_E_TOO_LARGE : headers[i].take(header, trim(line));
        }
    }
    return 0;
}
