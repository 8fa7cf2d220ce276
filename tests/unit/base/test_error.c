#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "wafer/error.h"

static const struct {
    int value;
    const char *name, *text;
} rows[] = {
#define ROW(name, value, text) {value, #name, text},
    WAFER_ERRORS(ROW)
#undef ROW
};
#define COUNT (sizeof rows / sizeof rows[0])

static void test_every_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        size_t len = strlen(rows[i].text);

        assert_string_equal(wafer_error_text(rows[i].value), rows[i].text);
        assert_string_equal(wafer_error_name(rows[i].value), rows[i].name);
        assert_true(len > 0 && rows[i].text[len - 1] != '.' && strchr(rows[i].text, '\n') == NULL);
    }
    assert_string_equal(wafer_error_name(WAFER_E_WRONG_NAME), "WRONG_NAME");
}

static void test_others(void **state)
{
    static const int others[] = {0, 1, 1000000, INT32_MAX, INT32_MIN, -1000, -(int)COUNT - 1};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_string_equal(wafer_error_text(others[i]), "unknown error");
        assert_string_equal(wafer_error_name(others[i]), "UNKNOWN");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_row), cmocka_unit_test(test_others)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
