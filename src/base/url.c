/* URLs and IP addresses taken apart, strictly: what is odd is refused. */
#include "base/url.h"

#include <string.h>
#include "base/buf.h"
#include "base/text.h"

/* The host of an authority; returns what follows it, or NULL. */
static const char *parse_host(const char *text, struct wafer_url *url)
{
    const char *end;
    uint8_t address[16];

    url->host_is_ipv6 = *text == '[';
    if (url->host_is_ipv6) {
        url->host = text + 1;
        end = strchr(text, ']');
        if (end == NULL) {
            return NULL;
        }
        url->host_len = (size_t)(end - url->host);
        int rc = wafer_ip_parse(url->host, url->host_len, address);
        return rc == 16 ? end + 1 : NULL;
    }
    for (end = text; wafer_is_alnum(*end) || (*end != 0 && strchr("-._", *end) != NULL); end++) {}
    url->host = text;
    url->host_len = (size_t)(end - text);
    if (url->host_len == 0 || url->host_len >= WAFER_HOST_MAX) {
        return NULL;
    }
    return end;
}

/* ":" and a port, or nothing; returns what follows, or NULL. */
static const char *parse_tcp_port(const char *text, struct wafer_url *url)
{
    uint32_t number = 0;

    url->tcp_port = 443;
    url->has_port = *text == ':';
    if (url->has_port) {
        while (wafer_is_digit(*++text) && number < 65536) {
            number = number * 10 + (uint32_t)(*text - '0');
        }
        if (number == 0 || number > 65535) {
            return NULL;
        }
        url->tcp_port = (uint16_t)number;
    }
    return text;
}

int wafer_url_parse(const char *text, struct wafer_url *url)
{
    static const char scheme[] = "https://";
    const char *at = text;

    if (!wafer_same_text(text, scheme, sizeof scheme - 1)) {
        return WAFER_E_SYNTAX;
    }
    at = parse_host(text + sizeof scheme - 1, url);
    if (at != NULL) {
        at = parse_tcp_port(at, url);
    }
    if (at == NULL || (*at != 0 && *at != '/')) {
        return WAFER_E_SYNTAX;
    }
    url->target = at;
    for (; *at != 0; at++) {
        if (*at <= ' ' || *at > '~' || *at == '#') {
            return WAFER_E_SYNTAX;
        }
    }
    return 0;
}

bool wafer_url_same_origin(const struct wafer_url *a, const struct wafer_url *b)
{
    return a->tcp_port == b->tcp_port && a->host_len == b->host_len &&
           wafer_same_text(a->host, b->host, a->host_len);
}

/* Appends the origin of the base where the reference is only a path. */
static int append_origin(struct wafer_buf *buf, const char *base, const char *reference, size_t reference_len)
{
    struct wafer_url url;

    if (reference_len == 0 || reference[0] != '/') {
        return 0;
    }
    if (reference_len > 1 && reference[1] == '/') {
        return WAFER_E_SYNTAX;
    }
    int rc = wafer_url_parse(base, &url);
    if (rc < 0) {
        return rc;
    }
    wafer_buf_append(buf, base, (size_t)(url.target - base));
    return 0;
}

/* Writes the URL, which may be none. */
static int write_resolved(struct wafer_buf *buf, const char *base, const char *reference,
                          size_t reference_len)
{
    struct wafer_url url;
    int rc = append_origin(buf, base, reference, reference_len);
    if (rc < 0) {
        return rc;
    }
    if (memchr(reference, 0, reference_len) != NULL) {
        return WAFER_E_SYNTAX;
    }
    wafer_buf_append(buf, reference, reference_len);
    const char *text = wafer_buf_string(buf);
    if (buf->overflow) {
        return WAFER_E_SPACE;
    }
    return wafer_url_parse(text, &url);
}

int wafer_url_resolve(const char *base, const char *reference, size_t reference_len, char *out, size_t size)
{
    struct wafer_buf buf;

    wafer_buf_init(&buf, out, size);
    int rc = write_resolved(&buf, base, reference, reference_len);
    if (rc < 0 && size > 0) {
        out[0] = 0;
    }
    return rc;
}

/* Four numbers 0..255 without leading zeros, which some read as octal. */
static int parse_ipv4(const char *text, size_t len, uint8_t *address)
{
    const char *end = text + len;

    for (unsigned i = 0; i < 4; i++) {
        const char *start = text;
        uint32_t number = 0;
        while (text < end && wafer_is_digit(*text) && text - start < 3) {
            number = number * 10 + (uint32_t)(*text++ - '0');
        }
        if (text == start || number > 255 || (*start == '0' && text - start > 1)) {
            return WAFER_E_SYNTAX;
        }
        address[i] = (uint8_t)number;
        if (i < 3 && (text == end || *text++ != '.')) {
            return WAFER_E_SYNTAX;
        }
    }
    if (text != end) {
        return WAFER_E_SYNTAX;
    }
    return 4;
}

/* One group of an IPv6 address, 1 to 4 hexadecimal digits: how many octets of text,
 * or 0. */
static size_t parse_group(const char *text, size_t len, uint8_t group[2])
{
    int number = 0;
    size_t i;

    for (i = 0; i < len && i < 4; i++) {
        int digit = wafer_hex_digit(text[i]);
        if (digit < 0) {
            break;
        }
        number = number << 4 | digit;
    }
    group[0] = (uint8_t)(number >> 8);
    group[1] = (uint8_t)number;
    return i;
}

#define NO_GAP 17

int wafer_ip_parse(const char *text, size_t len, uint8_t address[16])
{
    const char *end = text + len;
    size_t n = 0, gap = NO_GAP; /* octets so far; those before "::" */

    if (memchr(text, ':', len) == NULL) {
        return parse_ipv4(text, len, address);
    }
    memset(address, 0, 16);
    if (len > 1 && text[0] == ':' && text[1] == ':') {
        gap = 0;
        text += 2;
    }
    while (text < end) {
        size_t digits = n < 16 ? parse_group(text, (size_t)(end - text), address + n) : 0;
        if (n <= 12 && text + digits < end && text[digits] == '.') {
            int rc = parse_ipv4(text, (size_t)(end - text), address + n);
            if (rc < 0) {
                return rc;
            }
            n += 4;
            break;
        }
        text += digits;
        n += 2;
        if (digits == 0 || (text < end && (*text++ != ':' || text == end))) {
            return WAFER_E_SYNTAX;
        }
        if (text < end && *text == ':') {
            if (gap != NO_GAP) {
                return WAFER_E_SYNTAX;
            }
            gap = n;
            text++;
        }
    }
    /* "::" stands for one group of zeros or more (RFC 4291 2.2). */
    if (gap == NO_GAP ? n != 16 : n > 14) {
        return WAFER_E_SYNTAX;
    }
    if (gap != NO_GAP) {
        memmove(address + 16 - (n - gap), address + gap, n - gap);
        memset(address + gap, 0, 16 - n);
    }
    return 16;
}
