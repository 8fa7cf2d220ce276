#include "base64url.h"

/* Keys pass through here (the MAC key of an account binding, privkey.pem), so no
 * branch and no address depends on a digit or on its value: each is compared with
 * every range of the alphabet. */
#define RANGES 5

static const struct {
    uint8_t digit[2]; /* the first one, by enum wafer_base64 */
    uint8_t value;    /* of the first one */
    uint8_t count;
} ranges[RANGES] = {
    {{'A', 'A'}, 0, 26}, {{'a', 'a'}, 26, 26}, {{'0', '0'}, 52, 10}, {{'-', '+'}, 62, 1}, {{'_', '/'}, 63, 1},
};

/* All ones when offset is in 0 .. count-1, else 0; |offset| and count below 2^31. */
static uint32_t mask_within(uint32_t offset, uint32_t count)
{
    return (uint32_t)0 - (((offset - count) & ~offset) >> 31);
}

int wafer_base64_value(uint8_t digit, enum wafer_base64 alphabet)
{
    uint32_t found = 0; /* the value and one */

    for (unsigned i = 0; i < RANGES; i++) {
        uint32_t offset = (uint32_t)digit - ranges[i].digit[alphabet];
        found |= mask_within(offset, ranges[i].count) & (offset + ranges[i].value + 1);
    }
    return (int)found - 1;
}

static uint8_t base64_digit(uint32_t value, enum wafer_base64 alphabet)
{
    uint32_t digit = 0;

    for (unsigned i = 0; i < RANGES; i++) {
        uint32_t offset = value - ranges[i].value;
        digit |= mask_within(offset, ranges[i].count) & (offset + ranges[i].digit[alphabet]);
    }
    return (uint8_t)digit;
}

/* From the last digit to the first: digit i needs the octets up to i * 6 / 8 + 1,
 * and no digit written before stands where one of its bits still is. */
void wafer_base64_in_place(struct wafer_buf *out, size_t start, enum wafer_base64 alphabet)
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
        data[digits] = base64_digit(pair >> (10 - digits * 6 % 8) & 63, alphabet);
    }
}

void wafer_base64url_in_place(struct wafer_buf *out, size_t start)
{
    wafer_base64_in_place(out, start, WAFER_BASE64_URL);
}

void wafer_base64url_append(struct wafer_buf *out, const void *data, size_t len)
{
    size_t start = out->len;

    wafer_buf_append(out, data, len);
    wafer_base64url_in_place(out, start);
}

int wafer_base64url_decode(const char *text, size_t len, uint8_t *data, size_t size)
{
    uint32_t bits = 0;
    size_t filled = 0;
    int bad = len % 4 == 1 ? -1 : 0; /* negative once something is */

    if (len - (len + 3) / 4 > size) {
        return WAFER_E_SPACE;
    }
    for (size_t i = 0; i < len; i++) {
        int value = wafer_base64_value((uint8_t)text[i], WAFER_BASE64_URL);
        bad |= value;
        bits = bits << 6 | ((uint32_t)value & 63);
        if (i % 4 != 0) {
            data[filled++] = (uint8_t)(bits >> (6 - i % 4 * 2));
        }
    }
    /* Two digits leave four bits unused, three leave two (RFC 4648 3.5). */
    if (bad < 0 || (bits & (0x030f0000u >> len % 4 * 8 & 15)) != 0) {
        return WAFER_E_SYNTAX;
    }
    return (int)filled;
}

bool wafer_base64url_valid(const char *text, size_t len)
{
    int bad = 0;

    for (size_t i = 0; i < len; i++) {
        bad |= wafer_base64_value((uint8_t)text[i], WAFER_BASE64_URL);
    }
    return len > 0 && bad >= 0;
}
