/* One octet after the other, with no more known than how deep it is and whether in a string: the
 * reader of the digest checks the grammar. */
#include "format/json_digest.h"
#include <string.h>

#define STRING_MAX 400 /* octets kept of a string */
#define BACKSLASH  5   /* "\", and the four digits that "u" may bring */

static void keep(struct wafer_json_digest *d, char c)
{
    if (d->len + 2u < d->size) { /* room for an end: quotation mark and bracket */
        d->text[d->len++] = c;
    } else {
        d->ended = true;
    }
}

/* All that is kept so far is whole. */
static void end_value(struct wafer_json_digest *d)
{
    if (!d->ended) {
        d->whole = d->len;
    }
}

static void begin_string(struct wafer_json_digest *d)
{
    d->is_value = d->len > 0 && d->text[d->len - 1] == ':';
    d->room = STRING_MAX;
    if (d->depth == 1) {
        keep(d, '"');
    }
    d->quoted = !d->ended;
    d->character = d->len;
}

static void take_in_string(struct wafer_json_digest *d, char c)
{
    bool begins = d->escape == 0 && ((uint8_t)c & 0xc0) != 0x80; /* a character */

    if (d->escape == BACKSLASH) {
        d->escape = c == 'u' ? BACKSLASH - 1 : 0;
    } else if (d->escape > 0) {
        d->escape--;
    } else if (c == '\\') {
        d->escape = BACKSLASH;
    } else if (c == '"') {
        d->quoted = false;
    }
    if (begins && d->room > 0) {
        d->room--;
        d->character = d->len;
    }
    if (d->depth == 1 && (d->room > 0 || !d->quoted)) {
        keep(d, c);
    }
    if (d->depth == 1 && !d->quoted && d->is_value) {
        end_value(d);
    }
}

static void open_bracket(struct wafer_json_digest *d, char c)
{
    d->ended = d->depth == UINT8_MAX;
    if (d->depth++ <= 1) {
        keep(d, c);
    }
}

static void close_bracket(struct wafer_json_digest *d, char c)
{
    d->depth--;
    if (d->depth == 0) {
        d->text[d->len++] = c;
        d->ended = true;
    } else if (d->depth == 1) {
        keep(d, c);
        end_value(d);
    }
}

static void take_outside(struct wafer_json_digest *d, char c)
{
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        return;
    }
    if (c == '{' || (c == '[' && d->depth > 0)) {
        open_bracket(d, c);
    } else if (d->depth == 0) {
        d->ended = true; /* no object */
    } else if (c == '}' || c == ']') {
        close_bracket(d, c);
    } else if (c == '"') {
        begin_string(d);
    } else if (d->depth == 1) {
        if (c == ',') {
            end_value(d);
        }
        keep(d, c);
    }
}

void wafer_json_digest_begin(struct wafer_json_digest *digest, char *text, size_t size)
{
    memset(digest, 0, sizeof *digest);
    digest->text = text;
    digest->size = size < UINT16_MAX ? (uint16_t)size : UINT16_MAX;
}

void wafer_json_digest_feed(struct wafer_json_digest *digest, const char *data, size_t len)
{
    for (size_t i = 0; i < len && !digest->ended; i++) {
        if (digest->quoted) {
            take_in_string(digest, data[i]);
        } else {
            take_outside(digest, data[i]);
        }
    }
}

size_t wafer_json_digest_end(struct wafer_json_digest *digest)
{
    struct wafer_json_digest *d = digest;

    if (d->depth == 0) {
        return d->len;
    }
    if (d->quoted && d->is_value && d->depth == 1) {
        d->len = d->character; /* the last one may be cut */
        d->text[d->len++] = '"';
    } else {
        d->len = d->whole;
    }
    d->text[d->len++] = '}';
    return d->len;
}
