/* A device's life on a key-value store, with the power cut in every put, and again while
 * it goes on after that: all or nothing, as on a flash. And what a KV store costs that
 * does not keep its promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "kv.h"

struct geometry {
    uint32_t block_size, block_count;
    uint32_t chain; /* octets of the largest chain */
    unsigned issuances;
    unsigned stride; /* so manieth cut is followed by second cuts */
    bool reader;     /* whole values are read */
};

struct device {
    struct emu_kv_device on;
    const struct geometry *geometry;
    unsigned depth; /* cuts behind it */
};

static unsigned long cuts, second_cuts, lost;

static void before(struct emu_kv *kv, uint32_t block, const uint8_t *data);

/* What is there after a cut, and does it go on? */
static void live_on(struct device *device)
{
    uint64_t puts = device->on.kv->puts;

    assert_int_equal(emu_kv_boot(&device->on), 0);
    assert_true(emu_life_settle(&device->on.life));
    assert_int_equal(device->on.kv->puts, puts); /* looking changes nothing */
    if (device->depth == 1) {
        device->on.kv->before = before;
        device->on.kv->before_ctx = device;
    }
    assert_int_equal(emu_life_issue(&device->on.life), 0);
    device->on.kv->before = NULL;
    assert_int_equal(emu_kv_boot(&device->on), 0);
    assert_true(emu_life_holds(&device->on.life, &device->on.life.now));
}

static void cut(const struct device *device, uint32_t block, const uint8_t *data, enum emu_kv_tear tear)
{
    static unsigned turn;
    static struct device after[2]; /* no more than two cuts behind each other */
    struct device *next = &after[device->depth];

    *next = *device;
    next->on.kv = emu_kv_clone(device->on.kv);
    next->on.kv->random += 2 * (uint32_t)(cuts + second_cuts);
    next->depth++;
    if (next->depth == 1) {
        cuts++;
        next->depth += turn++ % device->geometry->stride != 0;
    } else {
        second_cuts++;
    }
    emu_kv_tear(next->on.kv, block, data, tear);
    live_on(next);
    emu_kv_drop(next->on.kv);
}

/* The new value without a report is the same as the old one of the next put. */
static void before(struct emu_kv *kv, uint32_t block, const uint8_t *data)
{
    const struct device *device = kv->before_ctx;

    cut(device, block, data, EMU_KV_OLD);
    cut(device, block, data, EMU_KV_MIXED);
}

static void start(struct device *device, struct emu_kv *kv, const struct geometry *geometry)
{
    memset(device, 0, sizeof *device);
    device->geometry = geometry;
    device->on.kv = kv;
    device->on.life.chain = geometry->chain;
    emu_kv_init(kv, geometry->block_size, geometry->block_count);
    device->on.whole = geometry->reader;
    cuts = second_cuts = lost = 0;
    assert_int_equal(emu_kv_boot(&device->on), WAFER_E_BLANK);
    assert_int_equal(wafer_store_format(&device->on.life.store, &device->on.flash.flash), 0);
}

static void test_life(void **state)
{
    static struct device device;
    const struct geometry *geometry = *state;
    struct emu_kv kv;

    start(&device, &kv, geometry);
    while (device.on.life.number < geometry->issuances) {
        kv.before = before;
        kv.before_ctx = &device;
        assert_int_equal(emu_life_issue(&device.on.life), 0);
        kv.before = NULL;
        assert_true(emu_life_holds(&device.on.life, &device.on.life.now));
        if (device.on.life.number % 3 == 0) {
            assert_int_equal(emu_kv_boot(&device.on), 0);
        }
    }
    print_message("%u x %u: %llu puts, %lu cuts, %lu second cuts\n", geometry->block_size,
                  geometry->block_count, (unsigned long long)kv.puts, cuts, second_cuts);
    assert_true(cuts >= kv.puts && second_cuts > 0);
    emu_kv_free(&kv);
}

/* --- formatting --- */

/* A first format that was cut begins again without a question; of a later one anything
 * may be left that a format can be begun on. */
static void before_format(struct emu_kv *kv, uint32_t block, const uint8_t *data)
{
    static struct device after;
    const struct device *device = kv->before_ctx;

    for (int tear = EMU_KV_OLD; tear <= EMU_KV_MIXED; tear++) {
        after = *device;
        after.on.kv = emu_kv_clone(kv);
        emu_kv_tear(after.on.kv, block, data, (enum emu_kv_tear)tear);
        int rc = emu_kv_boot(&after.on);
        assert_true(rc == 0 || rc == WAFER_E_BLANK ||
                    (rc == WAFER_E_STORE_FORMAT && device->on.life.number > 0));
        if (rc < 0 || device->on.life.number > 0) {
            assert_int_equal(wafer_store_format(&after.on.life.store, &after.on.flash.flash), 0);
        }
        emu_life_forget(&after.on.life);
        assert_int_equal(emu_life_issue(&after.on.life), 0);
        assert_int_equal(emu_kv_boot(&after.on), 0);
        assert_true(emu_life_holds(&after.on.life, &after.on.life.now));
        emu_kv_drop(after.on.kv);
        cuts++;
    }
}

static void test_format(void **state)
{
    static const struct geometry geometry = {1024, 16, 1500, 0, 0, true};
    static struct device device;
    struct emu_kv kv;

    (void)state;
    device = (struct device){.geometry = &geometry,
                             .on = {.kv = &kv, .life = {.chain = geometry.chain}, .whole = true}};
    emu_kv_init(&kv, geometry.block_size, geometry.block_count);
    cuts = 0;
    for (int round = 0; round < 2; round++) {
        int rc = emu_kv_boot(&device.on);
        assert_int_equal(rc, round == 0 ? WAFER_E_BLANK : 0);
        kv.before = before_format;
        kv.before_ctx = &device;
        assert_int_equal(wafer_store_format(&device.on.life.store, &device.on.flash.flash), 0);
        kv.before = NULL;
        emu_life_forget(&device.on.life);
        for (int i = 0; i < 20; i++) {
            assert_int_equal(emu_life_issue(&device.on.life), 0);
        }
    }
    assert_true(cuts >= 3 * (2 + 16));
    emu_kv_free(&kv);
}

/* --- a KV store that is not atomic --- */

/* A cut may lose what was committed. But never is a value wrong, and the store goes on,
 * or is formatted anew. */
static void before_torn(struct emu_kv *kv, uint32_t block, const uint8_t *data)
{
    static struct device after;
    const struct device *device = kv->before_ctx;

    for (int tear = EMU_KV_PREFIX; tear < EMU_KV_TEARS; tear++) {
        after = *device;
        after.on.kv = emu_kv_clone(kv);
        emu_kv_tear(after.on.kv, block, data, (enum emu_kv_tear)tear);
        int rc = emu_kv_boot(&after.on);
        if (rc == 0) {
            assert_true(emu_life_sane(&after.on.life));
            lost += !emu_life_settle(&after.on.life);
        } else {
            assert_true(rc == WAFER_E_BLANK || rc == WAFER_E_STORE_FORMAT);
            assert_int_equal(wafer_store_format(&after.on.life.store, &after.on.flash.flash), 0);
            emu_life_forget(&after.on.life);
            lost++;
        }
        assert_int_equal(emu_life_issue(&after.on.life), 0);
        assert_int_equal(emu_kv_boot(&after.on), 0);
        assert_true(emu_life_sane(&after.on.life));
        emu_kv_drop(after.on.kv);
        cuts++;
    }
}

static void test_not_atomic(void **state)
{
    static const struct geometry geometry = {1024, 16, 1500, 0, 0, false};
    static struct device device;
    struct emu_kv kv;

    (void)state;
    start(&device, &kv, &geometry);
    while (device.on.life.number < 40) {
        kv.before = before_torn;
        kv.before_ctx = &device;
        assert_int_equal(emu_life_issue(&device.on.life), 0);
        kv.before = NULL;
    }
    print_message("not atomic: %lu of %lu cuts lose what was committed\n", lost, cuts);
    assert_true(lost > 0); /* else the header asks for too much */
    emu_kv_free(&kv);
}

static struct geometry geometries[] = {
    {512, 40, 1500, 24, 23, false}, {512, 24, 700, 24, 23, true},  {1024, 16, 1500, 24, 23, false},
    {1024, 24, 2800, 24, 23, true}, {2048, 5, 800, 24, 23, true},  {2048, 10, 2800, 24, 23, false},
    {4096, 2, 600, 24, 23, true},   {4096, 3, 700, 24, 23, false}, {4096, 6, 2800, 24, 23, true},
};

int main(void)
{
    enum { COUNT = sizeof geometries / sizeof geometries[0] };
    struct CMUnitTest tests[COUNT + 2] = {cmocka_unit_test(test_format), cmocka_unit_test(test_not_atomic)};
    static char names[COUNT][80];

    for (size_t i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "a life on %u values of %u%s", geometries[i].block_count,
                 geometries[i].block_size, geometries[i].reader ? ", read whole" : "");
        tests[i + 2] = (struct CMUnitTest)cmocka_unit_test_prestate(test_life, &geometries[i]);
        tests[i + 2].name = names[i];
    }
    return cmocka_run_group_tests_name("powerloss_kv", tests, NULL, NULL);
}
