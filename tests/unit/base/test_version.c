/* version.h: the text and the number are those of the three parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "wafer/version.h"

static void test_text_and_number(void **state)
{
    (void)state;
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", WAFER_VERSION_MAJOR, WAFER_VERSION_MINOR, WAFER_VERSION_PATCH);
    assert_string_equal(WAFER_VERSION, text);
    assert_string_equal(wafer_version(), text);
    assert_int_equal(WAFER_VERSION_NUMBER,
                     WAFER_VERSION_MAJOR * 10000 + WAFER_VERSION_MINOR * 100 + WAFER_VERSION_PATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_text_and_number)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
