#include "base/text.h"

char wafer_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool wafer_is_letter(char c)
{
    c = wafer_lower(c);
    return c >= 'a' && c <= 'z';
}

bool wafer_is_alnum(char c)
{
    return wafer_is_digit(c) || wafer_is_letter(c);
}

int wafer_hex_digit(char c)
{
    uint32_t digit = (uint8_t)c - (uint32_t)'0', letter = (uint8_t)wafer_lower(c) - (uint32_t)'a';

    return digit <= 9 ? (int)digit : letter <= 5 ? (int)letter + 10 : -1;
}

bool wafer_same_text(const char *a, const char *b, size_t len)
{
    while (len > 0 && wafer_lower(*a) == wafer_lower(*b)) {
        a++;
        b++;
        len--;
    }
    return len == 0;
}

int32_t wafer_utf8_next(const char **at, const char *end)
{
    int32_t code = (uint8_t) * (*at)++;
    int extra = code >= 0xf0 ? 3 : code >= 0xe0 ? 2 : 1;

    if (code < 0x80) {
        return code;
    }
    if (code < 0xc2 || end - *at < extra) {
        return -1;
    }
    code &= extra == 1 ? 0x1f : 0x0f;
    for (int i = 0; i < extra; i++) {
        uint8_t c = (uint8_t) * (*at)++;
        if ((c & 0xc0) != 0x80) {
            return -1;
        }
        code = code << 6 | (c & 0x3f);
    }
    /* Not shorter in another form, no surrogate, in Unicode's range (RFC 3629 3). */
    return code >> (extra * 5 + 1) == 0 || (code & ~0x7ff) == 0xd800 || code > 0x10ffff ? -1 : code;
}
