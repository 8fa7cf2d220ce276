/* The emulated CA: requests by their URLs, nonces, accounts. */
#include "ca.h"
#include <bearssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "format/base64url.h"
#include "format/json.h"

#define BASE         "https://" CA_HOST
#define ORDER_S      (7 * 86400)
#define VALIDATES_MS 300
#define ISSUES_MS    400
#define BACKDATED_S  3600 /* as public CAs do */
#define LATENCY_MS   20

void emu_ca_init(struct emu_ca *ca, const int64_t *now_ms)
{
    memset(ca, 0, offsetof(struct emu_ca, request));
    ca->now_ms = now_ms;
    ca->lifetime_s = 90 * 86400;
}

uint8_t ca_octet(struct emu_ca *ca)
{
    struct ca_octets *o = &ca->octets;
    return o->at < o->len ? o->data[o->at++] : 0;
}

/* --- who asks --- */

/* A nonce is good once, and not for ever. */
static bool use_nonce(struct emu_ca *ca, const char *nonce)
{
    unsigned number;
    if (sscanf(nonce, "nonce-%u", &number) != 1 || number >= ca->nonce_count) {
        return false;
    }
    unsigned age = ca->nonce_count - 1 - number;
    if (age >= CA_NONCES || (ca->used_nonces >> age & 1) != 0) {
        return false;
    }
    ca->used_nonces |= (uint64_t)1 << age;
    return true;
}

/* CAs word it in different ways. */
static void refuse_account(struct emu_ca *ca)
{
    static const struct {
        int status;
        const char *type, *detail;
    } words[] = {{400, "accountDoesNotExist", "unknown account"},
                 {403, "unauthorized", "unable to find account"},
                 {400, "malformed", "no account with this kid"}};
    unsigned i = ca->wording % 3u;
    ca_problem(&ca->reply, words[i].status, words[i].type, words[i].detail);
}

static uint32_t account_of(struct emu_ca *ca)
{
    unsigned number;
    if (sscanf(ca->request.kid, BASE "/acct/%u", &number) != 1) {
        return 0;
    }
    return number != 0 && ca->accounts[number % CA_ACCOUNTS].number == number ? number : 0;
}

static void write_thumbprint(struct ca_account *account)
{
    struct wafer_buf buf;
    char text[200];
    uint8_t hash[32];
    br_sha256_context sha;
    int len = snprintf(text, sizeof text, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
                       account->x, account->y);
    br_sha256_init(&sha);
    br_sha256_update(&sha, text, (size_t)len);
    br_sha256_out(&sha, hash);
    wafer_buf_init(&buf, account->thumbprint, sizeof account->thumbprint);
    wafer_base64url_append(&buf, hash, sizeof hash);
    (void)wafer_buf_string(&buf);
}

static void new_account(struct emu_ca *ca)
{
    struct ca_account *account = NULL;
    int status = 200;
    for (unsigned i = 0; i < CA_ACCOUNTS; i++) {
        if (ca->accounts[i].number != 0 && strcmp(ca->accounts[i].x, ca->request.x) == 0) {
            account = &ca->accounts[i];
        }
    }
    if (ca->request.x[0] == 0) {
        ca_problem(&ca->reply, 400, "malformed", "a jwk is needed");
        return;
    }
    if (account == NULL) {
        status = 201;
        account = &ca->accounts[++ca->account_count % CA_ACCOUNTS];
        account->number = ca->account_count;
        memcpy(account->x, ca->request.x, sizeof account->x);
        memcpy(account->y, ca->request.y, sizeof account->y);
        write_thumbprint(account);
    }
    ca->reply.status = status;
    ca->reply.type = "application/json";
    ca_body(&ca->reply, "{\"status\":\"valid\"}");
    ca_header(&ca->reply, "Location", BASE "/acct/%u", account->number);
}

/* --- orders --- */

static bool take_names(struct ca_order *order, const struct wafer_json *json)
{
    int list = wafer_json_member(json, 0, "identifiers");
    for (int i = wafer_json_first(json, list); i >= 0; i = wafer_json_next(json, list, i)) {
        if (order->name_count == CA_NAMES ||
            wafer_json_string(json, wafer_json_member(json, i, "value"), order->names[order->name_count],
                              CA_NAME_MAX) <= 0) {
            return false;
        }
        order->name_count++;
    }
    return order->name_count > 0;
}

static struct ca_order *new_order(struct emu_ca *ca, uint32_t account)
{
    uint8_t tokens[2048];
    struct wafer_json json;
    struct ca_order *order = &ca->orders[(ca->order_count + 1) % CA_ORDERS];
    memset(order, 0, sizeof *order);
    int rc = wafer_json_parse(&json, (const char *)ca->request.payload, ca->request.payload_len, tokens,
                              sizeof tokens);
    if (rc < 0 || !take_names(order, &json)) {
        ca_problem(&ca->reply, 400, "malformed", "not an order");
        return NULL;
    }
    order->number = ++ca->order_count;
    order->account = account;
    order->expires = ca_now(ca) + ORDER_S;
    ca_show_order(ca, order, 201);
    return order;
}

static void finalize(struct emu_ca *ca, struct ca_order *order)
{
    if (order->status == CA_PENDING) {
        ca_problem(&ca->reply, 403, "orderNotReady", "not all is proven");
        return;
    }
    if (order->status == CA_READY) {
        if (!ca_take_csr(&ca->request, order)) {
            ca_problem(&ca->reply, 400, "badCSR", "not what was ordered");
            return;
        }
        order->status = CA_PROCESSING;
        order->issues_ms = *ca->now_ms + ISSUES_MS;
        order->not_before = ca_now(ca) - BACKDATED_S;
        order->not_after = order->not_before + (int64_t)ca->lifetime_s - 1;
        order->serial = ++ca->serial;
        ca->issued++;
        order->flaw = ca_octet(ca);
        order->flaw = order->flaw < 0x80 ? CA_FLAWLESS : order->flaw % CA_FLAWS;
        order->flaw_octet = order->flaw != CA_FLAWLESS ? ca_octet(ca) : 0;
    }
    ca_show_order(ca, order, 200);
}

static void certificate(struct emu_ca *ca, const struct ca_order *order, unsigned alternate)
{
    if (order->status != CA_VALID) {
        ca_problem(&ca->reply, 404, "malformed", "no certificate");
        return;
    }
    ca_show_chain(ca, order, alternate == 1);
    for (unsigned i = 0; i < 2; i++) {
        if (i != alternate) {
            ca_header(&ca->reply, "Link", "<" BASE "/cert/%u/%u>;rel=\"alternate\"", order->number, i);
        }
    }
}

static void challenge(struct emu_ca *ca, struct ca_order *order, unsigned index)
{
    if (order->proofs[index] == CA_PENDING && ca->request.payload_len > 0) {
        order->proofs[index] = CA_PROCESSING;
        order->decides_ms[index] = *ca->now_ms + VALIDATES_MS;
    }
    ca_show_challenge(ca, order, index);
}

/* What an order's sick URL says. */
static void show_sick(struct emu_ca *ca, struct ca_order *order)
{
    struct ca_reply *reply = &ca->reply;
    reply->body_len = 0;
    switch ((enum ca_sickness)order->sick) {
    case CA_SAYS_500:
        ca_problem(reply, 500, "serverInternal", "it is broken");
        break;
    case CA_SAYS_404:
        ca_problem(reply, 404, "malformed", "no such order");
        break;
    case CA_SAYS_EMPTY:
        reply->status = 200;
        ca_body(reply, "{}");
        break;
    case CA_SAYS_HTML:
        reply->status = 200;
        ca_body(reply, "<html>welcome</html>");
        break;
    case CA_SAYS_PROCESSING: {
        enum ca_status status = order->status;
        order->status = CA_PROCESSING;
        reply->headers[0] = 0;
        ca_show_order(ca, order, 200);
        order->status = status;
        break;
    }
    default:
        reply->status = 302;
        ca_header(reply, "Location", "https://" CA_OTHER_HOST "/gone");
        break;
    }
}

static void get_order(struct emu_ca *ca, struct ca_order *order)
{
    if (order->sick != CA_SOUND) {
        show_sick(ca, order);
    } else {
        ca_show_order(ca, order, 200);
    }
}

/* --- by its URL --- */

/* Requests of an account; the order that they are about, or NULL. */
static struct ca_order *serve_account(struct emu_ca *ca, uint32_t account)
{
    const char *target = ca->request.target;
    unsigned number = 0, index = 0;
    char what[8] = "";
    if (strcmp(target, "/new-order") == 0) {
        return new_order(ca, account);
    }
    int count = sscanf(target, "/%7[a-z]/%u/%u", what, &number, &index);
    struct ca_order *order = count >= 2 ? ca_find_order(ca, number) : NULL;
    if (order == NULL || order->account != account) {
        ca_problem(&ca->reply, 404, "malformed", "nothing here");
        return NULL;
    }
    index = index < order->name_count ? index : 0;
    if (strcmp(what, "o") == 0) {
        get_order(ca, order);
    } else if (strcmp(what, "a") == 0) {
        ca_show_authorization(ca, order, index);
    } else if (strcmp(what, "c") == 0) {
        challenge(ca, order, index);
    } else if (strcmp(what, "f") == 0) {
        finalize(ca, order);
    } else if (strcmp(what, "cert") == 0) {
        certificate(ca, order, index);
    } else {
        ca_problem(&ca->reply, 404, "malformed", "nothing here");
    }
    return order;
}

static struct ca_order *serve_signed(struct emu_ca *ca)
{
    char url[500];
    snprintf(url, sizeof url, "https://%s%s", ca->request.host, ca->request.target);
    if (!use_nonce(ca, ca->request.nonce)) {
        ca_problem(&ca->reply, 400, "badNonce", "unknown or used");
        return NULL;
    }
    if (strcmp(url, ca->request.url) != 0) {
        ca_problem(&ca->reply, 403, "unauthorized", "url is of another request");
        return NULL;
    }
    if (strcmp(ca->request.target, "/new-acct") == 0) {
        new_account(ca);
        return NULL;
    }
    uint32_t account = account_of(ca);
    if (account == 0) {
        refuse_account(ca);
        return NULL;
    }
    return serve_account(ca, account);
}

static void directory(struct ca_reply *reply)
{
    reply->status = 200;
    reply->type = "application/json";
    ca_body(reply,
            "{\"newNonce\":\"" BASE "/nonce\",\"newAccount\":\"" BASE "/new-acct\",\"newOrder\":\"" BASE
            "/new-order\",\"meta\":{\"termsOfService\":\"" BASE "/terms\"}}");
}

static struct ca_order *serve(struct emu_ca *ca)
{
    struct ca_reply *reply = &ca->reply;
    const char *target = ca->request.target;
    if (strcmp(ca->request.host, CA_HOST) != 0 && strcmp(ca->request.host, CA_OTHER_HOST) != 0) {
        ca_problem(reply, 421, "malformed", "not this host's");
        return NULL;
    }
    if (ca->request.is_signed) {
        return serve_signed(ca);
    }
    if (strcmp(target, "/dir") == 0) {
        directory(reply);
    } else if (strcmp(target, "/nonce") == 0) {
        reply->status = 200;
    } else {
        ca_problem(reply, 404, "malformed", "nothing here");
    }
    return NULL;
}

void emu_ca_answer(struct emu_ca *ca, const char *request, size_t len)
{
    struct ca_reply *reply = &ca->reply;
    struct ca_order *order = NULL;
    reply->status = 0;
    reply->headers[0] = reply->interim[0] = 0;
    reply->type = NULL;
    reply->body_len = reply->cut = 0;
    reply->no_nonce = reply->no_date = reply->chunked = reply->power_goes = false;
    reply->date = 0;
    reply->delay_ms = LATENCY_MS;
    reply->portion = reply->interval_ms = 0;
    reply->ending = CA_KEEPS;
    emu_ca_tick(ca);
    if (!ca_parse(&ca->request, request, len)) {
        ca_problem(reply, 400, "malformed", "not a request");
    } else {
        order = serve(ca);
    }
    ca_bend(ca, order);
    ca->requests++;
    ca->orders_told += reply->status == 201 && strcmp(ca->request.target, "/new-order") == 0;
    ca_write(ca, strcmp(ca->request.method, "HEAD") == 0);
}
