/* A device's year: 300 days of clocks that lie, outages, a CA that does all that a CA can do wrong,
 * and power that goes, and honest days between them. The certificate is renewed on each honest day
 * that comes in its last third (its last half, when it is short-lived), so that it never expires
 * then; orders and erasures stay within bounds.
 *
 * WAFER_SEED=n lives the years of one seed; a failure prints it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "device.h"

#define HOUR   3600
#define DAY    86400
#define START  (WAFER_BUILD_TIME + 100 * (int64_t)DAY)
#define DAYS   365
#define BAD_OF 365 /* of so many days ... */
#define BAD    300 /* ... so many are bad */
#define SEEDS  3
#define OCTETS 250 /* of hostility in one run, at most */
#define HONEST_H \
    27 /* an honest day: the longest wait of the schedule, a day, with the tenth it may be longer */

/* By the hour at most a success, as a certificate is renewed no sooner, and the failures of
 * a day: after 0, 1, 10, 100 minutes; each may be an order and another one for that which was
 * invalid on resuming. */
#define ORDERS_PER_DAY (24 + 2 * 5)
/* Each block in its turn: a worst day commits ORDERS_PER_DAY certificates of some 4 kB with all that belongs
 * to them, and so takes half of the region's blocks at most; most days commit a failure or two. */
#define ERASES_PER_YEAR (DAYS * 2)

static struct emu_device device;
static uint64_t random_state;
static unsigned seed, day;

static uint32_t chance(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % n;
}

static void broken(void *ctx, const char *rule, int64_t value)
{
    const struct wafer_last *last = wafer_last(&device.w);
    (void)ctx;
    device.begun_ms = 0;
    fail_msg("WAFER_SEED=%u, day %u: %s: %lld; last error %s, HTTP %d, step %s, %s", seed, day, rule,
             (long long)value, wafer_error_text(last->error), last->http_status, wafer_step_text(last->step),
             wafer_last_string(last, 0));
}

/* --- what makes a day bad --- */

static void lie_about_time(void)
{
    static const int64_t at[] = {0, WAFER_BUILD_TIME, 2000000000, 4070908800};
    static const int32_t off[] = {HOUR, 3 * HOUR, 8 * HOUR, 2 * DAY, 8 * DAY, 30 * DAY, 400 * DAY};
    device.clock = (enum device_clock)chance(4);
    device.clock_s = device.clock == CLOCK_AT ? at[chance(4)] : off[chance(7)] * (chance(2) == 0 ? 1 : -1);
}

static void be_hostile(uint8_t octets[OCTETS])
{
    unsigned rate = 2 + chance(30);
    for (int i = 0; i < OCTETS; i++) {
        octets[i] = chance(rate) == 0 ? (uint8_t)(0x80 + chance(40)) : (uint8_t)chance(0x80);
    }
    device.ca.octets = (struct ca_octets){octets, OCTETS, 0};
    device.other_is_up = chance(2) == 0;
}

static void lose_power(void)
{
    device.flash.cut_at = device.flash.operations + 1 + chance(60);
    device.flash.tear = (enum emu_tear)chance(EMU_TEARS);
    device.flash.tear_octets = chance(300);
}

static void be_honest(void)
{
    device.clock = CLOCK_RIGHT;
    device.is_out = device.other_is_up = false;
    device.ca.octets.len = device.ca.octets.at = 0;
    device.flash.cut_at = 0;
}

/* --- days --- */

static void bad_run(const struct wafer_request *request)
{
    static uint8_t octets[OCTETS];
    be_honest();
    if (chance(3) == 0) {
        lie_about_time();
    }
    if (chance(3) != 0) {
        be_hostile(octets);
    }
    if (chance(5) == 0) {
        lose_power();
    }
    device.is_out = chance(8) == 0;
    if (chance(3) != 0) {
        emu_device_reboot(&device);
    }
    (void)emu_device_run(&device, request, chance(20) == 0 ? FORCED : BY_SCHEDULE);
}

static void bad_day(const struct wafer_request *request)
{
    int64_t end_ms = device.now_ms + DAY * 1000ll;
    unsigned runs = chance(10) == 0 ? 24 : 1 + chance(4);
    for (unsigned i = 0; i < runs && device.now_ms < end_ms; i++) {
        bad_run(request);
        emu_device_sleep(&device, DAY / runs - 30 * 60);
    }
    if (device.now_ms < end_ms) {
        emu_device_sleep(&device, (end_ms - device.now_ms) / 1000);
    }
}

/* Looks every hour, as cron does. */
static void honest_day(const struct wafer_request *request)
{
    struct wafer_due due;
    be_honest();
    for (int hour = 0; hour < HONEST_H; hour++) {
        (void)emu_device_run(&device, request, BY_SCHEDULE);
        emu_device_sleep(&device, HOUR - (device.now_ms / 1000 - START) % HOUR);
    }
    const char *fault = emu_device_fault(&device, request);
    if (fault != NULL) {
        broken(NULL, fault, 0);
    }
    int rc = wafer_due(&device.store, request, device.now_ms / 1000 - HOUR, &due);
    if (rc != 0 || due.state != WAFER_DUE_VALID) {
        broken(NULL, "not renewed on an honest day", due.state);
    }
}

static void check_day(uint32_t orders)
{
    if (orders > ORDERS_PER_DAY) {
        broken(NULL, "too many orders on a day", orders);
    }
    for (unsigned i = 0; i < DEVICE_BLOCKS; i++) {
        if (device.flash.erases[i] > ERASES_PER_YEAR) {
            broken(NULL, "a block was erased too often", device.flash.erases[i]);
        }
    }
}

static void live_a_year(uint32_t lifetime_s)
{
    static const char *const names[] = {"device.test", "www.device.test"};
    const struct wafer_request request = {.names = names, .name_count = 1 + seed % 2};
    random_state = seed * 2654435761u + lifetime_s;
    emu_device_init(&device, START);
    device.broken = broken;
    device.ca.lifetime_s = lifetime_s;
    device.ca.wording = (uint8_t)seed;
    device.sees_fetches = chance(2) == 0;
    device.own_signer = chance(2) == 0;
    for (day = 0; day < DAYS; day++) {
        uint32_t orders = device.ca.orders_told;
        if (chance(BAD_OF) < BAD) {
            bad_day(&request);
        } else {
            honest_day(&request);
        }
        check_day(device.ca.orders_told - orders);
    }
    day = DAYS;
    honest_day(&request);
    print_message("seed %u, %u days: %u orders, %u certificates, block 0 erased %u times\n", seed,
                  lifetime_s / DAY, device.ca.orders_told, device.ca.issued, device.flash.erases[0]);
    emu_device_free(&device);
}

static void live_years(uint32_t lifetime_s)
{
    const char *chosen = getenv("WAFER_SEED");
    for (seed = 1; seed <= SEEDS; seed++) {
        seed = chosen != NULL ? (unsigned)strtoul(chosen, NULL, 10) : seed;
        live_a_year(lifetime_s);
        if (chosen != NULL) {
            break;
        }
    }
}

static void test_90_days(void **state)
{
    (void)state;
    live_years(90 * DAY);
}

static void test_6_days(void **state)
{
    (void)state;
    live_years(6 * DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_90_days),
        cmocka_unit_test(test_6_days),
    };
    return cmocka_run_group_tests_name("year", tests, NULL, NULL);
}
