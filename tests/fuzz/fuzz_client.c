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
#define RECOVERS_S       (5 * DAY / 2) /* a day and a tenth, and once more for an order that answers nothing but 500 */
#define HONEST_RUNS      40
#define ERASES_PER_RUN   (2 * DEVICE_BLOCKS) /* each block is taken as head twice at most */
#define PROGRAMS_PER_RUN (2 * DEVICE_BLOCKS * DEVICE_BLOCK / 64)
#define ORDERS_PER_RUN   2 /* one, and one in the place of an order that turned out invalid */
/* In a day, while a clock runs evenly and nobody forces anything: after 0, 1, 10, 100 minutes, and
 * once more nearly a day later. */
#define ORDERS_PER_DAY (5 * ORDERS_PER_RUN)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct emu_device device;
static struct ca_octets input;

/* What happened while the clock ran evenly. */
static struct {
    enum device_clock clock;
    int64_t clock_s;
    int64_t success_ms;             /* 0: there was none */
    int64_t orders[ORDERS_PER_DAY]; /* when, in ms; 0: none */
    unsigned order;
} even;

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

static uint32_t sequence(const struct wafer_request *request)
{
    struct wafer_certificate c;
    int slot = wafer_certificate_find(&device.store, request->names[0]);
    return slot >= 0 && wafer_certificate_open(&device.store, (uint8_t)slot, &c) == 0 ? c.sequence : 0;
}

static void begin_evenly(enum device_force force)
{
    if (force == FORCED || device.clock > CLOCK_OFF || device.clock != even.clock ||
        device.clock_s != even.clock_s) {
        memset(&even, 0, sizeof even);
        even.clock = device.clock;
        even.clock_s = device.clock_s;
    }
}

static void count_order(void)
{
    int64_t *oldest = &even.orders[even.order++ % ORDERS_PER_DAY];
    require(*oldest == 0 || device.now_ms - *oldest >= DAY * 1000ll, "too many orders in a day",
            ORDERS_PER_DAY);
    *oldest = device.now_ms;
}

enum honesty { HOSTILE, HONEST };

/* One run, and what it may cost. */
static void run_once(const struct wafer_request *request, enum device_force force, enum honesty honesty)
{
    uint32_t erases = all_erases(), orders = device.ca.orders_told, issued = device.ca.issued;
    uint64_t programs = device.flash.programs;
    int64_t begin_ms = device.now_ms;
    emu_device_wake(&device);
    uint32_t before = sequence(request);
    (void)emu_device_run(&device, request, force);
    uint32_t after = sequence(request);
    begin_evenly(force);
    require(all_erases() - erases <= ERASES_PER_RUN, "a run erases too often", all_erases() - erases);
    programs = device.flash.programs - programs;
    require(programs <= PROGRAMS_PER_RUN, "a run programs too often", (int64_t)programs);
    orders = device.ca.orders_told - orders;
    require(orders <= ORDERS_PER_RUN, "a run places too many orders", orders);
    while (orders-- > 0) {
        count_order();
    }
    if (honesty == HONEST) {
        require(device.ca.issued == issued || after != before, "a good certificate is thrown away", after);
    }
    if (after != before && before != 0) {
        require(even.success_ms == 0 || begin_ms - even.success_ms >= HOUR * 1000ll,
                "issued again within an hour", begin_ms - even.success_ms);
    }
    even.success_ms = after != before ? device.now_ms : even.success_ms;
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
    bool is_honest = octets == 0 && cut < 0x80 && !device.is_out;
    run_once(request, (kind & 4) != 0 ? FORCED : BY_SCHEDULE, is_honest ? HONEST : HOSTILE);
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
        run_once(request, BY_SCHEDULE, HONEST);
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
    memset(&even, 0, sizeof even);
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
