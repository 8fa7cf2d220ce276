/* Characters: ASCII without the locale's ctype.h, and UTF-8. */
#ifndef WAFER_TEXT_H
#define WAFER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool wafer_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A to Z become a to z. */
char wafer_lower(char c);

/* A to Z or a to z? */
bool wafer_is_letter(char c);

/* A digit or a letter? */
bool wafer_is_alnum(char c);

/* The value of a hexadecimal digit in either case, or -1. */
int wafer_hex_digit(char c);

/* Whether len characters are the same but for the case of ASCII letters. */
bool wafer_same_text(const char *a, const char *b, size_t len);

/* Takes the next character of UTF-8 (RFC 3629), which must not be at the end. Returns
 * its code point, or -1 when it is malformed; *at is then anywhere up to `end`. */
int32_t wafer_utf8_next(const char **at, const char *end);

#endif
