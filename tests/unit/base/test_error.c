/* The table of errors: texts, names, kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "wafer/error.h"

static const struct {
    int value;
    enum wafer_error_kind kind;
    const char *name, *text;
} rows[] = {
#define ROW(name, value, kind, text) {value, WAFER_ERROR_##kind, #name, text},
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
        assert_int_equal(wafer_error_kind(rows[i].value), rows[i].kind);
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
        assert_int_equal(wafer_error_kind(others[i]), WAFER_ERROR_PERSON);
    }
}

/* What the client and the command build upon. */
static void test_kinds(void **state)
{
    (void)state;
    assert_int_equal(wafer_error_kind(WAFER_E_TIMEOUT), WAFER_ERROR_PASSES);
    assert_int_equal(wafer_error_kind(WAFER_E_TLS), WAFER_ERROR_PASSES);
    assert_int_equal(wafer_error_kind(WAFER_E_UNTRUSTED), WAFER_ERROR_PERSON);
    assert_int_equal(wafer_error_kind(WAFER_E_VALIDATION), WAFER_ERROR_PERSON);
    assert_int_equal(wafer_error_kind(WAFER_E_ARGUMENT), WAFER_ERROR_LOCAL);
    assert_int_equal(wafer_error_kind(WAFER_E_STORE_FULL), WAFER_ERROR_LOCAL);
    assert_int_equal(wafer_error_kind(WAFER_E_ADDRESS_IN_USE), WAFER_ERROR_LOCAL);
    assert_int_equal(wafer_error_kind(WAFER_E_SOLVER), WAFER_ERROR_LOCAL);
    assert_int_equal(wafer_error_kind(WAFER_E_CANCELLED), WAFER_ERROR_PAUSED);
    assert_int_equal(wafer_error_kind(WAFER_E_TOO_EARLY), WAFER_ERROR_PAUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_row), cmocka_unit_test(test_others),
                                       cmocka_unit_test(test_kinds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
