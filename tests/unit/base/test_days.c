/* Days and seconds of a day against 64-bit division and libc, over a wide range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>
#include "wafer/time.h"

#define DAY 86400

static void check(int64_t seconds)
{
    int64_t days = seconds / DAY, rest = seconds % DAY;
    int32_t second;
    if (rest < 0) {
        rest += DAY;
        days--;
    }
    assert_int_equal(wafer_days(seconds, &second), days);
    assert_int_equal(second, rest);
}

static void edges_of_days(void **state)
{
    (void)state;
    for (int64_t day = -1000000; day < 6000000; day += 7) { /* years -768 to 18397 */
        check(day * DAY - 1);
        check(day * DAY);
        check(day * DAY + 127);
        check(day * DAY + 128);
    }
}

static void each_second_of_some_days(void **state)
{
    static const int64_t days[] = {-719528, -1, 0, 65535, 65536, 20819, 2932896, 364000000};
    (void)state;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        for (int64_t second = 0; second < DAY; second++) {
            check(days[i] * DAY + second);
        }
    }
}

/* Every number of bits, as far as the header promises. */
static void powers_of_two(void **state)
{
    (void)state;
    for (int shift = 0; shift < 45; shift++) {
        for (int64_t near = -2; near <= 2; near++) {
            check(((int64_t)1 << shift) + near);
            if (shift < 40) {
                check(-((int64_t)1 << shift) + near);
            }
        }
    }
}

/* Beyond, there still is a second of a day. */
static void out_of_range(void **state)
{
    static const int64_t times[] = {INT64_MIN, INT64_MAX, (int64_t)1 << 50, -((int64_t)1 << 50)};
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int32_t second;
        (void)wafer_days(times[i], &second);
        assert_in_range(second, 0, DAY - 1);
    }
}

static void as_libc_says(void **state)
{
    (void)state;
    for (int64_t seconds = -70000000000; seconds < 250000000000; seconds += 98765431) { /* to the year 9892 */
        time_t when = (time_t)seconds;
        struct tm tm;
        int32_t second;
        assert_non_null(gmtime_r(&when, &tm));
        int32_t days = wafer_days(seconds, &second);
        assert_int_equal(second, (tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec);
        assert_int_equal(((days + 4) % 7 + 7) % 7, tm.tm_wday); /* 1970-01-01 was a Thursday */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_of_days), cmocka_unit_test(each_second_of_some_days),
        cmocka_unit_test(powers_of_two), cmocka_unit_test(out_of_range),
        cmocka_unit_test(as_libc_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
