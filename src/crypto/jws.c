#include "crypto/jws.h"

#include <bearssl.h>
#include "format/base64url.h"
#include "format/json_writer.h"
#include "base/wipe.h"

/* The JWK of the public key, members in the order of RFC 7638. RFC 7518 6.2.1: each
 * coordinate has its full 32 octets. */
static int append_jwk(struct wafer_buf *out, const struct wafer_signer *signer)
{
    uint8_t point[WAFER_POINT_SIZE];

    if (signer->public_key(signer->ctx, point) != 0) {
        return WAFER_E_KEY;
    }
    wafer_buf_text(out, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"");
    wafer_base64url_append(out, point + 1, 32);
    wafer_buf_text(out, "\",\"y\":\"");
    wafer_base64url_append(out, point + 33, 32);
    wafer_buf_text(out, "\"}");
    return 0;
}

/* RFC 8555 6.2: the members in the order alg, jwk or kid, nonce, url. */
static int append_header(struct wafer_buf *out, const char *alg, const struct wafer_jws *jws)
{
    int error = 0;

    wafer_jsonw(out, "{\"alg\":%s,", alg);
    if (jws->kid != NULL) {
        wafer_jsonw(out, "\"kid\":%s", jws->kid);
    } else {
        wafer_buf_text(out, "\"jwk\":");
        error = append_jwk(out, jws->signer);
    }
    if (jws->nonce != NULL) {
        wafer_jsonw(out, ",\"nonce\":%s", jws->nonce);
    }
    wafer_jsonw(out, ",\"url\":%s}", jws->url);
    return error;
}

/* The JSON of the flattened serialization (RFC 7515 7.2.2) is written straight
 * into the buffer; the two signed parts are encoded where they stand. */
struct part {
    size_t start, len;
};

static void part_begin(struct part *part, struct wafer_buf *out, const char *text)
{
    wafer_buf_text(out, text);
    part->start = out->len;
}

static void part_end(struct part *part, struct wafer_buf *out)
{
    wafer_base64url_in_place(out, part->start);
    part->len = out->len - part->start;
}

/* Writes all up to the payload's text; end_parts follows when that is written. */
static int begin_parts(struct wafer_buf *out, const char *alg, const struct wafer_jws *jws,
                       struct part parts[2])
{
    int error;

    part_begin(&parts[0], out, "{\"protected\":\"");
    error = append_header(out, alg, jws);
    part_end(&parts[0], out);
    part_begin(&parts[1], out, "\",\"payload\":\"");
    return error;
}

static int end_parts(struct wafer_buf *out, struct part parts[2])
{
    part_end(&parts[1], out);
    return out->overflow ? WAFER_E_SPACE : 0;
}

static int append_signature(struct wafer_buf *out, const void *signature, size_t len)
{
    wafer_buf_text(out, "\",\"signature\":\"");
    wafer_base64url_append(out, signature, len);
    wafer_buf_text(out, "\"}");
    return out->overflow ? WAFER_E_SPACE : 0;
}

int wafer_jws_append(struct wafer_buf *out, const struct wafer_jws *jws, wafer_payload payload, void *ctx)
{
    struct part parts[2];
    uint8_t hash[br_sha256_SIZE], signature[WAFER_SIGNATURE_SIZE];
    br_sha256_context sha256;
    int error = begin_parts(out, "ES256", jws, parts);

    if (error == 0 && payload != NULL) {
        error = payload(ctx, out);
    }
    if (error == 0) {
        error = end_parts(out, parts);
    }
    if (error != 0) {
        return error;
    }
    /* RFC 7515 5.1 */
    br_sha256_init(&sha256);
    br_sha256_update(&sha256, out->data + parts[0].start, parts[0].len);
    br_sha256_update(&sha256, ".", 1);
    br_sha256_update(&sha256, out->data + parts[1].start, parts[1].len);
    br_sha256_out(&sha256, hash);
    if (jws->signer->sign(jws->signer->ctx, hash, signature) != 0) {
        return WAFER_E_KEY;
    }
    return append_signature(out, signature, sizeof signature);
}

int wafer_jws_append_eab(struct wafer_buf *out, const struct wafer_jws *jws, const uint8_t *mac_key, size_t mac_key_len)
{
    struct part parts[2];
    br_hmac_key_context key;
    br_hmac_context hmac;
    uint8_t mac[br_sha256_SIZE];
    int error = begin_parts(out, "HS256", jws, parts);

    if (error == 0) {
        error = append_jwk(out, jws->signer);
    }
    if (error == 0) {
        error = end_parts(out, parts);
    }
    if (error != 0) {
        return error;
    }
    br_hmac_key_init(&key, &br_sha256_vtable, mac_key, mac_key_len);
    br_hmac_init(&hmac, &key, 0);
    br_hmac_update(&hmac, out->data + parts[0].start, parts[0].len);
    br_hmac_update(&hmac, ".", 1);
    br_hmac_update(&hmac, out->data + parts[1].start, parts[1].len);
    br_hmac_out(&hmac, mac);
    wafer_wipe(&key, sizeof key);
    wafer_wipe(&hmac, sizeof hmac);
    return append_signature(out, mac, sizeof mac);
}

int wafer_jwk_thumbprint(const struct wafer_signer *signer, char text[WAFER_THUMBPRINT_LEN + 1])
{
    uint8_t jwk[128], hash[br_sha256_SIZE];
    struct wafer_buf buf;
    br_sha256_context sha256;

    wafer_buf_init(&buf, jwk, sizeof jwk);
    if (append_jwk(&buf, signer) != 0) {
        return WAFER_E_KEY;
    }
    br_sha256_init(&sha256);
    br_sha256_update(&sha256, jwk, buf.len);
    br_sha256_out(&sha256, hash);

    wafer_buf_init(&buf, text, WAFER_THUMBPRINT_LEN + 1);
    wafer_base64url_append(&buf, hash, sizeof hash);
    (void)wafer_buf_string(&buf);
    return 0;
}
