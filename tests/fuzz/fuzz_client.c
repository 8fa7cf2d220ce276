/* Any past of a device: runs with clocks that lie, a CA that does, power that goes. Meanwhile each
 * operation ends in its time, the flash is worn within bounds, and the CA gets no orders in vain.
 * Then the clock is right and the CA honest: a certificate is there within two days.
 *
 * Input: an octet for the device, then for each run what kind it is, its clock, how long the device
 * slept before, after which operation of the flash the power goes, and how many octets of hostility
 * follow for the CA (tests/emu/ca_bend.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "device.h"

#define RUNS             12
#define HOUR             3600
#define DAY              86400
#define START            (WAFER_BUILD_TIME + 100 * (int64_t)DAY)
#define RECOVERS_S       (2 * DAY) /* the longest schedule is a day */
#define HONEST_RUNS      40
#define ERASES_PER_RUN   (2 * DEVICE_BLOCKS) /* each block is taken as head twice at most */
#define PROGRAMS_PER_RUN (2 * DEVICE_BLOCKS * DEVICE_BLOCK / 64)
#define ORDERS_PER_RUN   2 /* one, and one in the place of an order that turned out invalid */
#define VAIN_ORDERS \
    8 /* in a day by the schedule after failures: at 0, 1, 10, 100 minutes, and what a forced run adds */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct emu_device device;
static struct ca_octets input;
static const char *const names[] = {"device.test", "www.device.test", "third.test"};

static uint8_t take(void)
{
    return input.at < input.len ? input.data[input.at++] : 0;
}

static void broken(void *ctx, const char *rule, int64_t value)
{
    const struct wafer_last *last = wafer_last(&device.w);
    (void)ctx;
    fprintf(stderr, "BROKEN: %s: %lld; last error %d (%s), HTTP %d, step %s, %s\n", rule, (long long)value,
            last->error, wafer_error_text(last->error), last->http_status, wafer_step_text(last->step),
            wafer_last_string(last, 0));
    abort();
}

static void require(bool holds, const char *rule, int64_t value)
{
    if (!holds) {
        broken(NULL, rule, value);
    }
}

static void set_clock(uint8_t octet)
{
    static const int64_t at[] = {0, WAFER_BUILD_TIME, 2000000000, 4070908800};
    static const int32_t off[] = {HOUR, 8 * HOUR, 2 * DAY, 8 * DAY, 30 * DAY, 400 * DAY};
    device.clock = CLOCK_RIGHT;
    if (octet >= 0xf0) {
        device.clock = CLOCK_UNKNOWN;
    } else if (octet >= 0xc0) {
        device.clock = CLOCK_AT;
        device.clock_s = at[octet % 4];
    } else if (octet >= 0x80) {
        device.clock = CLOCK_OFF;
        device.clock_s = octet & 0x20 ? -off[octet % 6] : off[octet % 6];
    }
}

static uint32_t all_erases(void)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < DEVICE_BLOCKS; i++) {
        sum += device.flash.erases[i];
    }
    return sum;
}

/* One run, and what it may cost. */
static void run_once(const struct wafer_request *request, enum device_force force)
{
    uint32_t erases = all_erases(), orders = device.ca.order_count;
    uint64_t programs = device.flash.programs;
    (void)emu_device_run(&device, request, force);
    erases = all_erases() - erases;
    programs = device.flash.programs - programs;
    orders = device.ca.order_count - orders;
    require(erases <= ERASES_PER_RUN, "a run erases too often", erases);
    require(programs <= PROGRAMS_PER_RUN, "a run programs too often", (int64_t)programs);
    require(orders <= ORDERS_PER_RUN, "a run places too many orders", orders);
}

/* One run of the past. */
static void bad_run(const struct wafer_request *request)
{
    uint8_t kind = take(), clock = take(), sleep = take(), cut = take(), octets = take();
    size_t left = input.len - input.at;
    emu_device_sleep(&device, sleep < 0x80 ? sleep : (sleep & 0x7f) * (int64_t)HOUR);
    if ((kind & 1) == 0) {
        emu_device_reboot(&device);
    }
    set_clock(clock);
    device.is_out = (kind & 0xe0) == 0xe0;
    device.other_is_up = (kind & 2) != 0;
    device.ca.octets = (struct ca_octets){input.data + input.at, octets < left ? octets : left, 0};
    input.at += device.ca.octets.len;
    if (cut >= 0x80) {
        device.flash.cut_at = device.flash.operations + cut - 0x7f;
        device.flash.tear = (enum emu_tear)(kind / 8 % EMU_TEARS);
        device.flash.tear_octets = cut;
    }
    run_once(request, (kind & 4) != 0 ? FORCED : BY_SCHEDULE);
    device.flash.cut_at = 0;
}

/* Seconds until the device looks again. */
static int64_t time_to_sleep(const struct wafer_request *request)
{
    struct wafer_due due;
    int64_t now = emu_device_wall(&device);
    int rc = wafer_due(&device.store, request, now, &due);
    return rc == 0 && due.when > now ? due.when - now + 1 : 60;
}

static void must_recover(const struct wafer_request *request)
{
    int64_t end_ms = device.now_ms + RECOVERS_S * 1000ll;
    const char *fault = "it has not tried";
    device.clock = CLOCK_RIGHT;
    device.is_out = device.other_is_up = false;
    device.ca.octets.len = device.ca.octets.at = 0;
    for (int i = 0; i < HONEST_RUNS && device.now_ms < end_ms; i++) {
        run_once(request, BY_SCHEDULE);
        fault = emu_device_fault(&device, request);
        if (fault == NULL) {
            return;
        }
        int64_t sleep = time_to_sleep(request);
        if (device.now_ms + sleep * 1000 > end_ms) {
            broken(NULL, fault, sleep);
        }
        emu_device_sleep(&device, sleep);
    }
    broken(NULL, fault, -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t lifetimes[] = {90 * DAY, 6 * DAY, DAY + HOUR, 365 * DAY};
    input = (struct ca_octets){data, size, 0};
    uint8_t kind = take();
    const struct wafer_preferred_chain preferred = wafer_prefer_chain("other emulated root");
    const struct wafer_request request = {
        .names = names, .name_count = 1 + kind / 4 % 3u, .preferred_chain = kind & 0x80 ? &preferred : NULL};
    emu_device_init(&device, START);
    device.broken = broken;
    device.sees_fetches = (kind & 1) == 0;
    device.own_signer = (kind & 2) == 0;
    device.ca.lifetime_s = lifetimes[kind >> 5 & 3];
    device.ca.wording = kind;
    for (int i = 0; i < RUNS && input.at < input.len; i++) {
        bad_run(&request);
    }
    must_recover(&request);
    emu_device_free(&device);
    return 0;
}
