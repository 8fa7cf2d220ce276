/* Requests to the emulated CA: HTTP and JWS taken apart. Signatures are not verified: that is what
 * the tests against Pebble are for. */
#include <bearssl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "ca.h"
#include "format/base64url.h"
#include "format/csr_reader.h"
#include "format/json.h"

#define TOKENS    4096
#define CSR_SPACE 3000

static size_t decode(const char *text, uint8_t *out, size_t size)
{
    uint32_t bits = 0;
    unsigned count = 0;
    size_t len = 0;
    for (; *text != 0; text++) {
        int value = wafer_base64_value(*text, "-_");
        if (value < 0 || len == size) {
            return 0;
        }
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[len++] = (uint8_t)(bits >> count);
        }
    }
    return len;
}

/* The text up to `end`, which is skipped. Whether it is there and fits. */
static bool take_word(const char **at, const char *end, char *out, size_t size)
{
    const char *stop = strstr(*at, end);
    if (stop == NULL || (size_t)(stop - *at) >= size) {
        return false;
    }
    memcpy(out, *at, (size_t)(stop - *at));
    out[stop - *at] = 0;
    *at = stop + strlen(end);
    return true;
}

static bool take_string(const struct wafer_json *json, int object, const char *name, char *out, size_t size)
{
    out[0] = 0;
    return wafer_json_string(json, wafer_json_member(json, object, name), out, size) > 0;
}

static bool parse_protected(struct ca_request *request, const char *text, size_t len)
{
    uint8_t tokens[TOKENS];
    struct wafer_json json;
    char alg[16];
    int rc = wafer_json_parse(&json, text, len, tokens, sizeof tokens);
    if (rc < 0 || !take_string(&json, 0, "alg", alg, sizeof alg) || strcmp(alg, "ES256") != 0 ||
        !take_string(&json, 0, "url", request->url, sizeof request->url)) {
        return false;
    }
    (void)take_string(&json, 0, "nonce", request->nonce, sizeof request->nonce);
    int jwk = wafer_json_member(&json, 0, "jwk");
    if (jwk < 0) {
        return take_string(&json, 0, "kid", request->kid, sizeof request->kid);
    }
    return take_string(&json, jwk, "x", request->x, sizeof request->x) &&
           take_string(&json, jwk, "y", request->y, sizeof request->y);
}

static bool parse_jws(struct ca_request *request, const char *text)
{
    static char member[8192], decoded[8192];
    uint8_t tokens[TOKENS];
    struct wafer_json json;
    int rc = wafer_json_parse(&json, text, strlen(text), tokens, sizeof tokens);
    if (rc < 0 || !take_string(&json, 0, "protected", member, sizeof member)) {
        return false;
    }
    size_t len = decode(member, (uint8_t *)decoded, sizeof decoded);
    if (!parse_protected(request, decoded, len)) {
        return false;
    }
    if (wafer_json_string(&json, wafer_json_member(&json, 0, "payload"), member, sizeof member) < 0) {
        return false;
    }
    request->payload_len = decode(member, request->payload, sizeof request->payload);
    request->is_signed = true;
    return true;
}

bool ca_parse(struct ca_request *request, const char *text, size_t len)
{
    const char *at = text;
    memset(request, 0, offsetof(struct ca_request, payload));
    request->payload_len = 0;
    if (strlen(text) != len || !take_word(&at, " ", request->method, sizeof request->method) ||
        !take_word(&at, " HTTP/1.1\r\nHost: ", request->target, sizeof request->target) ||
        !take_word(&at, "\r\n", request->host, sizeof request->host)) {
        return false;
    }
    at = strstr(at, "\r\n\r\n");
    if (at == NULL) {
        return false;
    }
    return strcmp(request->method, "POST") == 0 ? parse_jws(request, at + 4) : true;
}

/* --- the request for the certificate --- */

static unsigned count_names(struct wafer_der san)
{
    struct wafer_der name;
    unsigned count = 0;
    while (wafer_der_next(&san, &name) >= 0) {
        count++;
    }
    return count;
}

/* Whether the request is for exactly the names of the order, and has a key that we know. */
static bool is_for_order(struct ca_order *order, const uint8_t *der, size_t len)
{
    struct wafer_x509 csr;
    if (wafer_csr_read(&csr, der, len) < 0 || count_names(csr.san) != order->name_count ||
        wafer_x509_p256(&csr, order->point) < 0) {
        return false;
    }
    for (unsigned i = 0; i < order->name_count; i++) {
        if (!wafer_x509_has_name(&csr, WAFER_X509_DNS, order->names[i], strlen(order->names[i]))) {
            return false;
        }
    }
    return true;
}

bool ca_take_csr(const struct ca_request *request, struct ca_order *order)
{
    static char text[CSR_SPACE];
    uint8_t tokens[256], der[CSR_SPACE];
    struct wafer_json json;
    int rc =
        wafer_json_parse(&json, (const char *)request->payload, request->payload_len, tokens, sizeof tokens);
    if (rc < 0 || !take_string(&json, 0, "csr", text, sizeof text)) {
        return false;
    }
    return is_for_order(order, der, decode(text, der, sizeof der));
}
