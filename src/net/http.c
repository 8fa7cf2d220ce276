#include "net/http.h"
#include <string.h>
#include "base/buf.h"
#include "base/url.h"
#include "base/wordlist.h"

/* A server that sends a byte now and then must not hold the client for ever. */
#define EXCHANGE_MS (4 * (uint32_t)WAFER_IO_TIMEOUT_MS)

const char wafer_http_methods[] = "GET \0HEAD \0POST \0";

void wafer_http_init(struct wafer_http *http)
{
    http->host[0] = '\0';
    http->tcp_port = 0;
    http->used = http->stale = false;
    http->requests = http->handshakes = 0;
    wafer_tls_init(&http->tls);
}

void wafer_http_close(struct wafer_http *http)
{
    if (wafer_tls_is_open(&http->tls)) {
        wafer_tls_close(&http->tls);
    }
    http->used = false;
}

/* Whether the open or the last connection went to the URL's origin. */
static bool same_origin(const struct wafer_http *http, const struct wafer_url *url)
{
    struct wafer_url last = *url;

    last.host = http->host;
    last.host_len = strlen(http->host);
    last.port = http->tcp_port;
    return wafer_url_same_origin(&last, url);
}

int wafer_http_open(struct wafer_http *http, const struct wafer_tls_params *params, const char *url)
{
    struct wafer_url parts;
    bool same;
    int result = wafer_url_parse(url, &parts);

    if (result < 0) {
        return result;
    }
    same = same_origin(http, &parts);
    if (same && wafer_tls_is_open(&http->tls)) {
        return 0;
    }
    wafer_http_close(http);
    result = wafer_copy_string(http->host, sizeof http->host, parts.host, parts.host_len);
    if (result < 0) {
        return result;
    }
    http->tcp_port = parts.port;
    http->handshakes++;
    result = wafer_tls_connect(&http->tls, params, http->host, parts.port, same);
    if (result < 0) {
        http->host[0] = '\0'; /* nothing to resume with this host */
    }
    return result;
}

/* Writes texts one after another, up to NULL. They stay together in the TLS buffer: the whole
 * request leaves as one record if it fits. */
static int write_texts(struct wafer_tls *tls, const char *const *texts)
{
    int result = 0;

    for (; *texts != NULL && result >= 0; texts++) {
        result = wafer_tls_write(tls, *texts, strlen(*texts));
    }
    return result;
}

static int write_head(struct wafer_tls *tls, const struct wafer_http_request *request)
{
    bool post = request->method == WAFER_POST;
    char digits[12];
    struct wafer_buf length;
    struct wafer_url url;
    int result = wafer_url_parse(request->url, &url);

    if (result < 0) {
        return result;
    }
    wafer_buf_init(&length, digits, sizeof digits);
    wafer_buf_uint(&length, (uint32_t)request->body_len);
    const char *const begin[] = {wafer_word(wafer_http_methods, request->method), url.target[0] != '\0' ? url.target : "/",
                                 " HTTP/1.1\r\nHost: ", NULL};
    const char *authority = url.host - (url.host_is_ipv6 ? 1 : 0); /* host and port as in the URL */
    const char *const headers[] = {"\r\nUser-Agent: wafer/" WAFER_VERSION,
                                   request->accept ? "\r\nAccept: " : "",
                                   request->accept ? request->accept : "",
                                   post ? "\r\nContent-Type: application/jose+json" : "",
                                   post ? "\r\nContent-Length: " : "",
                                   post ? wafer_buf_string(&length) : "",
                                   "\r\n\r\n",
                                   NULL};
    result = write_texts(tls, begin);
    if (result >= 0) {
        result = wafer_tls_write(tls, authority, (size_t)(url.target - authority));
    }
    return result < 0 ? result : write_texts(tls, headers);
}

static int write_request(struct wafer_tls *tls, const struct wafer_http_request *request)
{
    int result = write_head(tls, request);

    if (result >= 0 && request->method == WAFER_POST) {
        result = wafer_tls_write(tls, request->body, request->body_len);
    }
    return result < 0 ? result : wafer_tls_flush(tls);
}

/* Reads one response. *answered: at least one octet of it came. */
static int read_response(struct wafer_http *http, struct wafer_http_reader *reader, bool *answered)
{
    const struct wafer_port *port = http->tls.port;
    uint32_t start = port->monotonic_ms(port->ctx);

    while (!wafer_http_reader_done(reader)) {
        const uint8_t *data;
        bool proper = false;
        int taken, len = wafer_tls_read(&http->tls, &data, &proper);

        /* An end without close_notify may be an attacker's (RFC 9112 9.8). */
        if (len == WAFER_E_CLOSED && proper && wafer_http_reader_end(reader) == 0) {
            break;
        }
        if (len < 0) {
            return len;
        }
        *answered = true;
        taken = wafer_http_reader_feed(reader, data, (size_t)len);
        if (taken < 0) {
            return taken;
        }
        wafer_tls_consume(&http->tls, (size_t)taken);
        if (taken < len) {
            reader->header.response->close = true; /* nothing was asked that this could answer */
        }
        if (port->monotonic_ms(port->ctx) - start > EXCHANGE_MS) {
            return WAFER_E_TIMEOUT;
        }
    }
    return 0;
}

int wafer_http_exchange(struct wafer_http *http, const struct wafer_http_request *request,
                        struct wafer_response *response, wafer_body_sink sink, void *ctx)
{
    struct wafer_http_reader reader;
    bool answered = false;
    int result;

    wafer_http_reader_init(&reader, response, request->line, request->line_size, request->alternate,
                           request->method == WAFER_HEAD, sink, ctx);
    http->stale = false;
    http->requests++;
    result = write_request(&http->tls, request);
    if (result >= 0) {
        result = read_response(http, &reader, &answered);
    }
    if (result < 0 && http->used && !answered) {
        http->stale = result == WAFER_E_CLOSED || result == WAFER_E_NETWORK;
    }
    http->used = true;
    if (result < 0 || response->close) {
        wafer_http_close(http);
    }
    return result < 0 ? result : 0;
}
