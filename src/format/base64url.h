/* base64url without padding (RFC 4648 5, RFC 7515 2). */
#ifndef WAFER_BASE64URL_H
#define WAFER_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

/* Octets that n octets become. */
#define WAFER_BASE64URL_LEN(n) (((n)*4 + 2) / 3)

/* Nothing secret passes through here: what is encoded goes to the CA or stands in a
 * certificate, what is decoded comes from there. So the time may depend on it. */

/* Appends the encoding of data to out. The data must not lie in out. */
void wafer_base64url_append(struct wafer_buf *out, const void *data, size_t len);

/* Encodes what out holds from `start` on in place (the result is longer). */
void wafer_base64url_in_place(struct wafer_buf *out, size_t start);

/* Whether text is one or more characters of the alphabet and nothing else. */
bool wafer_base64url_valid(const char *text, size_t len);

/* The value of a digit, or -1; `last` are the digits 62 and 63: "-_" here, "+/" in PEM
 * (RFC 4648 4). */
int wafer_base64_value(char digit, const char last[2]);

#endif
