/* What time it is: by the port, else by the CA and the milliseconds since, else unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/clock.h"

struct watch {
    int64_t wall;
    uint32_t ms;
};

static int64_t wall_time(void *ctx)
{
    return ((struct watch *)ctx)->wall;
}

static uint32_t monotonic_ms(void *ctx)
{
    return ((struct watch *)ctx)->ms;
}

static struct watch watch;
static const struct wafer_port port = {.ctx = &watch, .wall_time = wall_time, .monotonic_ms = monotonic_ms};

#define BUILD ((int64_t)WAFER_BUILD_TIME)

static void assert_time(struct wafer_clock *clock, int result, int64_t expected)
{
    int64_t now = -1;

    assert_int_equal(wafer_clock_now(clock, &now), result);
    assert_int_equal(now, expected);
}

static void test_port_clock(void **state)
{
    struct wafer_clock clock;

    (void)state;
    watch = (struct watch){BUILD + 5, 0};
    wafer_clock_init(&clock, &port);
    assert_time(&clock, 0, BUILD + 5);
    wafer_clock_set(&clock, BUILD + 1000); /* the port's clock goes before the CA's */
    assert_time(&clock, 0, BUILD + 5);
    wafer_clock_raise(&clock, BUILD + 6); /* ... unless it lies before the floor */
    assert_time(&clock, 0, BUILD + 1000);
    watch.wall = BUILD + 6;
    assert_time(&clock, 0, BUILD + 6);
}

static void test_unknown(void **state)
{
    static const int64_t unknown[] = {WAFER_E_CLOCK, 0, 1, BUILD - 1, INT64_MIN};
    struct wafer_clock clock;

    (void)state;
    wafer_clock_init(&clock, &port);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        watch = (struct watch){unknown[i], 77};
        assert_time(&clock, WAFER_E_CLOCK, BUILD);
    }
    wafer_clock_raise(&clock, BUILD + 100);
    wafer_clock_raise(&clock, BUILD + 50); /* never goes back */
    assert_time(&clock, WAFER_E_CLOCK, BUILD + 100);
    wafer_clock_set(&clock, BUILD + 99); /* before the floor: not believed */
    assert_time(&clock, WAFER_E_CLOCK, BUILD + 100);
}

/* The CA's time goes on with the milliseconds, over their wrap. */
static void test_told(void **state)
{
    struct wafer_clock clock;

    (void)state;
    watch = (struct watch){WAFER_E_CLOCK, UINT32_MAX - 1499};
    wafer_clock_init(&clock, &port);
    wafer_clock_set(&clock, BUILD + 10);
    assert_time(&clock, 0, BUILD + 10);
    watch.ms += 999;
    assert_time(&clock, 0, BUILD + 10);
    watch.ms += 1;
    assert_time(&clock, 0, BUILD + 11);
    watch.ms += 1999; /* wraps */
    assert_time(&clock, 0, BUILD + 12);
    watch.ms += 1;
    assert_time(&clock, 0, BUILD + 13);
    for (int day = 1; day <= 200; day++) { /* a device that runs for long */
        watch.ms += 86400000u;
        assert_time(&clock, 0, BUILD + 13 + day * 86400);
    }
    wafer_clock_set(&clock, BUILD + 20); /* told anew */
    assert_time(&clock, 0, BUILD + 20);
    wafer_clock_raise(&clock, BUILD + 30);
    assert_time(&clock, 0, BUILD + 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_port_clock), cmocka_unit_test(test_unknown),
                                       cmocka_unit_test(test_told)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
