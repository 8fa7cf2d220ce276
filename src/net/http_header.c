#include "net/http_header.h"
#include <string.h>
#include "format/base64url.h"
#include "base/buf.h"
#include "base/datetime.h"
#include "base/wordlist.h"

/* Whether a text is `word`, which has only lower-case letters and "-", ignoring case. Control
 * characters, which would be taken for "-", are not in a header. */
static bool is(const char *text, const char *word)
{
    for (; *word != '\0'; text++, word++) {
        if ((*text | 0x20) != *word) {
            return false;
        }
    }
    return *text == '\0';
}

/* Cuts what *at has before the first of the characters in `stops` off: *piece, without blanks
 * around. Moves *at behind the stop and returns it, or 0 at the end. */
static char cut(char **at, const char *stops, char **piece)
{
    char *start = *at + strspn(*at, " \t"), *end = start + strcspn(start, stops);
    char stop = *end;

    *at = stop != '\0' ? end + 1 : end;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    *end = '\0';
    *piece = start;
    return stop;
}

static bool list_has(char *list, const char *separator, const char *word)
{
    char stop, *item;

    do {
        stop = cut(&list, separator, &item);
        if (is(item, word)) {
            return true;
        }
    } while (stop != '\0');
    return false;
}

/* A decimal number, INT32_MAX for all above; -1 when it is none. */
static int32_t number(const char *text)
{
    int32_t value = 0;

    do {
        if (*text < '0' || *text > '9') {
            return -1;
        }
        value = value < INT32_MAX / 10 ? value * 10 + (*text - '0') : INT32_MAX;
    } while (*++text != '\0');
    return value;
}

static int copy(char *to, size_t size, const char *value)
{
    return wafer_copy_string(to, size, value, strlen(value)) < 0 ? WAFER_E_TOO_LARGE : 0;
}

static int take_content_length(struct wafer_http_header *header, char *value)
{
    int32_t length = number(value);

    if (length < 0 || (header->has_length && header->length != (uint32_t)length)) {
        return WAFER_E_HTTP;
    }
    header->has_length = true;
    header->length = (uint32_t)length;
    return 0;
}

static int take_transfer_encoding(struct wafer_http_header *header, char *value)
{
    if (header->chunked || !is(value, "chunked")) {
        return WAFER_E_HTTP;
    }
    header->chunked = true;
    return 0;
}

static int take_connection(struct wafer_http_header *header, char *value)
{
    char stop, *option;

    do {
        stop = cut(&value, ",", &option);
        header->response->close |= is(option, "close");
        header->keep_alive |= is(option, "keep-alive");
    } while (stop != '\0');
    return 0;
}

/* Times that cannot be read count as not given: they are hints. */
static int64_t date(const char *value)
{
    int64_t seconds = 0;

    return wafer_time_http(value, strlen(value), &seconds) < 0 ? 0 : seconds;
}

static int take_date(struct wafer_http_header *header, char *value)
{
    header->response->date = date(value);
    return 0;
}

static int take_retry_after(struct wafer_http_header *header, char *value)
{
    header->response->retry_after = number(value);
    header->response->retry_date = date(value);
    return 0;
}

/* RFC 8555 6.5.1: a nonce outside base64url must be ignored. */
static int take_replay_nonce(struct wafer_http_header *header, char *value)
{
    if (!wafer_base64url_valid(value, strlen(value))) {
        return 0;
    }
    return copy(header->response->nonce, sizeof header->response->nonce, value);
}

static int take_location(struct wafer_http_header *header, char *value)
{
    return copy(header->response->location, sizeof header->response->location, value);
}

/* What follows the ";" of a link-param (RFC 8288 3): name [ "=" ( token / quoted-string ) ].
 * Returns the character after it. */
static char take_parameter(char **at, char **name, char **value)
{
    char *rest, stop = cut(at, "=;,", name);

    *value = *name + strlen(*name);
    if (stop != '=') {
        return stop;
    }
    *at += strspn(*at, " \t");
    if (**at != '"') {
        return cut(at, ";,", value);
    }
    *value = ++*at;
    while (**at != '\0' && **at != '"') {
        *at += **at == '\\' && (*at)[1] != '\0' ? 2 : 1;
    }
    if (**at != '\0') {
        *(*at)++ = '\0';
    }
    return cut(at, ";,", &rest);
}

/* Link (RFC 8288 3): a list of <target>;parameters. Only the first rel of a link counts (3.3). */
static int take_link(struct wafer_http_header *header, char *value)
{
    char stop, *target, *name, *argument;

    while (cut(&value, "<", &name) != '\0' && cut(&value, ">", &target) != '\0') {
        bool rel = false, alternate = false;

        stop = cut(&value, ";,", &name);
        while (stop == ';') {
            stop = take_parameter(&value, &name, &argument);
            if (!rel && is(name, "rel")) {
                rel = true;
                alternate = list_has(argument, " ", "alternate");
            }
        }
        if (alternate && header->alternate-- == 0) {
            header->alternate = -2;
            return take_location(header, target);
        }
    }
    return 0;
}

static const char names[] = "content-length\0transfer-encoding\0connection\0date\0retry-after\0"
                            "replay-nonce\0location\0link\0";

/* In the order of the names. */
enum { LOCATION = 6, LINK, HEADERS };
static int (*const takers[HEADERS])(struct wafer_http_header *header, char *value) = {
    take_content_length, take_transfer_encoding, take_connection, take_date,
    take_retry_after,    take_replay_nonce,      take_location,   take_link,
};

static bool is_wanted(const struct wafer_http_header *header, int name)
{
    return name == LOCATION ? header->alternate == -1 : name != LINK || header->alternate >= 0;
}

int wafer_http_header_take(struct wafer_http_header *header, char *line, bool is_cut)
{
    char *value = line, *piece;
    int name;

    while (*value > ' ' && *value <= '~' && *value != ':') {
        *value++ |= 0x20; /* lower case */
    }
    if (value == line || (*value != ':' && *value != '\0')) {
        return WAFER_E_HTTP; /* also a folded line, and white space before ":" */
    }
    if (*value == '\0') {
        return is_cut ? 0 : WAFER_E_HTTP;
    }
    *value++ = '\0';
    name = wafer_word_index(names, line);
    if (name < 0 || header->response->status < 200 || !is_wanted(header, name)) {
        return 0;
    }
    if (is_cut) {
        return WAFER_E_TOO_LARGE;
    }
    (void)cut(&value, "", &piece);
    return takers[name](header, piece);
}
