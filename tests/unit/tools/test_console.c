/* The parts of the command that need no CA: formatter, times, JSON lines, names. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The command is no library: its files come in as they are. */
#include "../../../tools/wafer/out.c"
#include "../../../tools/wafer/console.c"
#include "../../../tools/wafer/names.c"

bool option_on(const struct options *options, enum option_id id)
{
    return options->value[id].text != NULL;
}

#define GIVES(text, ...) \
    do { \
        char got[200]; \
        assert_true(text_format(got, sizeof got, __VA_ARGS__)); \
        assert_string_equal(got, text); \
    } while (0)

static void formats(void **state)
{
    (void)state;
    GIVES("", "%s", "");
    GIVES("a 7%", "a %d%%", 7);
    GIVES("[  abc][abc  ][ab]", "[%5s][%-5s][%.2s]", "abc", "abc", "abc");
    GIVES("[   x][x   ][x]", "[%*s][%-*s][%.*s]", 4, "x", 4, "x", 1, "xyz");
    GIVES("0 -1 2147483647 -2147483648", "%d %d %d %d", 0, -1, 2147483647, (int)(-2147483647 - 1));
    GIVES("4294967295 18446744073709551615", "%u %llu", 4294967295u, 18446744073709551615ull);
    GIVES("-9223372036854775808", "%lld", (long long)(-9223372036854775807 - 1));
    GIVES("0009 -009 [9   ] [  -9]", "%04d %04d [%-4d] [%4d]", 9, -9, 9, -9);
    GIVES("beef 00ff", "%x %04x", 0xbeefu, 0xffu);
    GIVES("c 12", "%c %zu", 'c', (size_t)12);
    GIVES("[\xc3\xbc  ]", "[%-3s]", "\xc3\xbc"); /* columns, not octets */
}

static void null_is_empty(void **state)
{
    const char *volatile none = NULL;
    (void)state;
    GIVES("[]", "[%s]", none);
}

static void control_characters_do_not_pass(void **state)
{
    (void)state;
    GIVES("a?[2Jb?c?d", "%s",
          "a\x1b[2Jb\nc\x7f"
          "d");
    GIVES("?m", "%s", "\xc2\x9bm");                      /* C1: CSI */
    GIVES("\xc2\xa0\xc3\x9b", "%s", "\xc2\xa0\xc3\x9b"); /* others of the same first octets */
    GIVES("\x1b[0m\n", "\x1b[0m\n");                     /* the program's own */
}

static void text_that_does_not_fit(void **state)
{
    char got[5];
    (void)state;
    assert_false(text_format(got, sizeof got, "%s", "12345"));
    assert_string_equal(got, "1234");
    assert_true(text_format(got, sizeof got, "%s", "1234"));
    assert_string_equal(got, "1234");
}

static void long_output_reaches_the_descriptor(void **state)
{
    char buffer[8], got[64];
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct out out = {ends[1], buffer, sizeof buffer, 0, false};
    out_format(&out, "%s-%d-%s", "0123456789abcdef", 42, "ghijklmnop");
    out_flush(&out);
    close(ends[1]);
    ssize_t n = read(ends[0], got, sizeof got);
    close(ends[0]);
    assert_int_equal(n, 30);
    assert_memory_equal(got, "0123456789abcdef-42-ghijklmnop", 30);
    assert_false(out.failed);
}

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

static void json_lines(void **state)
{
    char text[400];
    struct out saved = out_stdout;
    (void)state;
    out_stdout = (struct out){-1, text, sizeof text - 1, 0, false};
    json_begin("silent");
    json_end();
    assert_int_equal(out_stdout.len, 0); /* without --json */
    console.json = true;
    json_begin("one");
    json_text("quoted", "a\"b\\c\n\x1b");
    json_text("none", NULL);
    json_list("list");
    json_item("x");
    json_item("y");
    json_list_end();
    json_list("empty");
    json_list_end();
    json_number("number", -5);
    json_bool("yes", true);
    json_time("time", 1767225600);
    json_time("no_time", 0);
    json_end();
    console.json = false;
    text[out_stdout.len] = 0;
    out_stdout = saved;
    assert_string_equal(text,
                        "{\"event\":\"one\",\"quoted\":\"a\\\"b\\\\c\\u000a\\u001b\",\"list\":[\"x\",\"y\"],"
                        "\"empty\":[],\"number\":-5,\"yes\":true,\"time\":\"2026-01-01T00:00:00Z\"}\n");
}

static void worse_statuses(void **state)
{
    (void)state;
    assert_int_equal(status_worse(STATUS_DONE, STATUS_DONE), STATUS_DONE);
    assert_int_equal(status_worse(STATUS_DONE, STATUS_LATER), STATUS_LATER);
    assert_int_equal(status_worse(STATUS_LATER, STATUS_FAILED), STATUS_FAILED);
    assert_int_equal(status_worse(STATUS_FAILED, STATUS_LATER), STATUS_FAILED);
    assert_int_equal(status_worse(STATUS_USAGE, STATUS_DONE), STATUS_USAGE);
}

static struct names names, others;

static void names_are_normalised(void **state)
{
    static const struct {
        char *given;
        const char *taken;
    } cases[] = {{"A.Example", "a.example"},
                 {"*.A.example", "*.a.example"},
                 {"192.0.2.1", "192.0.2.1"},
                 {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},    /* RFC 5952 4.2.3 */
                 {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* 4.2.2 */
                 {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
                 {"1:0:0:0:0:0:0:0", "1::"},
                 {"0::1", "::1"},
                 {"::", "::"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(names_take(&names, &cases[i].given, 1));
        assert_int_equal(names.count, 1);
        assert_string_equal(names.list[0], cases[i].taken);
    }
}

static void names_are_sets_in_order(void **state)
{
    char *one[] = {"a.test", "B.test", "A.TEST", "b.test"}, *two[] = {"b.test", "a.test"},
         *three[] = {"b.test"};
    (void)state;
    assert_true(names_take(&names, one, 4) && names_take(&others, two, 2));
    assert_int_equal(names.count, 2);
    assert_string_equal(names.list[0], "a.test");
    assert_true(names_equal(&names, &others));
    assert_true(names_take(&others, three, 1));
    assert_false(names_equal(&names, &others));
    assert_false(names_equal(&others, &names));
    names_copy(&others, &names);
    assert_true(names_equal(&others, &names) && others.list[0] == others.text[0]);
}

static void too_many_names(void **state)
{
    char text[NAMES_MAX + 1][16], *list[NAMES_MAX + 1], said[200];
    struct out saved = out_stderr;
    (void)state;
    for (int i = 0; i <= NAMES_MAX; i++) {
        (void)text_format(text[i], sizeof text[i], "n%d.test", i);
        list[i] = text[i];
    }
    assert_true(names_take(&names, list, NAMES_MAX));
    out_stderr = (struct out){-1, said, sizeof said, 0, false};
    assert_false(names_take(&names, list, NAMES_MAX + 1));
    assert_true(out_stderr.len > 0);
    out_stderr = saved;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
        cmocka_unit_test(null_is_empty),
        cmocka_unit_test(control_characters_do_not_pass),
        cmocka_unit_test(text_that_does_not_fit),
        cmocka_unit_test(long_output_reaches_the_descriptor),
        cmocka_unit_test(times_are_as_gmtime_says),
        cmocka_unit_test(durations),
        cmocka_unit_test(json_lines),
        cmocka_unit_test(worse_statuses),
        cmocka_unit_test(names_are_normalised),
        cmocka_unit_test(names_are_sets_in_order),
        cmocka_unit_test(too_many_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
