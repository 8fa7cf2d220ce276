/* Times and durations as text, against libc. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <time.h>

/* The command is no library: its files come in as they are. */
#include "../../../tools/wafer/character.c"
#include "../../../tools/wafer/output.c"
#include "../../../tools/wafer/calendar.c"

static void times_are_as_gmtime_says(void **state)
{
    static const int64_t days[] = {0, -1, 59, 60, 365, 11016, 11017, 19782, 20819, 47540, 47541, 2932896};
    (void)state;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        for (int64_t second = 0; second < 86400; second += 12345) {
            time_t when = (time_t)(days[i] * 86400 + second);
            char want[TIME_TEXT_MAX], got[TIME_TEXT_MAX];
            struct tm tm;
            assert_non_null(gmtime_r(&when, &tm));
            assert_true(strftime(want, sizeof want, "%Y-%m-%d %H:%M UTC", &tm) > 0);
            assert_string_equal(time_text(when, got), want);
            assert_true(strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
            assert_string_equal(time_rfc3339(when, got), want);
        }
    }
    for (int64_t day = -200; day < 60000; day++) { /* each day to 2134 */
        time_t when = (time_t)(day * 86400);
        struct civil got = split_time(when);
        struct tm tm;
        assert_non_null(gmtime_r(&when, &tm));
        assert_true(got.year == tm.tm_year + 1900 && got.month == tm.tm_mon + 1 && got.day == tm.tm_mday);
    }
}

static void durations(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {{0, "0 seconds"},      {1, "1 second"},      {119, "119 seconds"}, {120, "2 minutes"},
                 {7199, "119 minutes"}, {7200, "2 hours"},    {172799, "47 hours"}, {172800, "2 days"},
                 {576000, "6 days"},    {7776000, "90 days"}, {60, "60 seconds"},   {3600, "60 minutes"}};
    char got[TIME_TEXT_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(duration_text(cases[i].seconds, got), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_as_gmtime_says),
        cmocka_unit_test(durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
