/* port/kv-flash: values that are missing, cut short or corrupt, and a KV store that fails at
 * each call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "kv_bench.h"

/* --- values that are not as they were put --- */

static uint32_t head(void)
{
    return kv_bench_device.life.store.head;
}

/* A block that has lost its value is one block less: mounted, sane, in use again. */
static void expect_goes_on(void)
{
    assert_int_equal(emu_kv_boot(&kv_bench_device), 0);
    assert_true(emu_life_sane(&kv_bench_device.life));
    emu_life_forget(&kv_bench_device.life);
    for (int i = 0; i < 10; i++) { /* all around */
        assert_int_equal(emu_life_issue(&kv_bench_device.life), 0);
    }
    assert_int_equal(emu_kv_boot(&kv_bench_device), 0);
    assert_true(emu_life_sane(&kv_bench_device.life));
    struct wafer_store_usage usage;
    assert_int_equal(wafer_store_usage(&kv_bench_device.life.store, &usage), 0);
    assert_int_equal(usage.failed + usage.retired, 0); /* no block counts as worn */
}

static void test_wrong_lengths(void **state)
{
    static const uint32_t lengths[] = {0, 1, 31, 32, 33, BLOCK / 2, BLOCK - 1, BLOCK + 1, 2 * BLOCK};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        emu_kv_free(&kv_bench_emu);
        kv_bench_start(BLOCK, COUNT, kv_bench_device.whole, CHAIN);
        kv_bench_issue(12);
        struct emu_kv_value *value = &kv_bench_emu.values[i % 2 == 0 ? head() : (head() + COUNT - 1) % COUNT];
        assert_true(value->there);
        value->len = lengths[i];
        expect_goes_on();
    }
}

static void test_missing_and_corrupt(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        emu_kv_free(&kv_bench_emu);
        kv_bench_start(BLOCK, COUNT, kv_bench_device.whole, CHAIN);
        kv_bench_issue(12);
        struct emu_kv_value *value = &kv_bench_emu.values[i % 2 == 0 ? head() : (head() + COUNT - 1) % COUNT];
        value->there = i / 2 == 0;
        value->corrupt = i / 2 != 0;
        if (value->corrupt) {
            value->there = true;
        }
        expect_goes_on();
    }
}

/* Nothing but foreign values: never formatted unasked, and a format works. */
static void test_other_geometry(void **state)
{
    (void)state;
    kv_bench_issue(5);
    for (int i = 0; i < COUNT; i++) {
        kv_bench_emu.values[i].there = true;
        kv_bench_emu.values[i].len = BLOCK / 2;
    }
    assert_int_equal(emu_kv_boot(&kv_bench_device), WAFER_E_STORE_FORMAT);
    for (int i = 0; i < COUNT; i++) {
        kv_bench_emu.values[i].len = 2 * BLOCK;
    }
    assert_int_equal(emu_kv_boot(&kv_bench_device), WAFER_E_STORE_FORMAT);
    uint64_t puts = kv_bench_emu.puts;
    assert_int_equal(wafer_store_format(&kv_bench_device.life.store, &kv_bench_device.flash.flash), 0);
    assert_true(kv_bench_emu.puts >= puts + COUNT);
    emu_life_forget(&kv_bench_device.life);
    assert_int_equal(emu_life_issue(&kv_bench_device.life), 0);
    assert_int_equal(emu_kv_boot(&kv_bench_device), 0);
    assert_true(emu_life_holds(&kv_bench_device.life, &kv_bench_device.life.now));
    for (int i = 0; i < COUNT; i++) { /* all values deleted, or created and never written: a new device */
        kv_bench_emu.values[i].there = i % 2 == 0;
        kv_bench_emu.values[i].len = 0;
    }
    assert_int_equal(emu_kv_boot(&kv_bench_device), WAFER_E_BLANK);
}

/* What can't be read now is no reason to change anything. */
static void test_unreadable(void **state)
{
    (void)state;
    kv_bench_issue(12);
    uint64_t puts = kv_bench_emu.puts;
    kv_bench_emu.fail_from = 0;
    kv_bench_emu.fail_to = UINT64_MAX;
    assert_int_equal(emu_kv_boot(&kv_bench_device), WAFER_E_FLASH);
    assert_int_equal(wafer_store_format(&kv_bench_device.life.store, &kv_bench_device.flash.flash), WAFER_E_FLASH);
    assert_int_equal(kv_bench_program(0, "x"), WAFER_E_FLASH);
    assert_int_equal(kv_bench_emu.puts, puts);
    kv_bench_emu.fail_to = 0;
    assert_int_equal(emu_kv_boot(&kv_bench_device), 0);
    assert_true(emu_life_holds(&kv_bench_device.life, &kv_bench_device.life.now));
}

/* Damage is not programmed over: what is there stays until it is erased. */
static void test_program_on_damage(void **state)
{
    uint8_t got[2];

    (void)state;
    assert_int_equal(kv_bench_program(0, "text"), 0);
    assert_int_equal(kv_bench_program(BLOCK, "other"), 0);
    assert_int_equal(kv_bench_sync(), 0);
    kv_bench_emu.values[0].len = 100;
    kv_bench_restart();
    assert_int_equal(kv_bench_program(200, "x"), WAFER_E_FLASH);
    assert_int_equal(kv_bench_sync(), 0);
    assert_int_equal(kv_bench_emu.values[0].len, 100);
    assert_int_equal(kv_bench_read(0, got, 2), 0);
    assert_memory_equal(got, "\0\0", 2);
    assert_int_equal(kv_bench_erase(0), 0);
    assert_int_equal(kv_bench_program(0, "anew"), 0);
    assert_int_equal(kv_bench_sync(), 0);
    kv_bench_restart();
    kv_bench_expect(0, "anew");
    kv_bench_expect(BLOCK, "other");
}

/* --- a KV store that fails --- */

/* What a get that failed left in memory is nobody's block. */
static void test_failed_get(void **state)
{
    (void)state;
    assert_int_equal(kv_bench_program(0, "text"), 0);
    assert_int_equal(kv_bench_program(BLOCK, "other"), 0);
    kv_bench_expect(0, "text");
    kv_bench_emu.fail_to = UINT64_MAX;
    assert_int_equal(kv_bench_program(2 * BLOCK, "x"), WAFER_E_FLASH); /* nor can that be put */
    kv_bench_expect(BLOCK, "other");
    kv_bench_emu.fail_to = 0;
    assert_int_equal(kv_bench_sync(), 0);
    kv_bench_emu.fail_to = UINT64_MAX;
    assert_int_equal(kv_bench_program(2 * BLOCK, "x"), WAFER_E_FLASH);
    uint8_t octet;
    assert_int_equal(kv_bench_read(3 * BLOCK, &octet, 1), WAFER_E_FLASH);
    kv_bench_emu.fail_to = 0;
    kv_bench_expect(0, "text");
    kv_bench_expect(BLOCK, "other");
    assert_int_equal(kv_bench_sync(), 0);
    kv_bench_restart();
    kv_bench_expect(0, "text");
    kv_bench_expect(BLOCK, "other");
    kv_bench_expect(2 * BLOCK, "\xff");

    assert_int_equal(kv_bench_read(0, &octet, 1), 0); /* and what was read before that */
    kv_bench_emu.fail_to = UINT64_MAX;
    assert_int_equal(kv_bench_read(BLOCK, &octet, 1), WAFER_E_FLASH);
    kv_bench_emu.fail_to = 0;
    kv_bench_expect(0, "text");
}

/* A put that failed is not done until one has worked, whatever comes between. */
static void test_failed_put(void **state)
{
    (void)state;
    for (int tear = 0; tear < EMU_KV_TEARS; tear++) {
        kv_bench_emu.tear = (enum emu_kv_tear)tear;
        assert_int_equal(kv_bench_erase(0), 0);
        assert_int_equal(kv_bench_program(0, "text"), 0);
        kv_bench_emu.fail_from = 0;
        kv_bench_emu.fail_to = UINT64_MAX;
        assert_int_equal(kv_bench_sync(), WAFER_E_FLASH);
        assert_int_equal(kv_bench_sync(), WAFER_E_FLASH); /* nor the second time */
        assert_int_equal(kv_bench_program(BLOCK, "other"), WAFER_E_FLASH);
        assert_int_equal(kv_bench_erase(2), WAFER_E_FLASH);
        kv_bench_expect(0, "text");
        assert_int_equal(kv_bench_program(4, " more"), 0);
        kv_bench_emu.fail_to = 0;
        kv_bench_expect(0, "text more");
        assert_int_equal(kv_bench_sync(), 0);
        kv_bench_restart();
        kv_bench_expect(0, "text more");
    }
}

/* One that says it has, and has not, is found out. */
static void test_lying_put(void **state)
{
    (void)state;
    kv_bench_issue(5);
    kv_bench_emu.lies = true;
    assert_int_equal(emu_life_issue(&kv_bench_device.life), WAFER_E_FLASH);
    kv_bench_emu.lies = false;
    assert_true(emu_life_settle(&kv_bench_device.life));
    assert_int_equal(emu_life_issue(&kv_bench_device.life), 0);
    assert_int_equal(emu_kv_boot(&kv_bench_device), 0);
    assert_true(emu_life_holds(&kv_bench_device.life, &kv_bench_device.life.now));
}

static void copy_device(struct emu_kv_device *to, const struct emu_kv_device *from)
{
    *to = *from;
    to->kv = emu_kv_clone(from->kv);
    wafer_kv_flash_init(&to->flash, &to->kv->kv, to->block, to->whole ? to->reader : NULL);
    assert_int_equal(kv_bench_mount(to), 0);
    to->kv->calls = 0;
}

/* The power goes after the failure, or the device goes on, and it goes then. */
static void expect_recovers(struct emu_kv_device *failed, int rc)
{
    static struct emu_kv_device cut;

    failed->kv->fail_from = failed->kv->fail_to = 0;
    cut = *failed;
    cut.kv = emu_kv_clone(failed->kv);
    assert_int_equal(emu_kv_boot(&cut), 0);
    if (rc == 0) {
        assert_true(emu_life_holds(&cut.life, &cut.life.now));
    } else {
        assert_int_equal(rc, WAFER_E_FLASH);
        assert_true(emu_life_settle(&cut.life));
    }
    assert_int_equal(emu_life_issue(&cut.life), 0);
    emu_kv_drop(cut.kv);

    assert_true(emu_life_settle(&failed->life));
    assert_int_equal(emu_life_issue(&failed->life), 0);
    assert_int_equal(emu_kv_boot(failed), 0); /* what is reported is so, however it came about */
    assert_true(emu_life_holds(&failed->life, &failed->life.now));
}

/* Each call fails once, or all do from it on, through the issuances of a full circle. */
static void test_each_call_fails(void **state)
{
    static const uint64_t durations[] = {1, 3, UINT32_MAX};
    static struct emu_kv_device after;
    unsigned long failures = 0;

    (void)state;
    kv_bench_issue(3);
    for (unsigned i = 0; i < 4; i++) {
        uint64_t before = kv_bench_emu.calls, calls;
        struct emu_kv_device *base = &kv_bench_device;

        assert_int_equal(emu_kv_boot(base), 0);
        copy_device(&after, base);
        assert_int_equal(emu_life_issue(&after.life), 0);
        calls = after.kv->calls;
        emu_kv_drop(after.kv);
        for (uint64_t at = 1; at <= calls; at += kv_bench_device.whole ? 1 : 29) {
            copy_device(&after, base);
            after.kv->fail_from = at;
            after.kv->fail_to = at + durations[(at + i) % 3];
            after.kv->tear = at % 2 == 0 ? EMU_KV_OLD : EMU_KV_NEW;
            int rc = emu_life_issue(&after.life);
            failures += rc < 0;
            expect_recovers(&after, rc);
            emu_kv_drop(after.kv);
        }
        assert_int_equal(emu_life_issue(&kv_bench_device.life), 0);
        assert_true(kv_bench_emu.calls > before);
    }
    assert_true(failures > 40);
    print_message("%lu failures\n", failures);
}

int main(void)
{
    static int whole = 1; /* state NULL: parts are read */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_wrong_lengths, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_wrong_lengths, kv_bench_set_up, kv_bench_tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_missing_and_corrupt, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_missing_and_corrupt, kv_bench_set_up, kv_bench_tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_other_geometry, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_other_geometry, kv_bench_set_up, kv_bench_tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_unreadable, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_unreadable, kv_bench_set_up, kv_bench_tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_program_on_damage, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_program_on_damage, kv_bench_set_up, kv_bench_tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_failed_get, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_failed_get, kv_bench_set_up, kv_bench_tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_failed_put, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_failed_put, kv_bench_set_up, kv_bench_tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_lying_put, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_lying_put, kv_bench_set_up, kv_bench_tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_each_call_fails, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_each_call_fails, kv_bench_set_up, kv_bench_tear_down, &whole),
    };
    return cmocka_run_group_tests_name("kv_failing", tests, NULL, NULL);
}
