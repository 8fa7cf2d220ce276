/* Signed requests, written and encoded where they are sent from. */
#include "crypto/jws.h"

#include <bearssl.h>
#include "base/wipe.h"
#include "format/base64url.h"
#include "format/json_writer.h"

/* The JWK of the public key, members in the order of RFC 7638. RFC 7518 6.2.1: each
 * coordinate has its full 32 octets. */
static int append_jwk(struct wafer_buf *out, const struct wafer_signer *signer)
{
    uint8_t point[WAFER_POINT_SIZE];
    int rc = signer->public_key(signer->ctx, point);
    if (rc != 0) {
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
    wafer_jsonw(out, "{\"alg\":%s,", alg);
    if (jws->kid != NULL) {
        wafer_jsonw(out, "\"kid\":%s", jws->kid);
    } else {
        wafer_buf_text(out, "\"jwk\":");
        int rc = append_jwk(out, jws->signer);
        if (rc < 0) {
            return rc;
        }
    }
    if (jws->nonce != NULL) {
        wafer_jsonw(out, ",\"nonce\":%s", jws->nonce);
    }
    wafer_jsonw(out, ",\"url\":%s}", jws->url);
    return 0;
}

/* The JSON of the flattened serialization (RFC 7515 7.2.2) is written straight
 * into the buffer; the two signed parts are encoded where they stand. */
struct part {
    size_t start, len;
};

static void begin_part(struct part *part, struct wafer_buf *out, const char *text)
{
    wafer_buf_text(out, text);
    part->start = out->len;
}

static void end_part(struct part *part, struct wafer_buf *out)
{
    wafer_base64url_in_place(out, part->start);
    part->len = out->len - part->start;
}

/* Writes all up to the payload's text; end_payload follows when that is written. */
static int begin_payload(struct wafer_buf *out, const char *alg, const struct wafer_jws *jws,
                         struct part parts[2])
{
    begin_part(&parts[0], out, "{\"protected\":\"");
    int rc = append_header(out, alg, jws);
    if (rc < 0) {
        return rc;
    }
    end_part(&parts[0], out);
    begin_part(&parts[1], out, "\",\"payload\":\"");
    return 0;
}

static int end_payload(struct wafer_buf *out, struct part parts[2])
{
    end_part(&parts[1], out);
    if (out->overflow) {
        return WAFER_E_SPACE;
    }
    return 0;
}

static int append_signature(struct wafer_buf *out, const void *signature, size_t len)
{
    wafer_buf_text(out, "\",\"signature\":\"");
    wafer_base64url_append(out, signature, len);
    wafer_buf_text(out, "\"}");
    if (out->overflow) {
        return WAFER_E_SPACE;
    }
    return 0;
}

/* Both signed parts of ES256, written. */
static int append_parts(struct wafer_buf *out, const struct wafer_jws *jws, wafer_payload payload, void *ctx,
                        struct part parts[2])
{
    int rc = begin_payload(out, "ES256", jws, parts);
    if (rc < 0) {
        return rc;
    }
    if (payload != NULL) {
        rc = payload(ctx, out);
        if (rc < 0) {
            return rc;
        }
    }
    return end_payload(out, parts);
}

int wafer_jws_append(struct wafer_buf *out, const struct wafer_jws *jws, wafer_payload payload, void *ctx)
{
    struct part parts[2];
    uint8_t hash[br_sha256_SIZE], signature[WAFER_SIGNATURE_SIZE];
    br_sha256_context sha256;
    int rc = append_parts(out, jws, payload, ctx, parts);
    if (rc < 0) {
        return rc;
    }
    /* RFC 7515 5.1 */
    br_sha256_init(&sha256);
    br_sha256_update(&sha256, out->data + parts[0].start, parts[0].len);
    br_sha256_update(&sha256, ".", 1);
    br_sha256_update(&sha256, out->data + parts[1].start, parts[1].len);
    br_sha256_out(&sha256, hash);
    rc = jws->signer->sign(jws->signer->ctx, hash, signature);
    if (rc != 0) {
        return WAFER_E_KEY;
    }
    return append_signature(out, signature, sizeof signature);
}

int wafer_jws_append_eab(struct wafer_buf *out, const struct wafer_jws *jws, const uint8_t *mac_key,
                         size_t mac_key_len)
{
    struct part parts[2];
    br_hmac_key_context key;
    br_hmac_context hmac;
    uint8_t mac[br_sha256_SIZE];
    int rc = begin_payload(out, "HS256", jws, parts);
    if (rc < 0) {
        return rc;
    }
    rc = append_jwk(out, jws->signer);
    if (rc < 0) {
        return rc;
    }
    rc = end_payload(out, parts);
    if (rc < 0) {
        return rc;
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
    int rc = append_jwk(&buf, signer);
    if (rc < 0) {
        return rc;
    }
    br_sha256_init(&sha256);
    br_sha256_update(&sha256, jwk, buf.len);
    br_sha256_out(&sha256, hash);

    wafer_buf_init(&buf, text, WAFER_THUMBPRINT_LEN + 1);
    wafer_base64url_append(&buf, hash, sizeof hash);
    (void)wafer_buf_string(&buf);
    return 0;
}
