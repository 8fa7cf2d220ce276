/* The three schedules: growth, limits, and how far chance moves them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/backoff.h"

/* What `random` can do: the ends of its range, and enough between to meet every value. */
static void bounds(uint32_t (*schedule)(uint32_t, uint32_t), uint32_t attempt, uint32_t *low, uint32_t *high)
{
    *low = UINT32_MAX;
    *high = 0;
    for (uint32_t random = 0; random < 20000; random++) {
        uint32_t value = schedule(attempt, random);

        *low = value < *low ? value : *low;
        *high = value > *high ? value : *high;
        value = schedule(attempt, UINT32_MAX - random);
        *low = value < *low ? value : *low;
        *high = value > *high ? value : *high;
    }
}

struct step {
    uint32_t attempt, low, high;
};

static void check(uint32_t (*schedule)(uint32_t, uint32_t), const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t low, high;

        bounds(schedule, steps[i].attempt, &low, &high);
        assert_int_equal(low, steps[i].low);
        assert_int_equal(high, steps[i].high);
    }
}

static uint32_t poll_near(uint32_t attempt, uint32_t random)
{
    return wafer_backoff_poll_ms(2, attempt, random);
}

static uint32_t poll_far(uint32_t attempt, uint32_t random)
{
    return wafer_backoff_poll_ms(50, attempt, random);
}

static uint32_t poll_very_far(uint32_t attempt, uint32_t random)
{
    return wafer_backoff_poll_ms(12000, attempt, random);
}

/* From 10 ms on, or from a round trip, which the next request takes anyway: twice each time, up to 10 s. */
static void test_poll(void **state)
{
    static const struct step near[] = {{0, 10, 10},     {1, 16, 20},      {2, 32, 40},      {5, 256, 320},
                                       {9, 4096, 5120}, {10, 8000, 10000}, {50, 8000, 10000}, {UINT32_MAX, 8000, 10000}};
    static const struct step far[] = {{0, 0, 0}, {1, 30, 50}, {2, 110, 150}, {3, 270, 350}, {8, 7950, 9950}, {UINT32_MAX, 7950, 9950}};
    static const struct step very_far[] = {{0, 0, 0}, {3, 0, 0}};

    (void)state;
    check(poll_near, near, sizeof near / sizeof near[0]);
    check(poll_far, far, sizeof far / sizeof far[0]);
    check(poll_very_far, very_far, sizeof very_far / sizeof very_far[0]);
}

static void test_retry(void **state)
{
    static const struct step steps[] = {
        {0, 750, 1250}, {1, 3000, 5000}, {2, 12000, 20000}, {3, 12000, 20000}, {UINT32_MAX, 12000, 20000}};

    (void)state;
    check(wafer_backoff_retry_ms, steps, sizeof steps / sizeof steps[0]);
}

/* 1, 10, 100 minutes, then daily. */
static void test_schedule(void **state)
{
    static const struct step steps[] = {
        {0, 54, 66},       {1, 54, 66},       {2, 540, 660},        {3, 5400, 6600},
        {4, 77760, 95040}, {5, 77760, 95040}, {1000, 77760, 95040}, {UINT32_MAX, 77760, 95040}};

    (void)state;
    check(wafer_backoff_schedule_s, steps, sizeof steps / sizeof steps[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_poll), cmocka_unit_test(test_retry),
                                       cmocka_unit_test(test_schedule)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
