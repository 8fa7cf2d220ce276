/* The texts of errno are those of libc, as far as there are any. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

/* The command is no library: its files come in as they are. */
#include "../../../tools/wafer/character.c"
#include "../../../tools/wafer/output.c"
#include "../../../tools/wafer/system_error.c"

static void texts_are_those_of_libc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_string_equal(system_error_text(texts[i].number), strerror(texts[i].number));
    }
}

static void others_are_numbers(void **state)
{
    (void)state;
    assert_string_equal(system_error_text(0), "system error 0");
    assert_string_equal(system_error_text(4242), "system error 4242");
    assert_string_equal(system_error_text(-1), "system error -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_those_of_libc),
        cmocka_unit_test(others_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
