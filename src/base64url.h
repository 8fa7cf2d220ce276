/* base64url without padding (RFC 4648 5, RFC 7515 2). */
#ifndef WAFER_BASE64URL_H
#define WAFER_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "buf.h"

/* Octets that n octets become. */
#define WAFER_BASE64URL_LEN(n) (((n)*4 + 2) / 3)

/* Appends the encoding of data to out. The data must not lie in out. */
void wafer_base64url_append(struct wafer_buf *out, const void *data, size_t len);

/* Encodes what out holds from `start` on in place (the result is longer). */
void wafer_base64url_in_place(struct wafer_buf *out, size_t start);

/* Decodes strictly: no padding, no white space, unused bits zero. Returns the
 * number of octets, or WAFER_E_SYNTAX, _SPACE. Decoding in place is allowed. */
int wafer_base64url_decode(const char *text, size_t len, uint8_t *data, size_t size) WAFER_MUST_CHECK;

/* Whether text is one or more characters of the alphabet and nothing else. */
bool wafer_base64url_valid(const char *text, size_t len);

/* What pem.c shares: base64 in either alphabet. */
enum wafer_base64 { WAFER_BASE64_URL, WAFER_BASE64_PEM /* RFC 4648 4 */ };

/* The value of a digit, or -1. Its time does not depend on the digit. */
int wafer_base64_value(uint8_t digit, enum wafer_base64 alphabet);

/* Encodes what out holds from `start` on in place, without padding. Its time does
 * not depend on the content. */
void wafer_base64_in_place(struct wafer_buf *out, size_t start, enum wafer_base64 alphabet);

#endif
