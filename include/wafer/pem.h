/* PEM (RFC 7468), read one octet at a time: certificates that a CA sends, roots and
 * requests that come as files. */
#ifndef WAFER_PEM_H
#define WAFER_PEM_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What becomes of blocks with other labels. */
enum wafer_pem_others {
    WAFER_PEM_REFUSE_OTHERS, /* WAFER_E_SYNTAX, as any line that begins with five "-" and then
                                something else (RFC 8555 9.1) */
    WAFER_PEM_SKIP_OTHERS    /* they are skipped like the text between blocks */
};

/* A decoder. The members belong to the library, but for `der` and `len`. */
struct wafer_pem {
    uint8_t *der;       /* the caller's memory for one block */
    size_t size, len;   /* octets at der, and how many of them are filled */
    const char *label;
    uint32_t bits;      /* base64 in flight */
    uint8_t state;
    uint8_t others;
    uint8_t matched;    /* octets of the line that begins or ends a block */
    uint8_t sextets;    /* base64 in flight: how many of four */
    uint8_t padding;    /* "=" seen */
};

/* Prepares a decoder of all blocks with the label, such as "CERTIFICATE", of at most 200
 * octets. label and memory (of `size` octets) must stay as long as the decoder is used.
 * For several labels feed each octet to several decoders, which may share the memory. */
void wafer_pem_init(struct wafer_pem *pem, const char *label, enum wafer_pem_others others, void *memory,
                    size_t size);

/* Feeds one octet. Returns 1 when it has just ended a block: pem->der then holds pem->len
 * octets of DER, which the next block overwrites; else 0, WAFER_E_SYNTAX for a broken or
 * empty block or base64 outside RFC 4648 4, or WAFER_E_SPACE for a block that does not fit in
 * the memory. After an error the decoder must be prepared again. */
int wafer_pem_feed(struct wafer_pem *pem, char c) WAFER_MUST_CHECK;

/* Whether the input may end here (not inside a block): 0, or WAFER_E_SYNTAX. */
int wafer_pem_end(const struct wafer_pem *pem) WAFER_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
