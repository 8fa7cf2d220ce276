/* One header line taken apart, and what each of the headers that matter means. */
#include "net/http_header.h"
#include <string.h>
#include "base/buf.h"
#include "base/datetime.h"
#include "base/text.h"
#include "base/wordlist.h"
#include "format/base64url.h"

/* Control characters, which would be taken for "-", are not in a header. */
bool wafer_http_is(const char *text, const char *word)
{
    for (; *word != '\0'; text++, word++) {
        if ((*text | 0x20) != *word) {
            return false;
        }
    }
    return *text == '\0';
}

char wafer_http_cut(char **at, const char *stops, char **piece)
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

/* A decimal number, INT32_MAX for all above; -1 when it is none. */
static int32_t number(const char *text)
{
    int32_t value = 0;

    do {
        if (!wafer_is_digit(*text)) {
            return -1;
        }
        value = value < INT32_MAX / 10 ? value * 10 + (*text - '0') : INT32_MAX;
    } while (*++text != '\0');
    return value;
}

void wafer_http_locate(struct wafer_http_header *header, const char *value)
{
    struct wafer_response *response = header->response;
    int rc = wafer_copy_string(response->location, sizeof response->location, value, strlen(value));

    response->overlong = rc < 0;
}

/* Whoever asked for a place will say that this one is no use. */
static int take_location(struct wafer_http_header *header, char *value)
{
    wafer_http_locate(header, value);
    return 0;
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
    if (header->chunked || !wafer_http_is(value, "chunked")) {
        return WAFER_E_HTTP;
    }
    header->chunked = true;
    return 0;
}

static int take_connection(struct wafer_http_header *header, char *value)
{
    char stop, *option;

    do {
        stop = wafer_http_cut(&value, ",", &option);
        header->response->close |= wafer_http_is(option, "close");
        header->keep_alive |= wafer_http_is(option, "keep-alive");
    } while (stop != '\0');
    return 0;
}

/* Times that cannot be read count as not given: they are hints. */
static int64_t date(const char *value)
{
    int64_t seconds;
    int rc = wafer_time_http(value, strlen(value), &seconds);

    return rc < 0 ? 0 : seconds;
}

static int take_date(struct wafer_http_header *header, char *value)
{
    header->response->date = date(value);
    return 0;
}

/* RFC 9111 5.1: a cache keeps the Date of what it has kept. */
static int take_age(struct wafer_http_header *header, char *value)
{
    int32_t age = number(value);
    header->response->age = age > 0 ? age : 0;
    return 0;
}

static int take_retry_after(struct wafer_http_header *header, char *value)
{
    header->response->retry_after = number(value);
    header->response->retry_date = date(value);
    return 0;
}

/* RFC 8555 6.5.1: a nonce outside base64url must be ignored. So is one that there is no room for:
 * who needs one asks for it, and tells then. */
static int take_replay_nonce(struct wafer_http_header *header, char *value)
{
    struct wafer_response *response = header->response;

    if (!wafer_base64url_valid(value, strlen(value))) {
        return 0;
    }
    int rc = wafer_copy_string(response->nonce, sizeof response->nonce, value, strlen(value));
    return rc == WAFER_E_SPACE ? 0 : rc;
}

static const char names[] = "content-length\0transfer-encoding\0connection\0date\0age\0retry-after\0"
                            "replay-nonce\0location\0link\0";

/* In the order of the names: the first ones say where the answer ends. Link, the last one, has the
 * taker that was asked for. */
enum { CONNECTION = 2, LOCATION = 7, LINK };
static int (*const takers[LINK])(struct wafer_http_header *header, char *value) = {
    take_content_length, take_transfer_encoding, take_connection,   take_date,
    take_age,            take_retry_after,       take_replay_nonce, take_location,
};

static bool is_wanted(const struct wafer_http_header *header, int name)
{
    if (name == LOCATION) {
        return header->take_link == NULL;
    }
    return name != LINK || (header->take_link != NULL && !header->linked);
}

int wafer_http_header_take(struct wafer_http_header *header, char *line, bool is_cut)
{
    char *value = line, *piece;
    int name;

    while (*value > ' ' && *value <= '~' && *value != ':') {
        *value++ |= 0x20; /* lower case */
    }
    if (value == line || (*value != ':' && *value != '\0')) {
        return WAFER_E_HTTP; /* also white space before ":" */
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
        header->response->overlong |= name == LOCATION;
        header->response->close |= name == CONNECTION;
        return name < CONNECTION ? WAFER_E_TOO_LARGE : 0; /* the others are hints, or missed later */
    }
    (void)wafer_http_cut(&value, "", &piece);
    if (name == LINK) {
        header->take_link(header, piece);
        return 0;
    }
    return takers[name](header, piece);
}
