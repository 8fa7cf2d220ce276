/* How the emulated CA lies: each bend changes an honest answer, as the octets of hostility say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ca.h"

#define BASE    "https://" CA_HOST
#define OTHER   "https://" CA_OTHER_HOST
#define HOSTILE 0x80 /* an octet from here on is one */
#define HTML    8000
#define HUGE    30000
#define DRIP_MS 20000
#define SLOW_MS 25000

typedef void bend(struct ca_reply *reply, uint8_t octet);

static const char *retry_after(uint8_t octet)
{
    static const char *const values[] = {"0",
                                         "1",
                                         "29",
                                         "300",
                                         "3600",
                                         "86400",
                                         "604800",
                                         "2147483647",
                                         "4294967296",
                                         "-1",
                                         "Fri, 01 Jan 2038 00:00:00 GMT",
                                         "soon"};
    return values[octet % (sizeof values / sizeof values[0])];
}

static void add_retry_after(struct ca_reply *reply, uint8_t octet)
{
    ca_header(reply, "Retry-After", "%s", retry_after(octet));
}

/* --- statuses and problems --- */

static void some_problem(struct ca_reply *reply, uint8_t octet)
{
    static const struct {
        int status;
        const char *type;
    } problems[] = {{500, "serverInternal"},
                    {503, "serverInternal"},
                    {403, "unauthorized"},
                    {400, "malformed"},
                    {400, "accountDoesNotExist"},
                    {403, "orderNotReady"},
                    {400, "badNonce"},
                    {400, "rejectedIdentifier"},
                    {400, "connection"},
                    {400, "dns"},
                    {403, "caa"},
                    {400, "badCSR"},
                    {400, "badPublicKey"},
                    {400, "badSignatureAlgorithm"},
                    {403, "userActionRequired"},
                    {400, "compound"},
                    {409, "alreadyReplaced"},
                    {400, "unsupportedIdentifier"},
                    {403, "externalAccountRequired"},
                    {404, "malformed"},
                    {400, "tls"},
                    {400, "invalidContact"},
                    {400, "unheardOf"},
                    {405, "malformed"}};
    unsigned i = octet % (sizeof problems / sizeof problems[0]);
    ca_problem(reply, problems[i].status, problems[i].type, "as the test wants it");
}

static void some_status(struct ca_reply *reply, uint8_t octet)
{
    static const int statuses[] = {500, 502, 503, 504, 404, 403, 429, 408, 421,
                                   425, 400, 401, 410, 204, 304, 202, 599, 205};
    reply->status = statuses[octet % (sizeof statuses / sizeof statuses[0])];
    reply->type = "text/html";
    reply->body_len = 0;
    ca_body(reply, "<html>%d</html>", reply->status);
}

static void rate_limit(struct ca_reply *reply, uint8_t octet)
{
    ca_problem(reply, octet & 0x80 ? 503 : 429, "rateLimited", "too many");
    add_retry_after(reply, octet);
}

static void html_page(struct ca_reply *reply, uint8_t octet)
{
    some_status(reply, octet);
    while (reply->body_len < HTML) {
        ca_body(reply, "<p>The service is not available, come again.</p>\n");
    }
    if (octet & 0x80) {
        add_retry_after(reply, octet);
    }
}

static void long_problem(struct ca_reply *reply, uint8_t octet)
{
    some_problem(reply, octet);
    reply->body_len--;
    ca_body(reply, ",\"subproblems\":[");
    while (reply->body_len < HTML) {
        ca_body(reply, "{\"type\":\"urn:ietf:params:acme:error:dns\",\"detail\":\"not found\"},");
    }
    ca_body(reply, "{}]}");
}

static void redirect(struct ca_reply *reply, uint8_t octet)
{
    static const char *const targets[] = {
        OTHER "/dir", BASE "/dir", BASE "/nonce", "/o/1", "http://" CA_HOST "/dir", ""};
    static const int statuses[] = {301, 302, 303, 307, 308};
    reply->status = statuses[octet % 5];
    reply->headers[0] = 0;
    ca_header(reply, "Location", "%s", targets[octet / 5 % 6]);
}

/* --- bodies --- */

static void no_body(struct ca_reply *reply, uint8_t octet)
{
    (void)octet;
    reply->body_len = 0;
}

static void empty_object(struct ca_reply *reply, uint8_t octet)
{
    reply->body_len = 0;
    ca_body(reply, octet & 1 ? "{}" : "[]");
}

static void garbage(struct ca_reply *reply, uint8_t octet)
{
    uint32_t seed = octet;
    for (size_t i = 0; i < reply->body_len; i++) {
        seed = seed * 1664525u + 1013904223u;
        reply->body[i] = (char)(seed >> 24);
    }
}

static void cut_body(struct ca_reply *reply, uint8_t octet)
{
    reply->body_len = reply->body_len * octet / 256;
}

static void flip_octet(struct ca_reply *reply, uint8_t octet)
{
    if (reply->body_len > 0) {
        reply->body[reply->body_len * octet / 256] ^= 0x15;
    }
}

static void huge_body(struct ca_reply *reply, uint8_t octet)
{
    reply->body_len = 0;
    ca_body(reply, "{\"%c\":\"", 'a' + octet % 26);
    while (reply->body_len < HUGE) {
        ca_body(reply, "0123456789012345678901234567890123456789");
    }
    ca_body(reply, "\"}");
}

/* --- what an object says --- */

static void other_url(struct ca_reply *reply, uint8_t octet)
{
    static const char *const urls[] = {
        OTHER "/", BASE "/o/", BASE ":8443/", "https://192.0.2.7/", "http://" CA_HOST "/", BASE "/x/", "/"};
    for (int i = 0; i < octet / 7 % 4 + 1; i++) {
        ca_replace(reply, BASE "/", urls[octet % 7]);
    }
}

static void other_location(struct ca_reply *reply, uint8_t octet)
{
    static const char *const urls[] = {OTHER "/o/1", BASE "/o/99", BASE "/acct/77", BASE "/new-order",
                                       "garbage",    "",           BASE "/terms"};
    reply->headers[0] = 0;
    ca_header(reply, "Location", "%s", urls[octet % 7]);
}

static void long_location(struct ca_reply *reply, uint8_t octet)
{
    char path[1000];
    memset(path, 'a', sizeof path);
    path[200 + octet % 4 * 200] = 0;
    reply->headers[0] = 0;
    ca_header(reply, "Location", BASE "/%s", path);
}

static void other_status(struct ca_reply *reply, uint8_t octet)
{
    static const char *const texts[] = {"processing", "invalid", "pending",     "ready",
                                        "valid",      "expired", "deactivated", "?"};
    static const char *const honest[] = {"pending", "ready", "processing", "valid"};
    char from[32], to[32];
    snprintf(to, sizeof to, "\"%s\"", texts[octet % 8]);
    for (int i = 0; i < 4; i++) {
        snprintf(from, sizeof from, "\"%s\"", honest[i]);
        ca_replace(reply, from, to);
        if (octet & 0x40) {
            ca_replace(reply, from, to);
        }
    }
}

static void error_inside(struct ca_reply *reply, uint8_t octet)
{
    static const char *const types[] = {"connection",         "dns", "unauthorized", "serverInternal",
                                        "rejectedIdentifier", "caa"};
    char text[200];
    snprintf(text, sizeof text,
             "\"type\":\"http-01\",\"error\":{\"type\":\"urn:ietf:params:acme:error:%s\",\"detail\":\"x\"}",
             types[octet % 6]);
    ca_replace(reply, "\"type\":\"http-01\"", text);
}

static void other_name(struct ca_reply *reply, uint8_t octet)
{
    static const char *const values[] = {"\"value\":\"evil\\u001b]0;", "\"value\":\"evil.", "\"value\":\"*.",
                                         "\"value\":\"../", "\"walue\":\""};
    ca_replace(reply, "\"value\":\"", values[octet % 5]);
}

static void no_member(struct ca_reply *reply, uint8_t octet)
{
    static const char *const members[] = {"\"status\"",      "\"authorizations\"", "\"finalize\"",
                                          "\"certificate\"", "\"token\"",          "\"challenges\"",
                                          "\"identifier\"",  "\"http-01\"",        "\"newNonce\"",
                                          "\"newOrder\"",    "\"expires\"",        "\"url\""};
    ca_replace(reply, members[octet % 12], "\"nothing\"");
}

static void other_token(struct ca_reply *reply, uint8_t octet)
{
    static const char *const tokens[] = {"\"token\":\"../../", "\"token\":\"", "\"token\":\"A",
                                         "\"token\":\" "};
    ca_replace(reply, "\"token\":\"token", tokens[octet % 4]);
}

static void other_expires(struct ca_reply *reply, uint8_t octet)
{
    static const char *const values[] = {"\"expires\":\"2099-01-01T00:00:00Z\",\"x\":\"",
                                         "\"expires\":\"1970-01-01T00:00:00Z\",\"x\":\"",
                                         "\"expires\":\"9999-12-31T23:59:59Z\",\"x\":\"",
                                         "\"expires\":\"never\",\"x\":\"", "\"expires\":1,\"x\":\""};
    ca_replace(reply, "\"expires\":\"", values[octet % 5]);
}

/* --- headers --- */

static void other_date(struct ca_reply *reply, uint8_t octet)
{
    static const int32_t off[] = {3600,        -3600,      86400,       -86400,     7 * 86400,
                                  -30 * 86400, 59 * 86400, 365 * 86400, 2000000000, -1000000000};
    static const int64_t absolute[] = {0, 2000000000, 4070908800, 253402300799};
    reply->date += octet & 0x40 ? absolute[octet % 4] - reply->date + 1 : off[octet % 10];
}

static void without_nonce(struct ca_reply *reply, uint8_t octet)
{
    reply->no_nonce = true;
    if (octet & 1) {
        ca_header(reply, "Replay-Nonce", octet & 2 ? "nonce-999999" : "with a blank");
    }
}

static void many_headers(struct ca_reply *reply, uint8_t octet)
{
    char value[1000];
    memset(value, 'v', sizeof value);
    value[octet * 3] = 0;
    for (int i = 0; i < 4; i++) {
        ca_header(reply, "X-Filler", "%s", value);
    }
}

static void odd_headers(struct ca_reply *reply, uint8_t octet)
{
    static const char *const lines[] = {
        "X: folded\r\n here\r\n", "Content-Length: 7\r\n", "Transfer-Encoding: gzip\r\n",    "no colon\r\n",
        "Connection: close\r\n",  ": empty\r\n",           "Transfer-Encoding: chunked\r\n", "Location:\r\n"};
    size_t len = strlen(reply->headers);
    snprintf(reply->headers + len, sizeof reply->headers - len, "%s", lines[octet % 8]);
}

static void interim(struct ca_reply *reply, uint8_t octet)
{
    for (int i = 0; i < octet % 8 + 1; i++) {
        strcat(reply->interim, octet & 1 ? "HTTP/1.1 103 Early\r\n\r\n" : "HTTP/1.1 100 Go\r\n\r\n");
    }
}

static void links(struct ca_reply *reply, uint8_t octet)
{
    for (int i = 0; i < octet; i++) {
        ca_header(reply, "Link", "<" BASE "/cert/%d/1>;rel=\"alternate\"", i);
    }
}

static void chunks(struct ca_reply *reply, uint8_t octet)
{
    (void)octet;
    reply->chunked = true;
}

/* --- the connection --- */

static void cut_answer(struct ca_reply *reply, uint8_t octet)
{
    reply->cut = 1 + octet * 4u;
    reply->ending = octet & 1 ? CA_BREAKS_OFF : CA_FALLS_SILENT;
}

static void close_after(struct ca_reply *reply, uint8_t octet)
{
    reply->ending = octet & 1 ? CA_CLOSES : CA_BREAKS_OFF;
}

static void drip(struct ca_reply *reply, uint8_t octet)
{
    reply->portion = 1 + octet % 64u;
    reply->interval_ms = octet & 0x80 ? DRIP_MS : 500;
}

static void slow(struct ca_reply *reply, uint8_t octet)
{
    reply->delay_ms = octet & 1 ? SLOW_MS : octet * 500u;
}

static void power_cut(struct ca_reply *reply, uint8_t octet)
{
    (void)octet;
    reply->power_goes = true;
}

static bend *const bends[] = {
    some_problem,  some_status,   rate_limit,   html_page,   long_problem, redirect,       no_body,
    empty_object,  garbage,       cut_body,     flip_octet,  huge_body,    other_url,      other_location,
    long_location, other_status,  error_inside, other_name,  no_member,    other_token,    other_expires,
    other_date,    without_nonce, many_headers, odd_headers, interim,      links,          chunks,
    cut_answer,    close_after,   drip,         slow,        power_cut,    add_retry_after};
#define BENDS (sizeof bends / sizeof bends[0])

/* Besides the bends: an order whose URL is broken from now on. */
static void make_sick(struct emu_ca *ca, struct ca_order *order)
{
    uint8_t sickness = ca_octet(ca) % CA_SICKNESSES;
    if (order != NULL) {
        order->sick = sickness;
    }
}

void ca_bend(struct emu_ca *ca, struct ca_order *order)
{
    uint8_t octet = ca_octet(ca);
    if (octet < HOSTILE) {
        return;
    }
    unsigned which = octet - HOSTILE;
    if (which >= BENDS) {
        make_sick(ca, order);
        return;
    }
    ca->reply.date = ca_now(ca);
    bends[which](&ca->reply, ca_octet(ca));
}
