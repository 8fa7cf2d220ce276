/* URLs taken apart, strictly: what is odd is refused. */
#include "base/url.h"

#include <string.h>
#include "base/buf.h"
#include "base/text.h"

/* The host of an authority; returns what follows it, or NULL. */
static const char *parse_host(const char *text, struct wafer_url *url)
{
    const char *end;

    url->host_is_ipv6 = *text == '[';
    if (url->host_is_ipv6) {
        url->host = text + 1;
        url->host_len = strspn(url->host, "0123456789abcdefABCDEF:.");
        end = url->host + url->host_len;
        bool has_colon = memchr(url->host, ':', url->host_len) != NULL;
        return *end == ']' && has_colon ? end + 1 : NULL;
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
