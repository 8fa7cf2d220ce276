/* Values of every length and in every number of pieces, their versions, their slots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "kit.h"

static void test_sizes(void **state)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 239, 240, 241, 479, 480, 481, 2400, 5001};
    static const size_t steps[] = {1, 7, 239, 240, 241, 1000};

    (void)state;
    for (int unit = 1; unit <= 256; unit *= 4) {
        fresh(4096, 16, (uint32_t)unit, unit == 4 ? 0 : 0xff);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            uint8_t data[8192], got[8192];
            struct wafer_value value;

            assert_int_equal(put(WAFER_KIND_CHAIN, 3, (unsigned)i, sizes[i]), 0);
            assert_true(has(WAFER_KIND_CHAIN, 3, 0, (unsigned)i, sizes[i]));
            emu_pattern(data, sizes[i], (unsigned)i);
            assert_int_equal(wafer_store_find(&store, WAFER_KIND_CHAIN, 3, 0, &value), 0);
            for (size_t s = 0; s < sizeof steps / sizeof steps[0];
                 s++) { /* read in pieces, written in pieces */
                for (size_t at = 0; at <= sizes[i]; at += steps[s]) {
                    size_t n = sizes[i] - at < steps[s] ? sizes[i] - at : steps[s];
                    assert_int_equal(wafer_store_read(&store, &value, (uint32_t)at, got, steps[s]), n);
                    assert_memory_equal(got, data + at, n);
                }
            }
            assert_int_equal(wafer_store_begin(&store), 0);
            assert_int_equal(wafer_store_value(&store, WAFER_KIND_CERT, 0), 0);
            for (size_t at = 0, n; at < sizes[i]; at += n) {
                n = sizes[i] - at < steps[i % 6] ? sizes[i] - at : steps[i % 6];
                assert_int_equal(wafer_store_append(&store, data + at, n), 0);
            }
            assert_int_equal(wafer_store_commit(&store), 0);
            remount();
            assert_true(has(WAFER_KIND_CERT, 0, 0, (unsigned)i, sizes[i]));
            assert_int_equal(wafer_store_read(&store, &value, UINT32_MAX, got, 1), 0);
        }
        emu_flash_free(&emu);
    }
}

static void test_versions_and_slots(void **state)
{
    struct wafer_value value;

    (void)state;
    fresh(4096, 16, 8, 0xff);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(put(WAFER_KIND_CERT, 9, i, 300 + i), 0);
    }
    for (unsigned i = 5, below = 0; i-- > 0;) {
        assert_true(has(WAFER_KIND_CERT, 9, below, i, 300 + i));
        assert_int_equal(wafer_store_find(&store, WAFER_KIND_CERT, 9, below, &value), 0);
        below = value.sequence;
    }
    assert_int_equal(wafer_store_find(&store, WAFER_KIND_CERT, 9, 1, &value), WAFER_E_NOT_FOUND);
    assert_int_equal(erase_value(WAFER_KIND_CERT, 9), 0);
    assert_true(missing(WAFER_KIND_CERT, 9));
    assert_int_equal(put(WAFER_KIND_CERT, 9, 6, 10), 0);
    assert_true(has(WAFER_KIND_CERT, 9, 0, 6, 10));

    static const unsigned slots[] = {0, 9, 17, 128, 254, 255};
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(put(WAFER_KIND_CERT, slots[i], (unsigned)i, 40), 0);
        assert_int_equal(put(WAFER_KIND_ORDER, slots[i] ^ 1, 3, 4), 0);
    }
    int slot = -1;
    for (size_t i = 0; i < 6; i++) {
        slot = wafer_store_next(&store, WAFER_KIND_CERT, slot, &value);
        assert_int_equal(slot, slots[i]);
        assert_int_equal(value.slot, slots[i]);
        assert_int_equal(value.length, 40);
    }
    assert_int_equal(wafer_store_next(&store, WAFER_KIND_CERT, slot, &value), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_store_next(&store, WAFER_KIND_SEED, -1, &value), WAFER_E_NOT_FOUND);
    assert_int_equal(erase_value(WAFER_KIND_CERT, 17), 0);
    assert_int_equal(wafer_store_next(&store, WAFER_KIND_CERT, 9, &value), 128);
    assert_int_equal(erase_value(WAFER_KIND_CERT, 18), 0); /* nothing there */
    emu_flash_free(&emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_versions_and_slots),
    };

    return cmocka_run_group_tests_name("store: find", tests, NULL, NULL);
}
