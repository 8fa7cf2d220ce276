/* Rot in records, in headers and anywhere: the newest whole version is found, and life goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "kit.h"

/* Each bit of the newest version flipped: the older one is found, or the newest still. */
static void test_rot_in_records(void **state)
{
    (void)state;
    fresh(4096, 4, 1, 0xff);
    assert_int_equal(put(WAFER_KIND_CHAIN, 0, 1, 500), 0);
    uint32_t from = store.offset;
    assert_int_equal(put(WAFER_KIND_CHAIN, 0, 2, 500), 0);
    uint32_t to = store.offset;
    assert_int_equal(put(WAFER_KIND_KEY, 0, 3, 32), 0);
    for (uint32_t at = from; at < to; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            emu_flash_flip(&emu, at, bit);
            remount();
            bool newest = has(WAFER_KIND_CHAIN, 0, 0, 2, 500);
            assert_true(newest || has(WAFER_KIND_CHAIN, 0, 0, 1, 500));
            assert_true(!newest || (at >= from + 512 + 36 && at < from + 560)); /* only in padding */
            assert_true(has(WAFER_KIND_KEY, 0, 0, 3, 32)); /* what follows is found again */
            emu_flash_flip(&emu, at, bit);
        }
    }
    emu_flash_free(&emu);
}

/* A flipped bit in a block's header is repaired; a lost header loses no other block. */
static void test_rot_in_headers(void **state)
{
    (void)state;
    for (uint32_t count = 2; count <= 8; count += 6) {
        fresh(4096, count, 4, 0xff);
        for (unsigned i = 0; i < 40; i++) {
            assert_int_equal(put(WAFER_KIND_CERT, i % 3, i, 400), 0);
            assert_int_equal(put(WAFER_KIND_KEY, i % 3, i, 32), 0);
        }
        for (uint32_t block = 0; block < count; block++) {
            for (uint32_t bit = 0; bit < 32 * 8; bit++) {
                emu_flash_flip(&emu, block * 4096 + bit / 8, bit % 8);
                remount();
                for (unsigned i = 37; i < 40; i++) {
                    assert_true(has(WAFER_KIND_CERT, i % 3, 0, i, 400));
                    assert_true(has(WAFER_KIND_KEY, i % 3, 0, i, 32));
                }
                emu_flash_flip(&emu, block * 4096 + bit / 8, bit % 8);
            }
        }
        for (uint32_t block = 0; block < count; block++) { /* destroyed: no crash, and it goes on */
            struct emu_flash *clone = emu_flash_clone(&emu), whole = emu;

            emu = *clone;
            emu.flash.ctx = &emu;
            memset(emu.data + block * 4096, 0x5a, 32);
            remount();
            assert_int_equal(put(WAFER_KIND_CERT, 0, 99, 400), 0);
            assert_true(has(WAFER_KIND_CERT, 0, 0, 99, 400));
            emu_flash_drop(clone);
            emu = whole;
        }
        emu_flash_free(&emu);
    }
}

/* Random damage anywhere, then life goes on: no crash, no loop, and what is written
 * after it is there. */
static void test_random_damage(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        fresh(1024, 8, 4, 0xff);
        emu.random = round * 2 + 1;
        for (unsigned i = 0; i < 30; i++) {
            assert_int_equal(put(WAFER_KIND_CERT, i % 2, i, 300), 0);
        }
        for (unsigned i = 0; i < 1 + round % 40; i++) {
            emu_flash_flip(&emu, emu_flash_random(&emu) % (8 * 1024), emu_flash_random(&emu) % 8);
        }
        int rc = wafer_store_mount(&store, &emu.flash);
        assert_true(rc == 0 || rc == WAFER_E_STORE_FORMAT);
        memset(emu.programmed, 0, 8 * 1024 / 4); /* flipped units may look erased */
        for (unsigned i = 0; rc == 0 && i < 20; i++) {
            assert_int_equal(put(WAFER_KIND_CERT, i % 2, i, 300), 0);
            assert_true(has(WAFER_KIND_CERT, i % 2, 0, i, 300));
        }
        emu_flash_free(&emu);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rot_in_records),
        cmocka_unit_test(test_rot_in_headers),
        cmocka_unit_test(test_random_damage),
    };

    return cmocka_run_group_tests_name("store: damage", tests, NULL, NULL);
}
