/* Trust anchors: the roots that the CA's HTTPS server is verified against. A firmware has
 * them in a table that tools/anchors makes, or reads them from certificates in memory
 * (files, an update over the air), so that they can be renewed in the field.
 *
 * The functions here keep no state: any task may call them at any time. */
#ifndef WAFER_ANCHORS_H
#define WAFER_ANCHORS_H

#include <bearssl.h>
#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A table of trust anchors. It must stay as long as a client is configured with it. */
struct wafer_anchors {
    const br_x509_trust_anchor *list;
    size_t count;
};

/* Makes a trust anchor of one certificate in DER (RFC 5280): its subject, its public key (RSA
 * up to 4096 bits, P-256, P-384; RFC 3279 2.3.1, RFC 5480), and BR_X509_TA_CA when it is a CA's
 * (basicConstraints, or self-issued and of version 1, which has none) and an RSA key has 2048
 * bits or more: no weaker one vouches for others. Nothing is copied: the anchor points into `der`, which must stay
 * as long as the anchor is used. Neither its time nor its signature is looked at: who
 * trusts it trusts it as it is. Returns 0, WAFER_E_SYNTAX for what is no
 * certificate, or WAFER_E_KEY for a key of another kind. */
int wafer_anchor_from_der(br_x509_trust_anchor *anchor, const uint8_t *der, size_t len) WAFER_MUST_CHECK;

/* The same for the next "CERTIFICATE" block of a PEM text (RFC 7468); other blocks and text
 * between them are skipped. *pem and *len are the text, and then what is left of it. The DER
 * goes to `memory`, of `size` octets, which must stay as long as the anchor is used; it
 * may be *pem itself, as DER is shorter than its PEM. Returns how many octets of memory are
 * used, 0 when the text has no more certificates; or WAFER_E_SYNTAX, WAFER_E_KEY as above (the
 * next call goes on behind the block), WAFER_E_SPACE when the memory is too small. */
int wafer_anchor_from_pem(br_x509_trust_anchor *anchor, const char **pem, size_t *len, void *memory,
                          size_t size) WAFER_MUST_CHECK;

/* Whether it has an RSA key of less than 2048 bits, and so vouches for nobody: 1 or 0. */
int wafer_anchor_is_weak(const br_x509_trust_anchor *anchor);

#ifdef __cplusplus
}
#endif

#endif
