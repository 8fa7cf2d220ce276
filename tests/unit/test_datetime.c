#define _DEFAULT_SOURCE /* timegm */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "datetime.h"
#include "guard.h"

#define LAST_SECOND 253402300799

typedef int parse_function(const char *text, size_t len, int64_t *seconds);

struct vector {
    const char *text;
    int64_t seconds; /* -1: refused */
};

/* Each input stands before a guard page. */
static void check(parse_function *parse, const struct vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(vectors[i].text);
        struct guard guard = guard_copy(vectors[i].text, len);
        int64_t seconds = -1;
        int status = parse((const char *)guard.data, len, &seconds);

        if (status != (vectors[i].seconds < 0 ? WAFER_E_SYNTAX : 0) || seconds != vectors[i].seconds) {
            fail_msg("%s: %d, %lld", vectors[i].text, status, (long long)seconds);
        }
        guard_free(&guard);
    }
}

/* No beginning of a valid text is valid, and nothing may follow it. */
static void check_cuts(parse_function *parse, const char *text)
{
    size_t len = strlen(text);
    struct guard guard = guard_copy(NULL, len + 1);
    int64_t seconds = 77;

    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(parse((char *)guard_refill(&guard, text, cut), cut, &seconds), WAFER_E_SYNTAX);
    }
    for (int c = 0; c < 256; c++) {
        memcpy(guard.data, text, len);
        guard.data[len] = (uint8_t)c;
        assert_int_equal(parse((char *)guard.data, len + 1, &seconds), WAFER_E_SYNTAX);
    }
    assert_int_equal(parse(NULL, 0, &seconds), WAFER_E_SYNTAX);
    assert_int_equal(seconds, 77);
    guard_free(&guard);
}

static void test_rfc3339(void **state)
{
    static const struct vector vectors[] = {
        /* RFC 3339 5.8 */
        {"1985-04-12T23:20:50.52Z", 482196050},
        {"1996-12-19T16:39:57-08:00", 851042397},
        {"1990-12-31T23:59:60Z", 662687999},
        {"1990-12-31T15:59:60-08:00", 662687999},
        {"1937-01-01T12:00:27.87+00:20", -1}, /* before 1970 */
        /* RFC 8555 7.1.3, RFC 9773 4.2 */
        {"2016-01-20T14:09:07.99Z", 1453298947},
        {"2025-01-02T04:00:00Z", 1735790400},
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:59:59+01:00", -1},
        {"1970-01-01T01:00:00+01:00", 0},
        {"9999-12-31T23:59:59Z", LAST_SECOND},
        {"9999-12-31T23:59:59.999999999999999999999Z", LAST_SECOND},
        {"9999-12-31T23:59:59-00:01", -1},
        {"2024-02-29t12:00:00z", 1709208000},
        {"2024-02-29T12:00:00-00:00", 1709208000},
        {"2024-02-29T12:00:00+23:59", 1709121660},
        {"2000-02-29T00:00:00Z", 951782400},
        {"2023-02-29T00:00:00Z", -1},
        {"2100-02-29T00:00:00Z", -1},
        {"2100-02-28T00:00:00Z", 4107456000},
        {"2024-04-31T00:00:00Z", -1},
        {"2024-00-01T00:00:00Z", -1},
        {"2024-13-01T00:00:00Z", -1},
        {"2024-01-00T00:00:00Z", -1},
        {"2024-01-32T00:00:00Z", -1},
        {"2024-12-31T24:00:00Z", -1},
        {"2024-12-31T23:60:00Z", -1},
        {"2024-12-31T23:59:61Z", -1},
        {"2024-12-31T23:59:59", -1},
        {"2024-12-31 23:59:59Z", -1},
        {"2024-12-31T23:59:59.Z", -1},
        {"2024-12-31T23:59:59,5Z", -1},
        {"2024-12-31T23:59:59+0100", -1},
        {"2024-12-31T23:59:59+24:00", -1},
        {"2024-12-31T23:59:59+01:60", -1},
        {"2024-12-31T23:59:59+1:00", -1},
        {"2024-12-31T23:59:59X", -1},
        {"2024-1-31T23:59:59Z", -1},
        {"+024-12-31T23:59:59Z", -1},
        {"-024-12-31T23:59:59Z", -1},
        {" 2024-12-31T23:59:59Z", -1},
        {"2024-12-31T 3:59:59Z", -1},
        {"1969-12-31T23:59:59Z", -1},
        {"0000-01-01T00:00:00Z", -1},
        {"20241231T235959Z", -1},
        {"", -1},
    };

    (void)state;
    check(wafer_time_rfc3339, vectors, sizeof vectors / sizeof vectors[0]);
    check_cuts(wafer_time_rfc3339, "2016-01-20T14:09:07Z");
    check_cuts(wafer_time_rfc3339, "2016-01-20T14:09:07.995+01:30");
}

static void test_http(void **state)
{
    static const struct vector vectors[] = {
        /* RFC 9110 5.6.7 */
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Sun Nov 16 08:49:37 1994", 784975777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Thu, 29 Feb 2024 23:59:60 GMT", 1709251199},
        {"Wednesday, 31-Dec-69 23:59:59 GMT", 3155759999}, /* 2069 */
        {"Thursday, 01-Jan-70 00:00:00 GMT", 0},
        {"Sun, 6 Nov 1994 08:49:37 GMT", -1},
        {"Sun,  6 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 06 Nov 1994 08:49:37 UTC", -1},
        {"Sun, 06 Nov 1994 08:49:37 gmt", -1},
        {"Sun, 06 Nov 1994 08:49:37", -1},
        {"Sun, 06 nov 1994 08:49:37 GMT", -1},
        {"Sun, 06 Foo 1994 08:49:37 GMT", -1},
        {"Sun, 06 anF 1994 08:49:37 GMT", -1}, /* inside "JanFeb" */
        {"Sun, 31 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 06 Nov 1994 24:49:37 GMT", -1},
        {"Sun Nov 6 08:49:37 1994", -1},
        {"Sun Nov 06 08:49:37 94", -1},
        {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
        {"120", -1},
        {"", -1},
    };

    (void)state;
    check(wafer_time_http, vectors, sizeof vectors / sizeof vectors[0]);
    check_cuts(wafer_time_http, "Sun, 06 Nov 1994 08:49:37 GMT");
    check_cuts(wafer_time_http, "Sunday, 06-Nov-94 08:49:37 GMT");
    check_cuts(wafer_time_http, "Sun Nov  6 08:49:37 1994");
}

static void test_asn1(void **state)
{
    static const struct vector vectors[] = {
        {"700101000000Z", 0},
        {"991231235959Z", 946684799},
        {"000101000000Z", 946684800},
        {"491231235959Z", 2524607999},
        {"500101000000Z", -1}, /* 1950, RFC 5280 4.1.2.5.1 */
        {"691231235959Z", -1},
        {"20500101000000Z", 2524608000},
        {"99991231235959Z", LAST_SECOND}, /* no end, RFC 5280 4.1.2.5 */
        {"19691231235959Z", -1},
        {"240229120000Z", 1709208000},
        {"230229120000Z", -1},
        {"2402291200Z", -1},
        {"240229120000+0000", -1},
        {"240229120000z", -1},
        {"24022912000Z0", -1},
        {"20240229120000.5Z", -1},
        {"2024022912000ZZ", -1},
        {"202402291200Z", -1}, /* 13 octets: day 22 of a month 40 */
        {"2402291 0000Z", -1},
        {"", -1},
    };

    (void)state;
    check(wafer_time_asn1, vectors, sizeof vectors / sizeof vectors[0]);
    check_cuts(wafer_time_asn1, "240229120000Z");
    check_cuts(wafer_time_asn1, "20240229120000Z");
}

/* Every day there is, against the C library. */
static void test_every_day(void **state)
{
    (void)state;
    for (int64_t day = 0; day <= LAST_SECOND / 86400; day++) {
        time_t now = (time_t)(day * 86400);
        struct tm *tm = gmtime(&now);
        char text[WAFER_TIME_TEXT];
        int64_t seconds;

        assert_int_equal(
            wafer_days_from_civil(tm->tm_year + 1900, (uint32_t)tm->tm_mon + 1, (uint32_t)tm->tm_mday), day);
        wafer_time_format(day * 86400 + 86399, text);
        assert_int_equal(wafer_time_rfc3339(text, strlen(text), &seconds), 0);
        assert_int_equal(seconds, day * 86400 + 86399);
    }
}

/* Random fields, valid and not, against timegm: what it has to normalise is not valid. */
static void test_random_fields(void **state)
{
    (void)state;
    srand(3339);
    for (int i = 0; i < 200000; i++) {
        struct tm tm = {.tm_year = rand() % 8040 + 65,
                        .tm_mon = rand() % 13,
                        .tm_mday = rand() % 33,
                        .tm_hour = rand() % 25,
                        .tm_min = rand() % 61,
                        .tm_sec = rand() % 60};
        struct tm valid = tm;
        int64_t expected = timegm(&valid), seconds = -1;
        int zone = rand() % 119 - 59, status;
        char text[64];

        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d%c00:%02d", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, zone < 0 ? '-' : '+',
                 abs(zone));
        status = wafer_time_rfc3339(text, strlen(text), &seconds);
        expected -= zone * 60;
        if (valid.tm_mon != tm.tm_mon || valid.tm_mday != tm.tm_mday || valid.tm_hour != tm.tm_hour ||
            valid.tm_min != tm.tm_min || tm.tm_year < 70 || tm.tm_year > 8099 || expected < 0 ||
            expected > LAST_SECOND) {
            assert_int_equal(status, WAFER_E_SYNTAX);
        } else if (status != 0 || seconds != expected) {
            fail_msg("%s: %d, %lld", text, status, (long long)seconds);
        }
    }
}

/* strftime writes what the readers of the other formats read. */
static void test_random_times(void **state)
{
    static const struct {
        parse_function *parse;
        const char *format;
        int64_t from, to;
    } formats[] = {
        {wafer_time_http, "%a, %d %b %Y %H:%M:%S GMT", 0, LAST_SECOND},
        {wafer_time_http, "%A, %d-%b-%y %H:%M:%S GMT", 0, 3155759999},
        {wafer_time_http, "%a %b %e %H:%M:%S %Y", 0, LAST_SECOND},
        {wafer_time_asn1, "%y%m%d%H%M%SZ", 0, 2524607999},
        {wafer_time_asn1, "%Y%m%d%H%M%SZ", 0, LAST_SECOND},
        {wafer_time_rfc3339, "%Y-%m-%dT%H:%M:%S.000Z", 0, LAST_SECOND},
    };

    (void)state;
    srand(9110);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        for (int n = 0; n < 20000; n++) {
            int64_t wanted = ((int64_t)rand() << 31 | rand()) % (formats[i].to + 1), seconds = -1;
            time_t now = (time_t)wanted;
            char text[64];
            size_t len = strftime(text, sizeof text, formats[i].format, gmtime(&now));

            assert_int_equal(formats[i].parse(text, len, &seconds), 0);
            assert_int_equal(seconds, wanted);
        }
    }
}

static void test_format(void **state)
{
    char text[WAFER_TIME_TEXT];

    (void)state;
    wafer_time_format(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    wafer_time_format(1767323045, text);
    assert_string_equal(text, "2026-01-02T03:04:05Z");
    wafer_time_format(LAST_SECOND, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    /* what has no such text is shown as the nearest that has */
    wafer_time_format(-1, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    wafer_time_format(INT64_MIN, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    wafer_time_format(LAST_SECOND + 1, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    wafer_time_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc3339),       cmocka_unit_test(test_http),
        cmocka_unit_test(test_asn1),          cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_random_fields), cmocka_unit_test(test_random_times),
        cmocka_unit_test(test_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
