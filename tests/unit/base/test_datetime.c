/* Times of HTTP, ASN.1 and JSON: every form, every limit, every day, and chance. */
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
#include "base/datetime.h"
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
        {"500101000000Z", 0}, /* 1950, RFC 5280 4.1.2.5.1 */
        {"691231235959Z", 0},
        {"520229000000Z", 0}, /* a leap year, as 2052 */
        {"530229000000Z", -1},
        {"691301000000Z", -1},
        {"20500101000000Z", 2524608000},
        {"99991231235959Z", LAST_SECOND}, /* no end, RFC 5280 4.1.2.5 */
        {"19691231235959Z", -1},
        {"00000101000000Z", -1},
        {"20000229000000Z", 951782400},
        {"21000229000000Z", -1},
        {"21000228000000Z", 4107456000},
        {"20240431000000Z", -1},
        {"20240001000000Z", -1},
        {"20241301000000Z", -1},
        {"20240100000000Z", -1},
        {"20240132000000Z", -1},
        {"20241231240000Z", -1},
        {"20241231236000Z", -1},
        {"20241231235961Z", -1},
        {"20241231235960Z", 1735689599},
        {"+0241231235959Z", -1},
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
        time_t now = (time_t)(day * 86400 + 86399);
        char text[32];
        int64_t seconds;

        assert_int_equal(strftime(text, sizeof text, "%Y%m%d%H%M%SZ", gmtime(&now)), 15);
        assert_int_equal(wafer_time_asn1(text, 15, &seconds), 0);
        assert_int_equal(seconds, now);
    }
}

/* Random fields, valid and not, against timegm: what it has to normalise is not valid. */
static void test_random_fields(void **state)
{
    (void)state;
    srand(3339);
    for (int i = 0; i < 200000; i++) {
        struct tm tm = {.tm_year = rand() % 8040 + 60,
                        .tm_mon = rand() % 13,
                        .tm_mday = rand() % 33,
                        .tm_hour = rand() % 25,
                        .tm_min = rand() % 61,
                        .tm_sec = rand() % 60};
        struct tm valid = tm;
        int64_t expected = timegm(&valid), seconds = -1;
        char text[64];
        int status;

        snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                 tm.tm_hour, tm.tm_min, tm.tm_sec);
        status = wafer_time_asn1(text, strlen(text), &seconds);
        if (valid.tm_mon != tm.tm_mon || valid.tm_mday != tm.tm_mday || valid.tm_hour != tm.tm_hour ||
            valid.tm_min != tm.tm_min || tm.tm_year < 70 || tm.tm_year > 8099) {
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

static void test_rfc3339(void **state)
{
    static const struct vector vectors[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-26T08:30:00Z", 1795681800},
        {"2026-11-26T08:30:00z", 1795681800},
        {"2026-11-26T08:30:00.25Z", 1795681800},
        {"2026-11-26T08:30:00.123456789Z", 1795681800},
        {"2026-11-26T09:30:00+01:00", 1795681800},
        {"2026-11-26T08:30:00.5-00:00", 1795681800},
        {"2026-11-25T20:00:00-12:30", 1795681800},
        {"9999-12-31T23:59:59Z", LAST_SECOND},
        {"2026-11-26 08:30:00Z", -1},
        {"2026-11-26T08:30:00", -1},
        {"2026-11-26T08:30Z", -1},
        {"2026-11-26T08:30:00.Z", -1},
        {"2026-11-26T08:30:00,5Z", -1},
        {"2026-11-26T08:30:00+0100", -1},
        {"2026-11-26T08:30:00+24:00", -1},
        {"2026-11-26T08:30:00+01:60", -1},
        {"2026-11-26T08:30:00*01:00", -1},
        {"2026-11-26T08:30:00+-1:00", -1},
        {"2026-02-29T08:30:00Z", -1},
        {"2026-13-01T08:30:00Z", -1},
        {"2026-11-26T24:00:00Z", -1},
        {"1969-12-31T23:59:59Z", -1},
        {"next week", -1},
    };

    (void)state;
    check(wafer_time_rfc3339, vectors, sizeof vectors / sizeof vectors[0]);
    check_cuts(wafer_time_rfc3339, "2026-11-26T08:30:00.25+01:00");
    check_cuts(wafer_time_rfc3339, "2026-11-26T08:30:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http),          cmocka_unit_test(test_asn1),
        cmocka_unit_test(test_every_day),     cmocka_unit_test(test_random_fields),
        cmocka_unit_test(test_random_times),  cmocka_unit_test(test_rfc3339),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
