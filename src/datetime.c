#include "datetime.h"

#include <stdbool.h>
#include <string.h>
#include "text.h"

#define LAST_SECOND 253402300799 /* 9999-12-31T23:59:59Z */

enum part { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };

/* The lower-case letters of a pattern, and "w" for a day's name. All else in it
 * stands for itself, "T" also for "t" (RFC 3339 5.6). */
static const struct {
    char letter;
    uint8_t part, width;
} fields[] = {
    {'c', YEAR, 4},  {'y', YEAR, 2},  /* with and without the century */
    {'n', MONTH, 2}, {'b', MONTH, 3}, /* number, name */
    {'d', DAY, 2},   {'e', DAY, 2},   /* "06", " 6" */
    {'h', HOUR, 2},  {'m', MINUTE, 2}, {'s', SECOND, 2},
};

int32_t wafer_days_from_civil(int32_t year, uint32_t month, uint32_t day)
{
    /* Counted from March on, the days before a month are the same in every year. */
    uint32_t from_march = (month + 9) % 12;
    int32_t y = year - (month < 3);

    return y * 365 + y / 4 - y / 100 + y / 400 + (int32_t)((from_march * 153 + 2) / 5 + day) - 719469;
}

static bool is_letter(char c)
{
    return wafer_lower(c) >= 'a' && wafer_lower(c) <= 'z';
}

/* The value of a field that stands at `text`, or -1. */
static int32_t read_field(char letter, const char *text, size_t width)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int32_t value = 0;

    if (letter == 'b') {
        for (int32_t i = 0; i < 12; i++) {
            if (memcmp(months + i * 3, text, 3) == 0) {
                return i + 1;
            }
        }
        return -1;
    }
    for (size_t i = 0; i < width; i++) {
        bool blank = letter == 'e' && i == 0 && text[0] == ' ';
        if (!blank && !wafer_is_digit(text[i])) {
            return -1;
        }
        value = value * 10 + (blank ? 0 : text[i] - '0');
    }
    if (letter == 'y') {
        value += value < 70 ? 2000 : 1900;
    }
    return value;
}

/* Reads what a pattern says. Returns where it ends in the text, or NULL. */
static const char *scan(const char *text, const char *end, const char *pattern, int32_t parts[PARTS])
{
    for (; *pattern != 0; pattern++) {
        size_t i = 0;
        while (i < sizeof fields / sizeof fields[0] && fields[i].letter != *pattern) {
            i++;
        }
        if (i < sizeof fields / sizeof fields[0]) {
            if (end - text < fields[i].width) {
                return NULL;
            }
            parts[fields[i].part] = read_field(*pattern, text, fields[i].width);
            text += fields[i].width;
        } else if (*pattern == 'w') { /* says nothing new */
            while (text < end && is_letter(*text)) {
                text++;
            }
        } else if (text == end || (*text != *pattern && (*text != 't' || *pattern != 'T'))) {
            return NULL;
        } else {
            text++;
        }
    }
    return text;
}

/* Checks the parts and counts the seconds; `offset`: minutes east of UTC. */
static int count_seconds(const int32_t parts[PARTS], int32_t offset, int64_t *seconds)
{
    static const uint8_t limits[PARTS] = {0, 12, 31, 23, 59, 60};
    static const uint8_t least[PARTS] = {0, 1, 1, 0, 0, 0};
    int32_t days, month = parts[MONTH];
    int64_t sum;

    for (int i = MONTH; i < PARTS; i++) {
        if (parts[i] < least[i] || parts[i] > limits[i]) {
            return WAFER_E_SYNTAX;
        }
    }
    days = wafer_days_from_civil(parts[YEAR], (uint32_t)month, (uint32_t)parts[DAY]);
    if (parts[YEAR] < 1970 ||
        days >= wafer_days_from_civil(parts[YEAR] + month / 12, (uint32_t)month % 12 + 1, 1)) {
        return WAFER_E_SYNTAX;
    }
    sum = (int64_t)days * 86400 + (parts[HOUR] * 60 + parts[MINUTE] - offset) * 60 +
          (parts[SECOND] < 60 ? parts[SECOND] : 59);
    if (sum < 0 || sum > LAST_SECOND) {
        return WAFER_E_SYNTAX;
    }
    *seconds = sum;
    return 0;
}

int wafer_time_rfc3339(const char *text, size_t len, int64_t *seconds)
{
    const char *end = text + len, *at;
    int32_t parts[PARTS], zone[PARTS] = {0};

    at = scan(text, end, "c-n-dTh:m:s", parts);
    if (at != NULL && at < end && *at == '.') {
        const char *point = at++;
        while (at < end && wafer_is_digit(*at)) {
            at++;
        }
        at = at - point > 1 ? at : NULL;
    }
    if (at == NULL || at == end) {
        return WAFER_E_SYNTAX;
    }
    if (*at == 'Z' || *at == 'z') {
        at++;
    } else if (*at == '+' || *at == '-') {
        int32_t sign = *at == '+' ? 1 : -1;
        at = scan(at + 1, end, "h:m", zone);
        if ((uint32_t)zone[HOUR] > 23 || (uint32_t)zone[MINUTE] > 59) {
            return WAFER_E_SYNTAX;
        }
        zone[MINUTE] = sign * (zone[HOUR] * 60 + zone[MINUTE]);
    }
    return at == end ? count_seconds(parts, zone[MINUTE], seconds) : WAFER_E_SYNTAX;
}

/* Reads a time that is one pattern from end to end. */
static int read_whole(const char *text, size_t len, const char *pattern, int64_t *seconds)
{
    int32_t parts[PARTS];
    const char *at = scan(text, text + len, pattern, parts);

    if (at == NULL || at != text + len) {
        return WAFER_E_SYNTAX;
    }
    return count_seconds(parts, 0, seconds);
}

int wafer_time_http(const char *text, size_t len, int64_t *seconds)
{
    static const char patterns[3][20] = {"w, d b c h:m:s GMT", "w, d-b-y h:m:s GMT", "w b e h:m:s c"};
    int result = WAFER_E_SYNTAX;

    for (int i = 0; i < 3 && result < 0; i++) {
        result = read_whole(text, len, patterns[i], seconds);
    }
    return result;
}

int wafer_time_asn1(const char *text, size_t len, int64_t *seconds)
{
    /* UTCTime's years 50 to 69 lie before 1970 (RFC 5280 4.1.2.5.1). */
    if (len == 13 && (text[0] == '5' || text[0] == '6')) {
        return WAFER_E_SYNTAX;
    }
    return read_whole(text, len, len == 13 ? "yndhmsZ" : "cndhmsZ", seconds);
}

/* Writes a number so that its last digit stands before `end`. */
static void put_number(char *end, uint32_t value)
{
    for (; value > 0; value /= 10) {
        *--end = (char)('0' + value % 10);
    }
}

void wafer_time_format(int64_t seconds, char text[WAFER_TIME_TEXT])
{
    uint32_t days, rest, month = 1;
    int32_t year;

    seconds = seconds < 0 ? 0 : seconds > LAST_SECOND ? LAST_SECOND : seconds;
    days = (uint32_t)(seconds >> 7) / 675; /* 86400 = 675 * 2^7: no 64-bit division */
    rest = (uint32_t)(seconds - (int64_t)days * 86400);
    year = (int32_t)(days / 365) + 1970;
    while (wafer_days_from_civil(year, 1, 1) > (int32_t)days) {
        year--;
    }
    while (month < 12 && wafer_days_from_civil(year, month + 1, 1) <= (int32_t)days) {
        month++;
    }
    memcpy(text, "0000-00-00T00:00:00Z", WAFER_TIME_TEXT);
    const uint32_t parts[PARTS] = {(uint32_t)year, month, days + 1 - (uint32_t)wafer_days_from_civil(year, month, 1),
                                   rest / 3600, rest / 60 % 60, rest % 60};
    for (int i = 0; i < PARTS; i++) {
        put_number(text + 4 + 3 * i, parts[i]);
    }
}
