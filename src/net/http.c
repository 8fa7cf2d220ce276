/* Requests on one kept-alive connection: which one it is, what a request looks like, and
 * when a dead connection may be replaced. */
#include "net/http.h"
#include <string.h>
#include "base/buf.h"
#include "base/deadline.h"
#include "base/url.h"
#include "base/wordlist.h"

/* A server that sends an octet now and then must not hold the client for ever: so many
 * times its silence. */
#define EXCHANGE_TIMEOUTS 4

const char wafer_http_methods[] = "GET \0HEAD \0POST \0";

void wafer_http_init(struct wafer_http *http)
{
    http->host[0] = '\0';
    http->tcp_port = 0;
    http->used = http->stale = false;
    http->rtt_ms = UINT16_MAX;
    wafer_tls_init(&http->tls);
}

void wafer_http_close(struct wafer_http *http)
{
    if (wafer_tls_is_open(&http->tls)) {
        wafer_tls_close(&http->tls);
    }
    http->used = false;
}

void wafer_http_forget(struct wafer_http *http)
{
    wafer_http_close(http);
    http->host[0] = '\0'; /* nothing to resume with this host */
}

/* Whether the open or the last connection went to the URL's origin. */
static bool is_same_origin(const struct wafer_http *http, const struct wafer_url *url)
{
    struct wafer_url last = *url;

    last.host = http->host;
    last.host_len = strlen(http->host);
    last.tcp_port = http->tcp_port;
    return wafer_url_same_origin(&last, url);
}

int wafer_http_open(struct wafer_http *http, const struct wafer_tls_params *params, const char *url)
{
    struct wafer_url parts;
    int rc = wafer_url_parse(url, &parts);
    if (rc < 0) {
        return rc;
    }
    bool same = is_same_origin(http, &parts);
    if (same && wafer_tls_is_open(&http->tls) && wafer_tls_is_quiet(&http->tls)) {
        wafer_tls_limit(&http->tls, params);
        return 0;
    }
    wafer_http_close(http);
    if (!same) {
        http->rtt_ms = UINT16_MAX;
    }
    rc = wafer_copy_string(http->host, sizeof http->host, parts.host, parts.host_len);
    if (rc < 0) {
        return rc;
    }
    http->tcp_port = parts.tcp_port;
    rc = wafer_tls_connect(&http->tls, params, http->host, parts.tcp_port, same);
    if (rc < 0) {
        wafer_http_forget(http);
    }
    return rc;
}

/* Writes texts one after another, up to NULL. They stay together in the TLS buffer: the whole
 * request leaves as one record if it fits. */
static int write_texts(struct wafer_tls *tls, const char *const *texts)
{
    for (; *texts != NULL; texts++) {
        int rc = wafer_tls_write(tls, *texts, strlen(*texts));
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

static int write_line_and_host(struct wafer_tls *tls, const struct wafer_http_request *request)
{
    struct wafer_url url;
    int rc = wafer_url_parse(request->url, &url);
    if (rc < 0) {
        return rc;
    }
    const char *const line[] = {wafer_word(wafer_http_methods, request->method),
                                url.target[0] != '\0' ? url.target : "/", " HTTP/1.1\r\nHost: ", NULL};
    rc = write_texts(tls, line);
    if (rc < 0) {
        return rc;
    }
    const char *authority = url.host - url.host_is_ipv6; /* host and port as in the URL */
    return wafer_tls_write(tls, authority, (size_t)(url.target - authority));
}

static int write_headers(struct wafer_tls *tls, const struct wafer_http_request *request)
{
    bool post = request->method == WAFER_POST;
    char digits[12];
    struct wafer_buf length;

    wafer_buf_init(&length, digits, sizeof digits);
    wafer_buf_uint(&length, (uint32_t)request->body_len);
    const char *const headers[] = {"\r\nUser-Agent: wafer/" WAFER_VERSION "\r\nAccept-Encoding: identity",
                                   request->accept ? "\r\nAccept: " : "",
                                   request->accept ? request->accept : "",
                                   post ? "\r\nContent-Type: application/jose+json" : "",
                                   post ? "\r\nContent-Length: " : "",
                                   post ? wafer_buf_string(&length) : "",
                                   "\r\n\r\n",
                                   NULL};
    return write_texts(tls, headers);
}

static int write_request(struct wafer_tls *tls, const struct wafer_http_request *request)
{
    int rc = write_line_and_host(tls, request);
    if (rc < 0) {
        return rc;
    }
    rc = write_headers(tls, request);
    if (rc < 0) {
        return rc;
    }
    if (request->method == WAFER_POST) {
        rc = wafer_tls_write(tls, request->body, request->body_len);
        if (rc < 0) {
            return rc;
        }
    }
    return wafer_tls_flush(tls);
}

/* The first octet of an answer has come: how long the way there and back is, at most. */
static void take_round_trip(struct wafer_http *http, const struct wafer_deadline *exchange)
{
    uint32_t passed = http->tls.port->monotonic_ms(http->tls.port->ctx) - exchange->start_ms;

    if (passed < http->rtt_ms) {
        http->rtt_ms = (uint16_t)passed;
    }
}

/* Reads one response. *answered: at least one octet of it came. */
static int read_response(struct wafer_http *http, struct wafer_http_reader *reader, bool *answered)
{
    const struct wafer_port *port = http->tls.port;
    struct wafer_deadline exchange;

    wafer_deadline_start(&exchange, port, EXCHANGE_TIMEOUTS * http->tls.io_timeout_ms);
    while (!wafer_http_reader_done(reader)) {
        const uint8_t *data;
        bool proper = false;
        int len = wafer_tls_read(&http->tls, &data, &proper);

        /* An end without close_notify may be an attacker's (RFC 9112 9.8). */
        if (len == WAFER_E_CLOSED && proper) {
            return wafer_http_reader_end(reader);
        }
        if (len < 0) {
            return len;
        }
        if (!*answered) {
            *answered = true;
            take_round_trip(http, &exchange);
        }
        int taken = wafer_http_reader_feed(reader, data, (size_t)len);
        if (taken < 0) {
            return taken;
        }
        wafer_tls_consume(&http->tls, (size_t)taken);
        if (taken < len) {
            reader->header.response->close = true; /* nothing was asked that this could answer */
        }
        if (wafer_deadline_left(&exchange, port) == 0) {
            return WAFER_E_TIMEOUT;
        }
    }
    return 0;
}

/* Sends the request and reads its response, on the open connection. */
static int ask(struct wafer_http *http, const struct wafer_http_request *request,
               struct wafer_http_reader *reader, bool *answered)
{
    int rc = write_request(&http->tls, request);
    if (rc < 0) {
        return rc;
    }
    return read_response(http, reader, answered);
}

int wafer_http_exchange(struct wafer_http *http, const struct wafer_http_request *request,
                        struct wafer_response *response, wafer_body_sink sink, void *ctx)
{
    struct wafer_http_reader reader;
    bool answered = false;

    wafer_http_reader_init(&reader, response, request->line, request->line_size,
                           request->method == WAFER_HEAD, sink, ctx);
    wafer_http_reader_link(&reader, request->take_link, request->alternate);
    int rc = ask(http, request, &reader, &answered);
    http->stale = http->used && !answered && (rc == WAFER_E_CLOSED || rc == WAFER_E_NETWORK);
    http->used = true;
    if (rc < 0 || response->close) {
        wafer_http_close(http);
    }
    return rc;
}
