/* The time from port, CA and floor, and across the wrap of the milliseconds. */
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
#define HOUR  ((int64_t)3600)
#define DAY   (24 * HOUR)
#define YEAR  (365 * DAY)

static void assert_time(struct wafer_clock *clock, int result, int64_t expected)
{
    int64_t now = -1;

    assert_int_equal(wafer_clock_now(clock, &now), result);
    assert_int_equal(now, expected);
}

static struct wafer_clock clock;

static void start(int64_t wall, uint32_t ms)
{
    watch = (struct watch){wall, ms};
    wafer_clock_init(&clock, &port);
}

/* Lets time pass for the port's milliseconds, and for its clock if it has one. */
static void pass(int64_t seconds)
{
    watch.ms += (uint32_t)seconds * 1000u;
    if (watch.wall > 0) {
        watch.wall += seconds;
    }
}

/* Without a word of a CA the port's clock is believed, if it is not before the floor. */
static void test_port_clock(void **state)
{
    (void)state;
    start(BUILD + 5, 0);
    assert_time(&clock, 0, BUILD + 5);
    assert_false(wafer_clock_is_told(&clock));
    assert_false(wafer_clock_is_wrong(&clock));
    wafer_clock_raise(&clock, BUILD + 5 + HOUR);
    assert_time(&clock, 0, BUILD + 5); /* two clocks may differ by that */
    wafer_clock_raise(&clock, BUILD + 6 + HOUR);
    assert_time(&clock, WAFER_E_CLOCK, BUILD + 6 + HOUR);
    watch.wall = BUILD + 70 * YEAR;
    assert_time(&clock, 0, BUILD + 70 * YEAR); /* nothing speaks against it */
}

static void test_unknown(void **state)
{
    static const int64_t unknown[] = {WAFER_E_CLOCK, 0, 1, BUILD - 1, INT64_MIN, INT64_MAX, (int64_t)1 << 40};
    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        start(unknown[i], 77);
        assert_time(&clock, WAFER_E_CLOCK, BUILD);
        assert_int_equal(wafer_clock_wall(&clock), WAFER_E_CLOCK);
        wafer_clock_raise(&clock, BUILD + 100);
        wafer_clock_raise(&clock, BUILD + 50); /* never goes back by the store */
        assert_time(&clock, WAFER_E_CLOCK, BUILD + 100);
        wafer_clock_set(&clock, BUILD + HOUR);
        assert_time(&clock, 0, BUILD + HOUR);
        assert_true(wafer_clock_is_wrong(&clock));
    }
}

/* What the CA tells is the floor from then on, also where that was higher. */
static void test_assertion_replaces(void **state)
{
    (void)state;
    start(WAFER_E_CLOCK, 0);
    wafer_clock_raise(&clock, BUILD + 70 * YEAR);
    wafer_clock_set(&clock, BUILD + YEAR);
    assert_time(&clock, 0, BUILD + YEAR);
    wafer_clock_set(&clock, BUILD + 60 * YEAR);
    assert_time(&clock, 0, BUILD + 60 * YEAR);
    wafer_clock_set(&clock, BUILD + 2 * YEAR);
    assert_time(&clock, 0, BUILD + 2 * YEAR);
    wafer_clock_set(&clock, BUILD - 1); /* before the build nobody can be right */
    assert_time(&clock, 0, BUILD + 2 * YEAR);
}

/* Within an hour the port's clock goes before the CA's, beyond the CA's does. */
static void test_both(void **state)
{
    static const struct {
        int64_t off;
        bool wrong;
    } cases[] = {{0, false}, {HOUR, false}, {-HOUR, false}, {HOUR + 1, true}, {-HOUR - 1, true}, {-8 * HOUR, true},
                 {8 * DAY, true}, {70 * YEAR, true}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int64_t now = BUILD + YEAR;
        start(now + cases[i].off, UINT32_MAX - 1499);
        wafer_clock_set(&clock, now);
        assert_true(wafer_clock_is_told(&clock));
        assert_int_equal(wafer_clock_is_wrong(&clock), cases[i].wrong);
        assert_time(&clock, 0, cases[i].wrong ? now : now + cases[i].off);
        pass(5000);
        assert_int_equal(wafer_clock_is_wrong(&clock), cases[i].wrong);
        assert_time(&clock, 0, 5000 + (cases[i].wrong ? now : now + cases[i].off));
    }
}

/* The CA's time goes on with the milliseconds, over their wrap. */
static void test_told(void **state)
{
    (void)state;
    start(WAFER_E_CLOCK, UINT32_MAX - 1499);
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
        pass(DAY);
        assert_time(&clock, 0, BUILD + 13 + day * DAY);
    }
    wafer_clock_set(&clock, BUILD + 20); /* told anew */
    assert_time(&clock, 0, BUILD + 20);
}

/* A client that nobody asks for months: the milliseconds wrap, a clock that is right does not. */
static void test_months(void **state)
{
    (void)state;
    for (int64_t days = 1; days < 400; days += 7) {
        start(BUILD + DAY, 12345);
        wafer_clock_set(&clock, BUILD + DAY);
        pass(days * DAY);
        assert_time(&clock, 0, BUILD + DAY + days * DAY);
        assert_false(wafer_clock_is_wrong(&clock));
    }
    start(BUILD + DAY, 12345); /* one that is wrong is corrected up to then, ... */
    wafer_clock_set(&clock, BUILD + 9 * DAY);
    pass(49 * DAY);
    assert_time(&clock, 0, BUILD + 58 * DAY);
    pass(50 * DAY); /* ... and afterwards the CA must tell again */
    assert_time(&clock, 0, BUILD + 100 * DAY);
    assert_false(wafer_clock_is_told(&clock));
}

/* Somebody sets the clock, or the device sleeps while the milliseconds stand. */
static void test_set_by_somebody(void **state)
{
    (void)state;
    start(BUILD + DAY, 0);
    wafer_clock_set(&clock, BUILD + 9 * DAY);
    watch.wall = BUILD + 9 * DAY; /* right, after all */
    assert_time(&clock, 0, BUILD + 9 * DAY);
    assert_true(wafer_clock_is_told(&clock));
    watch.wall += 8 * HOUR; /* slept */
    assert_time(&clock, 0, BUILD + 9 * DAY + 8 * HOUR);
    assert_false(wafer_clock_is_told(&clock));
    watch.wall = BUILD + 8 * DAY; /* before what the CA told */
    assert_time(&clock, WAFER_E_CLOCK, BUILD + 9 * DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_port_clock), cmocka_unit_test(test_unknown), cmocka_unit_test(test_assertion_replaces),
        cmocka_unit_test(test_both),       cmocka_unit_test(test_told),    cmocka_unit_test(test_months),
        cmocka_unit_test(test_set_by_somebody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
