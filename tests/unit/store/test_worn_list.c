/* The list of worn blocks: its octets, what of it is believed, and what becomes of it when it rots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "worn_kit.h"

/* The list as docs/store-format.md has it; one that makes no sense is none. */
static void test_list(void **state)
{
    static const uint8_t lists[][6] = {
        {1, 4, 0, 2, 0}, {2, 4, 0, 2, 0}, {0, 4, 0, 2, 0}, {3, 4, 0, 2, 0}, {5, 1, 0}, {255}, {0},
        {1, 0xff, 0xff}, {1, 4, 0, 2},    {1, 4}};
    static const struct {
        unsigned len, retired, failed;
    } want[] = {{5, 1, 1}, {5, 2, 0}, {5, 0, 2}, {5, 0, 0}, {3, 0, 0},
                {1, 0, 0}, {1, 0, 0}, {3, 1, 0}, {4, 1, 0}, {2, 0, 0}};
    struct wafer_value value;
    uint8_t list[40];

    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        fresh(2048, 6, 4);
        assert_int_equal(wafer_store_begin(&store), 0);
        assert_int_equal(wafer_store_put(&store, WAFER_KIND_WORN, 0, lists[i], want[i].len), 0);
        assert_int_equal(wafer_store_commit(&store), 0);
        remount();
        assert_int_equal(usage().retired, want[i].retired);
        assert_int_equal(usage().failed, want[i].failed);
        if (i < 2) {
            assert_int_equal(wafer_worn_failures(&store, 4), 2);
            assert_int_equal(wafer_worn_failures(&store, 2), 1 + i);
        }
        live(2);
        emu_flash_free(&emu);
    }
    /* And what is written: the retired ones first. */
    fresh(2048, 40, 4);
    emu.fault[3] = emu.fault[20] = EMU_ERASE_FAILS;
    live(4);
    emu.fault[9] = EMU_PROGRAM_FAILS;
    while (usage().failed == 0) {
        assert_int_equal(put(WAFER_KIND_CERT, 1, 300), 0);
        remount();
    }
    assert_int_equal(wafer_store_find(&store, WAFER_KIND_WORN, 0, 0, &value), 0);
    assert_int_equal(wafer_store_read(&store, &value, 0, list, sizeof list), 7);
    assert_memory_equal(list, ((uint8_t[]){2, 3, 0, 20, 0, 9, 0}), 7);
    emu_flash_free(&emu);
    /* A full one: what failed once gives way to what failed now. */
    fresh(1024, 40, 4);
    for (uint32_t i = 0; i < 20; i++) {
        wafer_worn_strike(&store, i);
        assert_int_equal(wafer_worn_failures(&store, i), 1);
    }
    assert_int_equal(usage().failed, WAFER_STORE_WORN);
    assert_int_equal(wafer_worn_failures(&store, 18), 0);
    for (uint32_t i = 0; i < 40; i++) {
        wafer_worn_strike(&store, i / 2 + 3);
        wafer_worn_strike(&store, i / 2 + 3);
    }
    assert_int_equal(usage().retired, WAFER_STORE_WORN);
    assert_int_equal(usage().failed, 0);
    assert_int_equal(put(WAFER_KIND_CERT, 1, 300), 0);
    remount();
    assert_int_equal(usage().retired, WAFER_STORE_WORN);
    live(2);
    emu_flash_free(&emu);
}

/* Any bit of the list rots: an older one is used, or none, and the store works. */
static void test_list_rots(void **state)
{
    (void)state;
    fresh(1024, 8, 4);
    emu.fault[3] = EMU_ERASE_FAILS;
    live(3);
    for (uint32_t at = 0; at < 8 * 1024; at += 3) {
        struct emu_flash *clone = emu_flash_clone(&emu), whole = emu;

        emu = *clone;
        emu.flash.ctx = &emu;
        emu_flash_flip(&emu, at, at % 8);
        remount();
        assert_in_range(usage().retired + usage().failed, 0, 1);
        emu.fault[3] = EMU_ERASE_FAILS;
        memset(emu.programmed, 0, 8 * 1024 / 4); /* flipped units may look erased */
        assert_int_equal(put(WAFER_KIND_KEY, 5, 32), 0);
        assert_int_equal(put(WAFER_KIND_CERT, 6, 900), 0);
        assert_true(has(WAFER_KIND_KEY, 5, 32) && has(WAFER_KIND_CERT, 6, 900));
        emu_flash_drop(clone);
        emu = whole;
    }
    emu_flash_free(&emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_list_rots),
    };

    return cmocka_run_group_tests_name("list of worn blocks", tests, NULL, NULL);
}
