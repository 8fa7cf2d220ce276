/* port/kv-flash: what struct wafer_flash promises, the store over it, and the figures of its
 * README. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "kv_bench.h"

static void test_blank(void **state)
{
    uint8_t data[3 * BLOCK];

    (void)state;
    assert_int_equal(kv_bench_read(BLOCK - 7, data, sizeof data), 0);
    for (size_t i = 0; i < sizeof data; i++) {
        assert_int_equal(data[i], 0xff);
    }
    assert_int_equal(kv_bench_emu.puts, 0);
    assert_int_equal(kv_bench_sync(), 0); /* nothing to do */
    assert_int_equal(kv_bench_emu.puts, 0);
}

static void test_program_and_sync(void **state)
{
    (void)state;
    assert_int_equal(kv_bench_program(10, "one"), 0);
    kv_bench_expect(10, "one");
    assert_int_equal(kv_bench_program(13, "two"), 0);
    kv_bench_expect(8, "\xff\xffonetwo\xff");
    assert_int_equal(kv_bench_emu.puts, 0); /* it gathers */
    assert_int_equal(kv_bench_sync(), 0);
    assert_int_equal(kv_bench_sync(), 0);
    assert_int_equal(kv_bench_emu.puts, 1);
    assert_memory_equal(kv_bench_emu.values[0].data + 10, "onetwo", 6);
    kv_bench_restart();
    kv_bench_expect(10, "onetwo");
    assert_int_equal(kv_bench_program(BLOCK - 2, "ab"), 0); /* what is there stays */
    assert_int_equal(kv_bench_program(BLOCK, "cd"), 0);     /* another block puts this one */
    assert_int_equal(kv_bench_emu.puts, 2);
    kv_bench_expect(BLOCK - 2, "abcd");
    assert_int_equal(kv_bench_sync(), 0);
    kv_bench_restart();
    kv_bench_expect(10, "onetwo");
    kv_bench_expect(BLOCK - 2, "abcd");
}

static void test_erase(void **state)
{
    (void)state;
    assert_int_equal(kv_bench_program(0, "old"), 0);
    assert_int_equal(kv_bench_program(BLOCK, "other"), 0);
    kv_bench_expect(0, "old");
    assert_int_equal(kv_bench_erase(0), 0); /* puts the other */
    assert_int_equal(kv_bench_emu.puts, 2);
    kv_bench_expect(0, "\xff\xff\xff");
    assert_memory_equal(kv_bench_emu.values[0].data, "old", 3); /* until the next put */
    assert_int_equal(kv_bench_program(0, "new"), 0);
    assert_int_equal(kv_bench_erase(0), 0);
    assert_int_equal(kv_bench_program(1, "new"), 0);
    assert_int_equal(kv_bench_emu.puts, 2);
    assert_int_equal(kv_bench_erase(1), 0);
    kv_bench_expect(0, "\xffnew");
    kv_bench_expect(BLOCK, "\xff\xff");
    assert_int_equal(kv_bench_sync(), 0);
    kv_bench_restart();
    kv_bench_expect(0, "\xffnew");
    kv_bench_expect(BLOCK, "\xff\xff");
}

/* --- the store over it --- */

static void test_store(void **state)
{
    (void)state;
    kv_bench_issue(0);
    for (int i = 0; i < 60; i++) {
        assert_int_equal(emu_life_issue(&kv_bench_device.life), 0);
        assert_true(emu_life_holds(&kv_bench_device.life, &kv_bench_device.life.now));
        if (i % 3 == 0) {
            assert_int_equal(kv_bench_mount(&kv_bench_device), 0); /* without a cut */
            assert_true(emu_life_holds(&kv_bench_device.life, &kv_bench_device.life.now));
        } else if (i % 3 == 1) {
            assert_int_equal(emu_kv_boot(&kv_bench_device), 0);
            assert_true(emu_life_holds(&kv_bench_device.life, &kv_bench_device.life.now));
        }
    }
}

/* --- figures for README.md --- */

static void test_figures(void **state)
{
    static const struct {
        uint32_t size, count;
    } geometries[] = {{512, 64}, {1024, 24}, {2048, 10}, {2048, 16}, {4096, 6}, {4096, 8}};
    enum { RENEWALS = 50 };

    (void)state;
    for (size_t i = 0; i < sizeof geometries / sizeof geometries[0]; i++) {
        uint64_t puts = 0, gets[2];
        struct wafer_store_usage usage;

        for (int whole = 0; whole < 2; whole++) {
            emu_kv_free(&kv_bench_emu);
            kv_bench_start(geometries[i].size, geometries[i].count, whole, 2800);
            kv_bench_device.life.plain = true;
            kv_bench_issue(10);
            kv_bench_emu.puts = kv_bench_emu.gets = 0;
            for (int n = 0; n < RENEWALS; n++) {
                assert_int_equal(emu_life_issue(&kv_bench_device.life), 0);
            }
            puts = kv_bench_emu.puts;
            gets[whole] = kv_bench_emu.gets / RENEWALS;
        }
        assert_int_equal(wafer_store_usage(&kv_bench_device.life.store, &usage), 0);
        print_message("%u x %u: capacity %u, %llu.%llu puts a renewal, %llu octets, %llu gets of parts, %llu "
                      "of values\n",
                      geometries[i].size, geometries[i].count, usage.capacity,
                      (unsigned long long)(puts / RENEWALS), (unsigned long long)(puts * 10 / RENEWALS % 10),
                      (unsigned long long)(puts * geometries[i].size / RENEWALS), (unsigned long long)gets[0],
                      (unsigned long long)gets[1]);
        assert_true(puts < RENEWALS * 25);
        assert_true(gets[1] < gets[0]);
    }
}

int main(void)
{
    static int whole = 1; /* state NULL: parts are read */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_blank, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_blank, kv_bench_set_up, kv_bench_tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_program_and_sync, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_program_and_sync, kv_bench_set_up, kv_bench_tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_erase, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_erase, kv_bench_set_up, kv_bench_tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_store, kv_bench_set_up, kv_bench_tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_store, kv_bench_set_up, kv_bench_tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_figures, kv_bench_set_up, kv_bench_tear_down),
    };
    return cmocka_run_group_tests_name("kv_flash", tests, NULL, NULL);
}
