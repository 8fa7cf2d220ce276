/* Times read by patterns: one function for the forms of HTTP, ASN.1 and JSON. */
#include "base/datetime.h"

#include <stdbool.h>
#include <string.h>
#include "base/text.h"

enum part { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };

/* The lower-case letters of a pattern, and "w" for a day's name. All else in it
 * stands for itself. */
static const struct {
    char letter;
    uint8_t part, width;
} fields[] = {
    {'c', YEAR, 4},  {'y', YEAR, 2},  /* with and without the century */
    {'n', MONTH, 2}, {'b', MONTH, 3}, /* number, name */
    {'d', DAY, 2},   {'e', DAY, 2},   /* "06", " 6" */
    {'h', HOUR, 2},  {'m', MINUTE, 2}, {'s', SECOND, 2},
};
#define FIELDS (sizeof fields / sizeof fields[0])

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

/* The days before a civil date, counted from 1970-01-01; month 1..12, day 1... */
static int32_t days_before(int32_t year, int32_t month, int32_t day)
{
    /* Counted from March on, the days before a month are the same in every year. */
    int32_t from_march = (month + 9) % 12;

    year -= month < 3;
    return year * 365 + year / 4 - year / 100 + year / 400 + (from_march * 153 + 2) / 5 + day - 719469;
}

/* Checks the parts and counts the seconds. */
static int count_seconds(const int32_t parts[PARTS], int64_t *seconds)
{
    static const uint8_t least[PARTS] = {0, 1, 1, 0, 0, 0};
    static const uint8_t most[PARTS] = {0, 12, 31, 23, 59, 60};
    int32_t days, year = parts[YEAR], month = parts[MONTH];

    for (int i = MONTH; i < PARTS; i++) {
        if (parts[i] < least[i] || parts[i] > most[i]) {
            return WAFER_E_SYNTAX;
        }
    }
    days = days_before(year, month, parts[DAY]);
    if (year < 1970 || days >= days_before(year + month / 12, month % 12 + 1, 1)) {
        return WAFER_E_SYNTAX;
    }
    *seconds = (int64_t)days * 86400 + (parts[HOUR] * 60 + parts[MINUTE]) * 60 +
               (parts[SECOND] < 60 ? parts[SECOND] : 59);
    return 0;
}

/* Reads a time that is one pattern from end to end. */
static int read_time(const char *text, size_t len, const char *pattern, int64_t *seconds)
{
    const char *end = text + len;
    int32_t parts[PARTS] = {0};

    for (; *pattern != 0; pattern++) {
        size_t i = 0;
        while (i < FIELDS && fields[i].letter != *pattern) {
            i++;
        }
        if (i < FIELDS) {
            if (end - text < fields[i].width) {
                return WAFER_E_SYNTAX;
            }
            parts[fields[i].part] = read_field(*pattern, text, fields[i].width);
            text += fields[i].width;
        } else if (*pattern == 'w') { /* says nothing new */
            while (text < end && wafer_is_letter(*text)) {
                text++;
            }
        } else if (text == end || *text++ != *pattern) {
            return WAFER_E_SYNTAX;
        }
    }
    if (text != end) {
        return WAFER_E_SYNTAX;
    }
    return count_seconds(parts, seconds);
}

int wafer_time_http(const char *text, size_t len, int64_t *seconds)
{
    static const char patterns[3][20] = {"w, d b c h:m:s GMT", "w, d-b-y h:m:s GMT", "w b e h:m:s c"};

    for (int i = 0; i < 3; i++) {
        int rc = read_time(text, len, patterns[i], seconds);
        if (rc == 0) {
            return 0;
        }
    }
    return WAFER_E_SYNTAX;
}

int wafer_time_asn1(const char *text, size_t len, int64_t *seconds)
{
    int rc = read_time(text, len, len == 13 ? "yndhmsZ" : "cndhmsZ", seconds);

    /* UTCTime's years 50 to 69 lie before 1970 (RFC 5280 4.1.2.5.1); read as 2050 to 2069 they
     * have the same days. */
    if (rc == 0 && len == 13 && (text[0] == '5' || text[0] == '6')) {
        *seconds = 0;
    }
    return rc;
}

/* The seconds that "Z" or an offset such as "+01:00" is ahead of UTC. */
static int read_offset(const char *text, size_t len, int32_t *ahead)
{
    *ahead = 0;
    if (len == 1 && wafer_lower(text[0]) == 'z') {
        return 0;
    }
    if (len != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
        return WAFER_E_SYNTAX;
    }
    int32_t hours = read_field('h', text + 1, 2), minutes = read_field('m', text + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
        return WAFER_E_SYNTAX;
    }
    *ahead = (hours * 60 + minutes) * (text[0] == '-' ? -60 : 60);
    return 0;
}

int wafer_time_rfc3339(const char *text, size_t len, int64_t *seconds)
{
    size_t at = sizeof "2026-11-26T08:30:00" - 1;
    int64_t local;
    int32_t ahead;

    int rc = read_time(text, len < at ? len : at, "c-n-dTh:m:s", &local);
    if (rc < 0) {
        return rc;
    }
    if (at + 1 < len && text[at] == '.' && wafer_is_digit(text[at + 1])) {
        do {
            at++;
        } while (at < len && wafer_is_digit(text[at]));
    }
    rc = read_offset(text + at, len - at, &ahead);
    if (rc == 0) {
        *seconds = local - ahead;
    }
    return rc;
}
