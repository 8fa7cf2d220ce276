/* Characters: classes and digits for every octet, and every code point of UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/text.h"
#include "guard.h"

static void test_classes(void **state)
{
    static const char hex[] = "0123456789abcdef", upper[] = "ABCDEF";

    (void)state;
    for (int i = -128; i < 128; i++) {
        char c = (char)i;
        bool digit = i >= 48 && i <= 57, big = i >= 65 && i <= 90, small = i >= 97 && i <= 122;
        const char *at = i != 0 ? strchr(hex, c) : NULL, *big_at = i != 0 ? strchr(upper, c) : NULL;
        int value = -1;

        if (at != NULL) {
            value = (int)(at - hex);
        }
        if (big_at != NULL) {
            value = 10 + (int)(big_at - upper);
        }
        assert_int_equal(wafer_is_digit(c), digit);
        assert_int_equal(wafer_is_letter(c), big || small);
        assert_int_equal(wafer_is_alnum(c), digit || big || small);
        assert_int_equal(wafer_lower(c), big ? i + 32 : i);
        assert_int_equal(wafer_hex_digit(c), value);
    }
}

static void test_same_text(void **state)
{
    (void)state;
    assert_true(wafer_same_text("", "", 0));
    assert_true(wafer_same_text("a", "b", 0));
    assert_true(wafer_same_text("Ca.Example", "cA.eXAMPLE", 10));
    assert_false(wafer_same_text("ca.example", "ca.examplf", 10));
    assert_true(wafer_same_text("ca.example", "ca.examplf", 9));
    assert_false(wafer_same_text("@", "`", 1)); /* differ as A and a do */
    assert_false(wafer_same_text("[", "{", 1));
}

static size_t encode(uint32_t code, uint8_t out[4])
{
    size_t extra = (size_t)(code >= 0x80) + (code >= 0x800) + (code >= 0x10000);
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};

    for (size_t i = extra; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (uint8_t)(lead[extra] | code);
    return extra + 1;
}

/* Every code point, and every truncation of it before a guard page. */
static void test_every_code_point(void **state)
{
    struct guard guard = guard_copy(NULL, 4);

    (void)state;
    for (uint32_t code = 0; code < 0x120000; code++) {
        uint8_t octets[4];
        size_t len = encode(code, octets);
        const char *start = (const char *)guard_refill(&guard, octets, len), *at = start;
        bool good = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

        assert_int_equal(wafer_utf8_next(&at, start + len), good ? (int32_t)code : -1);
        assert_true(!good || at == start + len);
        if (code % 61 == 0 && len > 1) {
            start = at = (const char *)guard_refill(&guard, octets, len - 1);
            assert_int_equal(wafer_utf8_next(&at, start + len - 1), -1);
            assert_true(at > start && at <= start + len - 1);
        }
    }
    guard_free(&guard);
}

static void test_malformed(void **state)
{
    static const char *const texts[] = {
        "\x80", /* a continuation first */
        "\xbf",
        "\xc0\x80", /* longer than needed */
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xc2\x41", /* no continuation */
        "\xe2\x82\x41",
        "\xf0\x9f\x98\x41",
        "\xf5\x80\x80\x80", /* beyond Unicode */
        "\xff\x80\x80\x80",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *at = texts[i];
        assert_int_equal(wafer_utf8_next(&at, texts[i] + strlen(texts[i])), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_classes), cmocka_unit_test(test_same_text),
                                       cmocka_unit_test(test_every_code_point),
                                       cmocka_unit_test(test_malformed)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
