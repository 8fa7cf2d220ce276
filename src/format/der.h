/* DER (X.690): a writer that works backwards, so that lengths are known when they
 * are written, and a reader over memory. */
#ifndef WAFER_DER_H
#define WAFER_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

enum wafer_der_tag {
    WAFER_DER_BOOLEAN = 0x01,
    WAFER_DER_INTEGER = 0x02,
    WAFER_DER_BIT_STRING = 0x03,
    WAFER_DER_OCTET_STRING = 0x04,
    WAFER_DER_OID = 0x06,
    WAFER_DER_UTF8_STRING = 0x0c,
    WAFER_DER_UTC_TIME = 0x17,
    WAFER_DER_GENERALIZED_TIME = 0x18,
    WAFER_DER_SEQUENCE = 0x30,
    WAFER_DER_SET = 0x31
};

/* Context tag n: primitive [n] IMPLICIT, or constructed [n]. */
#define WAFER_DER_CONTEXT(n)             (0x80u | (n))
#define WAFER_DER_CONTEXT_CONSTRUCTED(n) (0xa0u | (n))

/* Writes towards the start of a buffer. Overflow sticks. */
struct wafer_der_writer {
    uint8_t *data;
    size_t size;
    size_t pos; /* first octet written; `size` at the start */
    bool overflow;
};

void wafer_der_begin(struct wafer_der_writer *w, uint8_t *data, size_t size);

/* Octets as they are, in front of what is there. */
void wafer_der_raw(struct wafer_der_writer *w, const void *data, size_t len);

/* Puts a tag and the length of all that was written since w->pos was `mark` in front. */
void wafer_der_wrap(struct wafer_der_writer *w, uint8_t tag, size_t mark);

/* A primitive: raw and wrap. */
void wafer_der_primitive(struct wafer_der_writer *w, uint8_t tag, const void *data, size_t len);

/* A non-negative INTEGER from big-endian octets: minimal, with a leading 00 where
 * the first bit is set. */
void wafer_der_unsigned(struct wafer_der_writer *w, const uint8_t *data, size_t len);

/* Moves the result to the buffer's start. Returns its length, or WAFER_E_SPACE. */
int wafer_der_end(struct wafer_der_writer *w) WAFER_MUST_CHECK;

/* A run of DER to read from. */
struct wafer_der {
    const uint8_t *data;
    size_t len;
};

/* Whether it is exactly these octets: an OID, a name. */
bool wafer_der_equals(const struct wafer_der *der, const void *data, size_t len);

/* Takes the next element: its tag and content; `in` then begins behind it.
 * Definite, minimal lengths and one-octet tags only. Returns the tag, or
 * WAFER_E_NOT_FOUND at the end of `in`, WAFER_E_SYNTAX. */
int wafer_der_next(struct wafer_der *in, struct wafer_der *content) WAFER_MUST_CHECK;

/* The same, but the tag must be `tag`: returns 0, else WAFER_E_SYNTAX. */
int wafer_der_expect(struct wafer_der *in, uint8_t tag, struct wafer_der *content) WAFER_MUST_CHECK;

/* Takes one element for each octet of a string of tags: contents[0] and so on. Returns as
 * wafer_der_expect. */
int wafer_der_sequence(struct wafer_der *in, const char *tags, struct wafer_der *contents) WAFER_MUST_CHECK;

#endif
