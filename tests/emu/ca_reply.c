/* Answers of the emulated CA: status, headers and body become octets. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "ca.h"

#define CHUNK 700u

void ca_header(struct ca_reply *reply, const char *name, const char *format, ...)
{
    size_t len = strlen(reply->headers);
    char value[1200];
    va_list list;
    va_start(list, format);
    vsnprintf(value, sizeof value, format, list);
    va_end(list);
    if (len + strlen(name) + strlen(value) + 8 < sizeof reply->headers) {
        sprintf(reply->headers + len, "%s: %s\r\n", name, value);
    }
}

void ca_body(struct ca_reply *reply, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int len = vsnprintf(reply->body + reply->body_len, sizeof reply->body - reply->body_len, format, list);
    va_end(list);
    if (len < 0 || (size_t)len >= sizeof reply->body - reply->body_len) {
        abort();
    }
    reply->body_len += (size_t)len;
}

void ca_problem(struct ca_reply *reply, int status, const char *type, const char *detail)
{
    reply->status = status;
    reply->type = "application/problem+json";
    reply->body_len = 0;
    ca_body(reply, "{\"type\":\"urn:ietf:params:acme:error:%s\",\"detail\":\"%s\"}", type, detail);
}

void ca_replace(struct ca_reply *reply, const char *from, const char *to)
{
    size_t from_len = strlen(from), to_len = strlen(to);
    reply->body[reply->body_len] = 0;
    char *at = strstr(reply->body, from);
    if (at == NULL || reply->body_len + to_len + 1 >= sizeof reply->body) {
        return;
    }
    memmove(at + to_len, at + from_len, reply->body_len - (size_t)(at - reply->body) - from_len);
    memcpy(at, to, to_len);
    reply->body_len = reply->body_len + to_len - from_len;
}

static void append(struct ca_reply *reply, const char *data, size_t len)
{
    if (len > sizeof reply->octets - reply->len) {
        abort();
    }
    memcpy(reply->octets + reply->len, data, len);
    reply->len += len;
}

static void append_text(struct ca_reply *reply, const char *text)
{
    append(reply, text, strlen(text));
}

static void append_chunked(struct ca_reply *reply)
{
    char line[16];
    append_text(reply, "Transfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; at < reply->body_len; at += CHUNK) {
        size_t len = reply->body_len - at < CHUNK ? reply->body_len - at : CHUNK;
        sprintf(line, "%zx\r\n", len);
        append_text(reply, line);
        append(reply, reply->body + at, len);
        append_text(reply, "\r\n");
    }
    append_text(reply, "0\r\n\r\n");
}

static void append_head(struct emu_ca *ca)
{
    struct ca_reply *reply = &ca->reply;
    char line[200], date[64];
    struct tm tm;
    time_t seconds = (time_t)(reply->date != 0 ? reply->date : ca_now(ca));
    gmtime_r(&seconds, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    sprintf(line, "HTTP/1.1 %d Emulated\r\n", reply->status);
    append_text(reply, line);
    if (!reply->no_date) {
        sprintf(line, "Date: %s\r\n", date);
        append_text(reply, line);
    }
    if (!reply->no_nonce) {
        sprintf(line, "Replay-Nonce: nonce-%u\r\n", ca->nonce_count++);
        ca->used_nonces <<= 1;
        append_text(reply, line);
    }
    if (reply->type != NULL) {
        sprintf(line, "Content-Type: %s\r\n", reply->type);
        append_text(reply, line);
    }
    append_text(reply, reply->headers);
}

void ca_write(struct emu_ca *ca, bool head)
{
    struct ca_reply *reply = &ca->reply;
    char line[64];
    reply->len = 0;
    append_text(reply, reply->interim);
    append_head(ca);
    if (reply->chunked && !head) {
        append_chunked(reply);
    } else {
        sprintf(line, "Content-Length: %zu\r\n\r\n", reply->body_len);
        append_text(reply, line);
        append(reply, reply->body, head ? 0 : reply->body_len);
    }
    if (reply->cut > 0 && reply->cut < reply->len) {
        reply->len = reply->cut;
        reply->ending = reply->ending == CA_KEEPS ? CA_BREAKS_OFF : reply->ending;
    }
}
