/* base64url without a second buffer: what is written is encoded where it stands. */
#include "format/base64url.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int wafer_base64_value(char digit, const char last[2])
{
    const char *found = memchr(alphabet, digit, 62);

    if (found != NULL) {
        return (int)(found - alphabet);
    }
    if (digit == last[0]) {
        return 62;
    }
    return digit == last[1] ? 63 : -1;
}

/* From the last digit to the first: digit i needs the octets up to i * 6 / 8 + 1,
 * and no digit written before stands where one of its bits still is. */
void wafer_base64url_in_place(struct wafer_buf *out, size_t start)
{
    uint8_t *data = out->data + start;
    size_t len = out->len - start;
    size_t digits = WAFER_BASE64URL_LEN(len);

    if (out->overflow || digits > out->size - start) {
        out->overflow = true;
        return;
    }
    out->len = start + digits;
    while (digits-- > 0) {
        size_t at = digits * 6 / 8;
        uint32_t pair = (uint32_t)data[at] << 8 | (at + 1 < len ? data[at + 1] : 0u);
        data[digits] = (uint8_t)alphabet[pair >> (10 - digits * 6 % 8) & 63];
    }
}

void wafer_base64url_append(struct wafer_buf *out, const void *data, size_t len)
{
    size_t start = out->len;

    wafer_buf_append(out, data, len);
    wafer_base64url_in_place(out, start);
}

bool wafer_base64url_valid(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && wafer_base64_value(text[i], alphabet + 62) >= 0) {
        i++;
    }
    return len > 0 && i == len;
}
