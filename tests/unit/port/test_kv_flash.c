/* port/kv-flash: what struct wafer_flash promises, the store over it, and the figures of its
 * README. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "kv.h"

#define BLOCK 1024
#define COUNT 16
#define CHAIN 1500

static struct emu_kv emu;
static struct emu_kv_device device;

static void set_up_of(uint32_t block_size, uint32_t block_count, bool whole, uint32_t chain)
{
    emu_kv_init(&emu, block_size, block_count);
    device = (struct emu_kv_device){.kv = &emu, .whole = whole, .life = {.chain = chain}};
    assert_int_equal(emu_kv_boot(&device), WAFER_E_BLANK);
}

static int set_up(void **state)
{
    set_up_of(BLOCK, COUNT, *state != NULL, CHAIN);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    emu_kv_free(&emu);
    return 0;
}

static void format_and_issue(unsigned issuances)
{
    assert_int_equal(wafer_store_format(&device.life.store, &device.flash.flash), 0);
    for (unsigned i = 0; i < issuances; i++) {
        assert_int_equal(emu_life_issue(&device.life), 0);
    }
}

static int mount(struct emu_kv_device *on)
{
    return wafer_store_mount(&on->life.store, &on->flash.flash);
}

/* --- the promises of struct wafer_flash --- */

static int read_at(uint32_t address, uint8_t *data, size_t len)
{
    return device.flash.flash.read(&device.flash, address, data, len);
}

static int program(uint32_t address, const char *text)
{
    return device.flash.flash.program(&device.flash, address, text, strlen(text));
}

static int sync_flash(void)
{
    return device.flash.flash.sync(&device.flash);
}

static int erase(uint32_t block)
{
    return device.flash.flash.erase(&device.flash, block);
}

static void expect(uint32_t address, const char *text)
{
    uint8_t got[64];
    size_t len = strlen(text);

    assert_int_equal(read_at(address, got, len), 0);
    assert_memory_equal(got, text, len);
}

/* After a power cut. What is in these blocks is no store. */
static void restart(void)
{
    assert_int_equal(emu_kv_boot(&device), WAFER_E_STORE_FORMAT);
}

static void test_blank(void **state)
{
    uint8_t data[3 * BLOCK];

    (void)state;
    assert_int_equal(read_at(BLOCK - 7, data, sizeof data), 0);
    for (size_t i = 0; i < sizeof data; i++) {
        assert_int_equal(data[i], 0xff);
    }
    assert_int_equal(emu.puts, 0);
    assert_int_equal(sync_flash(), 0); /* nothing to do */
    assert_int_equal(emu.puts, 0);
}

static void test_program_and_sync(void **state)
{
    (void)state;
    assert_int_equal(program(10, "one"), 0);
    expect(10, "one");
    assert_int_equal(program(13, "two"), 0);
    expect(8, "\xff\xffonetwo\xff");
    assert_int_equal(emu.puts, 0); /* it gathers */
    assert_int_equal(sync_flash(), 0);
    assert_int_equal(sync_flash(), 0);
    assert_int_equal(emu.puts, 1);
    assert_memory_equal(emu.values[0].data + 10, "onetwo", 6);
    restart();
    expect(10, "onetwo");
    assert_int_equal(program(BLOCK - 2, "ab"), 0); /* what is there stays */
    assert_int_equal(program(BLOCK, "cd"), 0);     /* another block puts this one */
    assert_int_equal(emu.puts, 2);
    expect(BLOCK - 2, "abcd");
    assert_int_equal(sync_flash(), 0);
    restart();
    expect(10, "onetwo");
    expect(BLOCK - 2, "abcd");
}

static void test_erase(void **state)
{
    (void)state;
    assert_int_equal(program(0, "old"), 0);
    assert_int_equal(program(BLOCK, "other"), 0);
    expect(0, "old");
    assert_int_equal(erase(0), 0); /* puts the other */
    assert_int_equal(emu.puts, 2);
    expect(0, "\xff\xff\xff");
    assert_memory_equal(emu.values[0].data, "old", 3); /* until the next put */
    assert_int_equal(program(0, "new"), 0);
    assert_int_equal(erase(0), 0);
    assert_int_equal(program(1, "new"), 0);
    assert_int_equal(emu.puts, 2);
    assert_int_equal(erase(1), 0);
    expect(0, "\xffnew");
    expect(BLOCK, "\xff\xff");
    assert_int_equal(sync_flash(), 0);
    restart();
    expect(0, "\xffnew");
    expect(BLOCK, "\xff\xff");
}

/* --- the store over it --- */

static void test_store(void **state)
{
    (void)state;
    format_and_issue(0);
    for (int i = 0; i < 60; i++) {
        assert_int_equal(emu_life_issue(&device.life), 0);
        assert_true(emu_life_holds(&device.life, &device.life.now));
        if (i % 3 == 0) {
            assert_int_equal(mount(&device), 0); /* without a cut */
            assert_true(emu_life_holds(&device.life, &device.life.now));
        } else if (i % 3 == 1) {
            assert_int_equal(emu_kv_boot(&device), 0);
            assert_true(emu_life_holds(&device.life, &device.life.now));
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
            emu_kv_free(&emu);
            set_up_of(geometries[i].size, geometries[i].count, whole, 2800);
            device.life.plain = true;
            format_and_issue(10);
            emu.puts = emu.gets = 0;
            for (int n = 0; n < RENEWALS; n++) {
                assert_int_equal(emu_life_issue(&device.life), 0);
            }
            puts = emu.puts;
            gets[whole] = emu.gets / RENEWALS;
        }
        assert_int_equal(wafer_store_usage(&device.life.store, &usage), 0);
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
        cmocka_unit_test_setup_teardown(test_blank, set_up, tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_blank, set_up, tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_program_and_sync, set_up, tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_program_and_sync, set_up, tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_erase, set_up, tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_erase, set_up, tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_store, set_up, tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_store, set_up, tear_down, &whole),
        cmocka_unit_test_setup_teardown(test_figures, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("kv_flash", tests, NULL, NULL);
}
