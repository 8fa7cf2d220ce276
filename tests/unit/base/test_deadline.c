/* Limits of time: none, running, over, and across the wrap of the milliseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/deadline.h"

static uint32_t ms;

static uint32_t monotonic_ms(void *ctx)
{
    (void)ctx;
    return ms;
}

static const struct wafer_port port = {.monotonic_ms = monotonic_ms};

static void test_no_limit(void **state)
{
    struct wafer_deadline deadline;

    (void)state;
    assert_int_equal(wafer_deadline_left(NULL, &port), WAFER_UNLIMITED);
    ms = 77;
    wafer_deadline_start(&deadline, &port, 0);
    ms = 0xfffffff0u;
    assert_int_equal(wafer_deadline_left(&deadline, &port), WAFER_UNLIMITED);
}

static void test_runs_out(void **state)
{
    static const uint32_t starts[] = {0, 1000, 0xffffff00u, 0xffffffffu};

    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct wafer_deadline deadline;
        ms = starts[i];
        wafer_deadline_start(&deadline, &port, 1000);
        assert_int_equal(wafer_deadline_left(&deadline, &port), 1000);
        ms = starts[i] + 999;
        assert_int_equal(wafer_deadline_left(&deadline, &port), 1);
        ms = starts[i] + 1000;
        assert_int_equal(wafer_deadline_left(&deadline, &port), 0);
        ms = starts[i] + 0x7fffffffu;
        assert_int_equal(wafer_deadline_left(&deadline, &port), 0);
    }
}

static void test_longest(void **state)
{
    struct wafer_deadline deadline;

    (void)state;
    ms = 5;
    wafer_deadline_start(&deadline, &port, UINT32_MAX);
    assert_int_equal(wafer_deadline_left(&deadline, &port), UINT32_MAX);
    ms = 4;
    assert_int_equal(wafer_deadline_left(&deadline, &port), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_limit), cmocka_unit_test(test_runs_out),
                                       cmocka_unit_test(test_longest)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
