/* Words in one string, by number and by text; and wiping, whole and in part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/wipe.h"
#include "base/wordlist.h"

static const char words[] = "one\0two\0three\0";

static void test_by_number(void **state)
{
    (void)state;
    assert_string_equal(wafer_word(words, 0), "one");
    assert_string_equal(wafer_word(words, 1), "two");
    assert_string_equal(wafer_word(words, 2), "three");
    assert_string_equal(wafer_word(words, 3), "");
    assert_string_equal(wafer_word(words, 4), "");
    assert_string_equal(wafer_word(words, UINT32_MAX), "");
    assert_string_equal(wafer_word("", 0), "");
}

static void test_by_text(void **state)
{
    (void)state;
    assert_int_equal(wafer_word_index(words, "one"), 0);
    assert_int_equal(wafer_word_index(words, "three"), 2);
    assert_true(wafer_word_index(words, "thre") < 0);
    assert_true(wafer_word_index(words, "threes") < 0);
    assert_true(wafer_word_index(words, "One") < 0);
    assert_true(wafer_word_index(words, "") < 0);
    assert_true(wafer_word_index("", "one") < 0);
}

static void test_wipe(void **state)
{
    uint8_t data[40];

    (void)state;
    memset(data, 0xa5, sizeof data);
    wafer_wipe(data + 4, 0);
    assert_int_equal(data[4], 0xa5);
    wafer_wipe(data + 4, 32);
    for (size_t i = 0; i < sizeof data; i++) {
        assert_int_equal(data[i], i < 4 || i >= 36 ? 0xa5 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_by_number), cmocka_unit_test(test_by_text),
                                       cmocka_unit_test(test_wipe)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
