/* Which of two exit statuses counts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

/* The command is no library: its files come in as they are. */
#include "../../../tools/wafer/exit_status.c"

static void worse_statuses(void **state)
{
    (void)state;
    assert_int_equal(status_worse(STATUS_DONE, STATUS_DONE), STATUS_DONE);
    assert_int_equal(status_worse(STATUS_DONE, STATUS_LATER), STATUS_LATER);
    assert_int_equal(status_worse(STATUS_LATER, STATUS_FAILED), STATUS_FAILED);
    assert_int_equal(status_worse(STATUS_FAILED, STATUS_LATER), STATUS_FAILED);
    assert_int_equal(status_worse(STATUS_USAGE, STATUS_DONE), STATUS_USAGE);
    assert_int_equal(status_worse(STATUS_USAGE, STATUS_LATER), STATUS_LATER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worse_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
