/* The formatter: directives, widths, control characters, and what does not fit. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* The command is no library: its files come in as they are. */
#include "../../../tools/wafer/character.c"
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

/* What a file descriptor gets for "%s". */
static void assert_shown(const char *text, const char *shown)
{
    char buffer[16], got[200];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct output out = {ends[1], buffer, sizeof buffer, 0, false, 0};
    output_format(&out, "%s", text);
    output_flush(&out);
    assert_false(out.failed);
    close(ends[1]);
    ssize_t n = read(ends[0], got, sizeof got - 1);
    assert_true(n >= 0);
    got[n] = 0;
    close(ends[0]);
    assert_string_equal(got, shown);
}

static void control_characters_do_not_pass(void **state)
{
    (void)state;
    assert_shown("a\x1b[2Jb\nc\x7f!", "a?[2Jb?c?!");
    assert_shown("\xc2\x9bm", "?m");                                             /* C1: CSI */
    assert_shown("\x9bm", "?m");                                                 /* the same on a terminal of octets */
    assert_shown("\xc2\xa0\xc3\x9b\xe2\x82\xac\xf0\x9f\x94\x92", "\xc2\xa0\xc3\x9b\xe2\x82\xac\xf0\x9f\x94\x92"); /* others */
    assert_shown("x\xe2\x80\xaey\xe2\x81\xa6z\xe2\x80\x8f\xd8\x9c", "x?y?z??");   /* bidi */
    assert_shown("\xe2\x80\xa8", "?");                                           /* a line's end */
    assert_shown("\xc0\x9b\xe0\x82\x9b\xed\xa0\x80\xf4\x90\x80\x80\xff\xe2\x82", "??" "???" "???" "????" "?" "??"); /* no UTF-8 */
    GIVES("\x1b[0m\n", "\x1b[0m\n"); /* the program's own */
    GIVES("/\x1b\xff/\xe2\x80\xae", "/%s", "\x1b\xff/\xe2\x80\xae"); /* paths are octets */
}

/* A write that fails is noted, with why, and does not hold up what is behind it. */
static void full_output(void **state)
{
    char buffer[4];
    struct output out = {-2, buffer, sizeof buffer, 0, false, 0};
    (void)state;
    out.fd = open("/dev/full", O_WRONLY);
    assert_true(out.fd >= 0);
    output_format(&out, "%s", "more than it holds");
    output_flush(&out);
    assert_true(out.failed && out.os_error == ENOSPC && out.len == 0);
    close(out.fd);
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
    struct output out = {ends[1], buffer, sizeof buffer, 0, false, 0};
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
        cmocka_unit_test(full_output),
        cmocka_unit_test(text_that_does_not_fit),
        cmocka_unit_test(long_output_reaches_the_descriptor),
        cmocka_unit_test(numbers_are_as_libc_writes_them),
        cmocka_unit_test(memory_becomes_a_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
