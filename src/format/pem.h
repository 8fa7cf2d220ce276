/* PEM (RFC 7468): an incremental decoder of certificate chains. */
#ifndef WAFER_PEM_H
#define WAFER_PEM_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

/* Decodes "CERTIFICATE" blocks into `der`, one at a time. Text between blocks is
 * skipped (but no line of it begins with five "-" and then something else);
 * another label, a broken or empty block or base64 outside RFC 4648 4 is
 * WAFER_E_SYNTAX; a block that does not fit in der is WAFER_E_SPACE. */
struct wafer_pem {
    uint8_t state;
    uint8_t matched; /* octets of the line "-----BEGIN CERTIFICATE-----" */
    uint8_t sextets; /* base64 in flight: how many of four */
    uint8_t padding; /* "=" seen */
    uint32_t bits;
    struct wafer_buf der; /* caller's memory for one certificate */
};

void wafer_pem_init(struct wafer_pem *pem, void *memory, size_t size);

/* Feeds one octet. Returns 1 when it has just ended a block: pem->der then holds a
 * certificate that the next one overwrites; else 0, or an error. */
int wafer_pem_feed(struct wafer_pem *pem, char c) WAFER_MUST_CHECK;

/* Whether the input may end here (not inside a block): 0, or WAFER_E_SYNTAX. */
int wafer_pem_end(const struct wafer_pem *pem) WAFER_MUST_CHECK;

#endif
