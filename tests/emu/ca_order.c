/* Orders of the emulated CA: how they come to be valid, and how they are shown. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "ca.h"

#define BASE "https://" CA_HOST

static const char *const status_texts[] = {"pending", "ready", "processing", "valid", "invalid"};

int64_t ca_now(const struct emu_ca *ca)
{
    return *ca->now_ms / 1000;
}

struct ca_order *ca_find_order(struct emu_ca *ca, uint32_t number)
{
    struct ca_order *order = &ca->orders[number % CA_ORDERS];
    return number != 0 && order->number == number ? order : NULL;
}

void ca_token(const struct ca_order *order, unsigned index, char token[CA_TOKEN])
{
    snprintf(token, CA_TOKEN, "token_%08x-%u_of_the_emulated", order->number * 2654435761u, index);
}

/* --- time passes --- */

static const char *thumbprint_of(const struct emu_ca *ca, uint32_t account)
{
    const struct ca_account *a = &ca->accounts[account % CA_ACCOUNTS];
    return a->number == account ? a->thumbprint : "";
}

/* Whether an authorization is to be decided. */
static bool is_open(const struct ca_order *order, unsigned index)
{
    return order->number != 0 && order->status == CA_PENDING && index < order->name_count &&
           order->proofs[index] == CA_PROCESSING;
}

int64_t emu_ca_next_fetch(const struct emu_ca *ca)
{
    int64_t next = INT64_MAX;
    for (unsigned i = 0; i < CA_ORDERS; i++) {
        for (unsigned n = 0; n < CA_NAMES; n++) {
            if (is_open(&ca->orders[i], n) && ca->orders[i].decides_ms[n] < next) {
                next = ca->orders[i].decides_ms[n];
            }
        }
    }
    return next;
}

static void validate(struct emu_ca *ca, struct ca_order *order, unsigned index)
{
    char token[CA_TOKEN];
    ca_token(order, index, token);
    ca->validations++;
    bool found = ca->fetch(ca->fetch_ctx, order->names[index], token, thumbprint_of(ca, order->account));
    order->proofs[index] = found ? CA_VALID : CA_INVALID;
}

static void advance(struct emu_ca *ca, struct ca_order *order)
{
    unsigned valid = 0;
    for (unsigned n = 0; n < order->name_count; n++) {
        if (is_open(order, n) && order->decides_ms[n] <= *ca->now_ms) {
            validate(ca, order, n);
        }
        valid += order->proofs[n] == CA_VALID;
        if (order->proofs[n] == CA_INVALID) {
            order->status = CA_INVALID;
        }
    }
    if (order->status == CA_PENDING && valid == order->name_count) {
        order->status = CA_READY;
    }
    if (order->status == CA_PROCESSING && order->issues_ms <= *ca->now_ms) {
        order->status = CA_VALID;
    }
    if (order->status < CA_VALID && order->expires <= ca_now(ca)) {
        order->status = CA_INVALID;
    }
}

void emu_ca_tick(struct emu_ca *ca)
{
    for (unsigned i = 0; i < CA_ORDERS; i++) {
        if (ca->orders[i].number != 0 && ca->orders[i].status < CA_VALID) {
            advance(ca, &ca->orders[i]);
        }
    }
}

/* --- shown --- */

static void show_expires(struct ca_reply *reply, int64_t expires)
{
    struct tm tm;
    time_t seconds = (time_t)expires;
    char text[32];
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    ca_body(reply, "\"expires\":\"%s\"", text);
}

void ca_show_order(struct emu_ca *ca, struct ca_order *order, int status)
{
    struct ca_reply *reply = &ca->reply;
    reply->status = status;
    reply->type = "application/json";
    ca_body(reply, "{\"status\":\"%s\",", status_texts[order->status]);
    show_expires(reply, order->expires);
    ca_body(reply, ",\"identifiers\":[");
    for (unsigned i = 0; i < order->name_count; i++) {
        ca_body(reply, "%s{\"type\":\"dns\",\"value\":\"%s\"}", i > 0 ? "," : "", order->names[i]);
    }
    ca_body(reply, "],\"authorizations\":[");
    for (unsigned i = 0; i < order->name_count; i++) {
        ca_body(reply, "%s\"" BASE "/a/%u/%u\"", i > 0 ? "," : "", order->number, i);
    }
    ca_body(reply, "],\"finalize\":\"" BASE "/f/%u\"", order->number);
    if (order->status == CA_VALID) {
        ca_body(reply, ",\"certificate\":\"" BASE "/cert/%u\"", order->number);
    }
    ca_body(reply, "}");
    if (order->status == CA_PROCESSING) {
        ca_header(reply, "Retry-After", "1");
    }
    ca_header(reply, "Location", BASE "/o/%u", order->number);
}

static void add_challenge(struct ca_reply *reply, const struct ca_order *order, unsigned index)
{
    char token[CA_TOKEN];
    ca_token(order, index, token);
    ca_body(
        reply, "{\"type\":\"http-01\",\"status\":\"%s\",\"url\":\"" BASE "/c/%u/%u\",\"token\":\"%s\"%s}",
        status_texts[order->proofs[index]], order->number, index, token,
        order->proofs[index] != CA_INVALID
            ? ""
            : ",\"error\":{\"type\":\"urn:ietf:params:acme:error:unauthorized\",\"detail\":\"not there\"}");
}

void ca_show_challenge(struct emu_ca *ca, const struct ca_order *order, unsigned index)
{
    ca->reply.status = 200;
    ca->reply.type = "application/json";
    add_challenge(&ca->reply, order, index);
    ca_header(&ca->reply, "Link", "<" BASE "/a/%u/%u>;rel=\"up\"", order->number, index);
}

void ca_show_authorization(struct emu_ca *ca, const struct ca_order *order, unsigned index)
{
    struct ca_reply *reply = &ca->reply;
    enum ca_status proof = order->proofs[index];
    reply->status = 200;
    reply->type = "application/json";
    ca_body(reply, "{\"status\":\"%s\",", status_texts[proof == CA_PROCESSING ? CA_PENDING : proof]);
    show_expires(reply, order->expires);
    ca_body(reply, ",\"identifier\":{\"type\":\"dns\",\"value\":\"%s\"},\"challenges\":[",
            order->names[index]);
    ca_body(reply, "{\"type\":\"dns-01\",\"status\":\"pending\",\"url\":\"" BASE "/x\",\"token\":\"x\"},");
    add_challenge(reply, order, index);
    ca_body(reply, "]}");
}
