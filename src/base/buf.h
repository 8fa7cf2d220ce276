/* A bounded buffer that text and bytes are appended to. Overflow sticks: after it
 * every append is dropped, and wafer_buf_status tells. So a writer appends freely
 * and checks once. */
#ifndef WAFER_BUF_H
#define WAFER_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

struct wafer_buf {
    uint8_t *data; /* caller's memory */
    size_t size;   /* octets at data */
    size_t len;    /* octets filled */
    bool overflow;
};

void wafer_buf_init(struct wafer_buf *buf, void *data, size_t size);
void wafer_buf_append(struct wafer_buf *buf, const void *data, size_t len);
void wafer_buf_byte(struct wafer_buf *buf, uint8_t byte);
void wafer_buf_text(struct wafer_buf *buf, const char *text); /* without its NUL */
void wafer_buf_uint(struct wafer_buf *buf, uint32_t value);   /* decimal */

/* Makes the content a C string by a NUL that does not count in len. Returns the
 * start of the buffer, or "" when there is no room for the NUL (sticks as
 * overflow). */
const char *wafer_buf_string(struct wafer_buf *buf);

/* The length so far, or WAFER_E_SPACE after an overflow. */
int wafer_buf_status(const struct wafer_buf *buf) WAFER_MUST_CHECK;

/* Copies a string of len octets with a NUL into a fixed array. Returns 0, or
 * WAFER_E_SPACE: then the array holds "". */
int wafer_copy_string(char *to, size_t size, const char *from, size_t len) WAFER_MUST_CHECK;

#endif
