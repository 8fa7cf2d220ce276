/* Characters without the locale: classes, digits, UTF-8. */
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
    uint32_t letter = (uint8_t)wafer_lower(c) - (uint32_t)'a';

    if (wafer_is_digit(c)) {
        return c - '0';
    }
    return letter <= 5 ? (int)letter + 10 : -1;
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

/* How many octets follow the first one of a character that is not ASCII. */
static int octets_behind(int32_t first)
{
    if (first >= 0xf0) {
        return 3;
    }
    return first >= 0xe0 ? 2 : 1;
}

static uint8_t next_octet(const char **at)
{
    char c = **at;

    (*at)++;
    return (uint8_t)c;
}

int32_t wafer_utf8_next(const char **at, const char *end)
{
    int32_t code = next_octet(at);
    int extra = octets_behind(code);

    if (code < 0x80) {
        return code;
    }
    if (code < 0xc2 || end - *at < extra) {
        return -1;
    }
    code &= extra == 1 ? 0x1f : 0x0f;
    for (int i = 0; i < extra; i++) {
        uint8_t c = next_octet(at);
        if ((c & 0xc0) != 0x80) {
            return -1;
        }
        code = code << 6 | (c & 0x3f);
    }
    /* Shorter in another form, a surrogate, or beyond Unicode (RFC 3629 3). */
    if (code >> (extra * 5 + 1) == 0 || (code & ~0x7ff) == 0xd800 || code > 0x10ffff) {
        return -1;
    }
    return code;
}
