/* The formatter: directives, widths, control characters, and what does not fit. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

/* The command is no library: its files come in as they are. */
#include "../../../tools/wafer/output.c"

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
    struct output out = {ends[1], buffer, sizeof buffer, 0, false};
    output_format(&out, "%s-%d-%s", "0123456789abcdef", 42, "ghijklmnop");
    output_flush(&out);
    close(ends[1]);
    ssize_t n = read(ends[0], got, sizeof got);
    close(ends[0]);
    assert_int_equal(n, 30);
    assert_memory_equal(got, "0123456789abcdef-42-ghijklmnop", 30);
    assert_false(out.failed);
}

/* Against libc, for numbers of every length. */
static void numbers_are_as_libc_writes_them(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 64; shift++) {
        for (unsigned long long near = 0; near < 3; near++) {
            unsigned long long value = (1ull << shift) - 1 + near;
            char want[96], got[96];
            (void)snprintf(want, sizeof want, "%llu|%lld|%x|%d|%zu", value, (long long)value, (unsigned)value,
                           (int)value, (size_t)value);
            assert_true(text_format(got, sizeof got, "%llu|%lld|%x|%d|%zu", value, (long long)value,
                                    (unsigned)value, (int)value, (size_t)value));
            assert_string_equal(got, want);
        }
    }
}

static void memory_becomes_a_string(void **state)
{
    char text[4];
    (void)state;
    struct output out = output_to_memory(text, sizeof text);
    output_format(&out, "ab");
    assert_string_equal(output_string(&out), "ab");
    assert_false(out.failed);
    output_format(&out, "cd");
    assert_string_equal(output_string(&out), "abc");
    assert_true(out.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
        cmocka_unit_test(null_is_empty),
        cmocka_unit_test(control_characters_do_not_pass),
        cmocka_unit_test(text_that_does_not_fit),
        cmocka_unit_test(long_output_reaches_the_descriptor),
        cmocka_unit_test(numbers_are_as_libc_writes_them),
        cmocka_unit_test(memory_becomes_a_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
