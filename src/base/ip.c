/* IP addresses from text, strictly. */
#include "wafer/ip.h"

#include <string.h>
#include "base/text.h"

/* Four numbers 0..255 without leading zeros, which some read as octal. */
static int parse_ipv4(const char *text, size_t len, uint8_t *address)
{
    const char *end = text + len;

    for (unsigned i = 0; i < 4; i++) {
        const char *start = text;
        uint32_t number = 0;
        while (text < end && wafer_is_digit(*text) && text - start < 3) {
            number = number * 10 + (uint32_t)(*text++ - '0');
        }
        if (text == start || number > 255 || (*start == '0' && text - start > 1)) {
            return WAFER_E_SYNTAX;
        }
        address[i] = (uint8_t)number;
        if (i < 3 && (text == end || *text++ != '.')) {
            return WAFER_E_SYNTAX;
        }
    }
    if (text != end) {
        return WAFER_E_SYNTAX;
    }
    return 4;
}

/* One group of an IPv6 address, 1 to 4 hexadecimal digits: how many octets of text,
 * or 0. */
static size_t parse_group(const char *text, size_t len, uint8_t group[2])
{
    int number = 0;
    size_t i;

    for (i = 0; i < len && i < 4; i++) {
        int digit = wafer_hex_digit(text[i]);
        if (digit < 0) {
            break;
        }
        number = number << 4 | digit;
    }
    group[0] = (uint8_t)(number >> 8);
    group[1] = (uint8_t)number;
    return i;
}

/* Groups with ":" between them, of which the last two may be an IPv4 address: how many
 * octets, 0 for "". */
static int parse_groups(const char *text, const char *end, uint8_t address[16])
{
    size_t n = 0;

    if (text == end) {
        return 0;
    }
    while (n < 16) {
        size_t digits = parse_group(text, (size_t)(end - text), address + n);
        if (digits == 0) {
            return WAFER_E_SYNTAX;
        }
        if (n <= 12 && text + digits < end && text[digits] == '.') {
            int rc = parse_ipv4(text, (size_t)(end - text), address + n);
            if (rc < 0) {
                return rc;
            }
            return (int)n + rc;
        }
        text += digits;
        n += 2;
        if (text == end) {
            return (int)n;
        }
        if (*text++ != ':') {
            return WAFER_E_SYNTAX;
        }
    }
    return WAFER_E_SYNTAX;
}

/* The first "::", or NULL. */
static const char *find_gap(const char *text, const char *end)
{
    for (; end - text >= 2; text++) {
        if (text[0] == ':' && text[1] == ':') {
            return text;
        }
    }
    return NULL;
}

/* "::" stands for one group of zeros or more (RFC 4291 2.2). */
static int parse_with_gap(const char *text, const char *gap, const char *end, uint8_t address[16])
{
    uint8_t tail[16];

    if (memchr(text, '.', (size_t)(gap - text)) != NULL) {
        return WAFER_E_SYNTAX; /* an IPv4 address only at the end */
    }
    int before = parse_groups(text, gap, address);
    if (before < 0) {
        return before;
    }
    int behind = parse_groups(gap + 2, end, tail);
    if (behind < 0) {
        return behind;
    }
    if (before + behind > 14) {
        return WAFER_E_SYNTAX;
    }
    memset(address + before, 0, (size_t)(16 - before));
    memcpy(address + 16 - behind, tail, (size_t)behind);
    return 16;
}

int wafer_ip_parse(const char *text, size_t len, uint8_t address[16])
{
    const char *end = text + len, *gap = find_gap(text, end);

    if (memchr(text, ':', len) == NULL) {
        return parse_ipv4(text, len, address);
    }
    if (gap != NULL) {
        return parse_with_gap(text, gap, end, address);
    }
    int rc = parse_groups(text, end, address);
    return rc == 16 ? 16 : WAFER_E_SYNTAX;
}
