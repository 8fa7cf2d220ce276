/* What a transaction allows, what it shows before its commit, and what comes of it when the device fails
 * in any of its steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "kit.h"

static void test_transactions(void **state)
{
    struct wafer_value value;

    (void)state;
    fresh(4096, 4, 1, 0xff);
    /* Nothing without a begin, and one at a time. */
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 0, "a", 1), WAFER_E_ARGUMENT);
    assert_int_equal(wafer_store_append(&store, "a", 1), WAFER_E_ARGUMENT);
    assert_int_equal(wafer_store_delete(&store, WAFER_KIND_KEY, 0), WAFER_E_ARGUMENT);
    assert_int_equal(wafer_store_commit(&store), WAFER_E_ARGUMENT);
    wafer_store_abort(&store);
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_begin(&store), WAFER_E_BUSY);
    assert_int_equal(wafer_store_commit(&store), 0); /* empty */

    assert_int_equal(put(WAFER_KIND_KEY, 0, 1, 32), 0);
    /* An aborted one leaves nothing, also after a remount; what is open is not seen. */
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 0, "other", 5), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_CERT, 0, "other", 5), 0);
    assert_int_equal(wafer_store_delete(&store, WAFER_KIND_ORDER, 0), 0);
    assert_true(has(WAFER_KIND_KEY, 0, 0, 1, 32));
    wafer_store_abort(&store);
    assert_true(has(WAFER_KIND_KEY, 0, 0, 1, 32) && missing(WAFER_KIND_CERT, 0));
    remount();
    assert_true(has(WAFER_KIND_KEY, 0, 0, 1, 32) && missing(WAFER_KIND_CERT, 0));

    /* Errors stick. */
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 0, "new", 3), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_CERT, 0, "new", 3), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 0, "twice", 5), WAFER_E_ARGUMENT);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_CHAIN, 0, "x", 1), WAFER_E_ARGUMENT);
    assert_int_equal(wafer_store_commit(&store), WAFER_E_ARGUMENT);
    assert_true(has(WAFER_KIND_KEY, 0, 0, 1, 32) && missing(WAFER_KIND_CERT, 0));
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_append(&store, "x", 1), WAFER_E_ARGUMENT); /* no value yet */
    assert_int_equal(wafer_store_commit(&store), WAFER_E_ARGUMENT);
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_value(&store, (enum wafer_kind)0, 0), WAFER_E_ARGUMENT);
    wafer_store_abort(&store);

    /* One sequence for all values of a commit. */
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 1, "k", 1), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_CHAIN, 1, "c", 1), 0);
    assert_int_equal(wafer_store_commit(&store), 0);
    assert_int_equal(wafer_store_find(&store, WAFER_KIND_KEY, 1, 0, &value), 0);
    uint32_t sequence = value.sequence;
    assert_int_equal(wafer_store_find_in(&store, WAFER_KIND_CHAIN, 1, sequence, &value), 0);
    assert_int_equal(value.sequence, sequence);
    assert_int_equal(wafer_store_find_in(&store, WAFER_KIND_CHAIN, 1, sequence - 1, &value),
                     WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_store_find_in(&store, WAFER_KIND_CHAIN, 1, sequence + 1, &value),
                     WAFER_E_NOT_FOUND);
    emu_flash_free(&emu);
}

static void live_with_faults(unsigned issuances)
{
    for (unsigned i = 1; i <= issuances; i++) {
        assert_int_equal(wafer_store_begin(&store), 0);
        uint8_t data[2000];
        emu_pattern(data, sizeof data, i);
        assert_int_equal(wafer_store_put(&store, WAFER_KIND_CHAIN, 0, data, 1500), 0);
        assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 0, data, 32), 0);
        assert_int_equal(wafer_store_commit(&store), 0);
        assert_true(has(WAFER_KIND_CHAIN, 0, 0, i, 1500));
        assert_true(has(WAFER_KIND_KEY, 0, 0, i, 32));
        remount();
        assert_true(has(WAFER_KIND_CHAIN, 0, 0, i, 1500));
        assert_true(has(WAFER_KIND_ACCOUNT, 0, 0, 77, 200));
    }
}

/* Any block may wear out, in any way, from the start or later, and a second one too. */
static void test_worn_blocks(void **state)
{
    (void)state;
    for (int fault = EMU_ERASE_FAILS; fault < EMU_FAULTS; fault++) {
        for (uint32_t block = 0; block < 8; block++) {
            for (uint32_t other = 0; other < 8; other += 3) {
                fresh(2048, 10, 4, 0xff);
                assert_int_equal(put(WAFER_KIND_ACCOUNT, 0, 77, 200), 0);
                live_with_faults(1 + block);
                emu.fault[block] = (uint8_t)fault;
                live_with_faults(25);
                if (other != block) {
                    emu.fault[(other + 4) % 10] = (uint8_t)(1 + (fault + 1) % 4);
                }
                /* Two worn blocks that meet in the free ones of so small a region are too much: then
                 * it is an error, and what was committed stays. */
                assert_int_equal(wafer_store_begin(&store), 0);
                wafer_store_abort(&store);
                for (unsigned i = 0; i < 40; i++) {
                    int rc = put(WAFER_KIND_CERT, 0, i, 700);
                    if (rc < 0) {
                        assert_true(rc == WAFER_E_FLASH || rc == WAFER_E_STORE_FULL);
                        break;
                    }
                    assert_true(has(WAFER_KIND_CERT, 0, 0, i, 700));
                    remount();
                    assert_true(has(WAFER_KIND_CERT, 0, 0, i, 700));
                }
                assert_true(has(WAFER_KIND_CHAIN, 0, 0, 25, 1500) && has(WAFER_KIND_ACCOUNT, 0, 0, 77, 200));
                emu_flash_free(&emu);
            }
        }
    }
}

/* The whole device fails for a while. */
static void test_failing_device(void **state)
{
    struct wafer_value value;

    (void)state;
    for (unsigned when = 0; when < 30; when++) {
        fresh(1024, 8, 4, 0xff);
        assert_int_equal(put(WAFER_KIND_ACCOUNT, 0, 77, 200), 0);
        live_with_faults(2 + when / 3);
        assert_int_equal(wafer_store_begin(&store), 0);
        (void)!wafer_store_put(&store, WAFER_KIND_CERT, 0, "before", 6);
        emu.writes_fail = true;
        uint8_t data[1500] = {0};
        (void)!wafer_store_put(&store, WAFER_KIND_CHAIN, 0, data, 50 * when);
        assert_int_equal(wafer_store_commit(&store), WAFER_E_FLASH);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(put(WAFER_KIND_CERT, 0, 1, 32), WAFER_E_FLASH);
        }
        assert_true(has(WAFER_KIND_CHAIN, 0, 0, 2 + when / 3, 1500) && missing(WAFER_KIND_CERT, 0));
        emu.writes_fail = false;
        if (when % 2) {
            remount();
        }
        live_with_faults(10);
        emu.reads_fail = true;
        assert_int_equal(wafer_store_find(&store, WAFER_KIND_KEY, 0, 0, &value), WAFER_E_FLASH);
        assert_int_equal(wafer_store_next(&store, WAFER_KIND_KEY, -1, &value), WAFER_E_FLASH);
        assert_int_equal(put(WAFER_KIND_KEY, 0, 1, 32), WAFER_E_FLASH);
        assert_int_equal(wafer_store_mount(&store, &emu.flash), WAFER_E_FLASH);
        assert_int_equal(wafer_store_format(&store, &emu.flash), WAFER_E_FLASH);
        emu.reads_fail = false;
        remount();
        live_with_faults(1);
        emu_flash_free(&emu);
    }
}

/* Every write fails at once and for good in any step of a life: an error, the old state. */
static void test_failure_at_every_step(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 120; at++) {
        unsigned i;

        fresh(1024, 8, 4, 0xff);
        emu.cut_at = emu.operations + at;
        for (i = 1; i < 30; i++) {
            assert_int_equal(wafer_store_begin(&store), 0);
            (void)!wafer_store_put(&store, WAFER_KIND_CERT, 0, &(uint8_t){(uint8_t)i}, 1);
            uint8_t data[700];
            emu_pattern(data, sizeof data, i);
            (void)!wafer_store_put(&store, WAFER_KIND_CHAIN, 0, data, sizeof data);
            int rc = wafer_store_commit(&store);
            if (rc < 0) {
                assert_int_equal(rc, WAFER_E_FLASH);
                break;
            }
        }
        assert_true(emu.dead);
        emu_flash_restart(&emu);
        remount();
        assert_true(has(WAFER_KIND_CHAIN, 0, 0, i - 1, 700) || has(WAFER_KIND_CHAIN, 0, 0, i, 700) ||
                    (i == 1 && missing(WAFER_KIND_CHAIN, 0)));
        emu_flash_free(&emu);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transactions),
        cmocka_unit_test(test_worn_blocks),
        cmocka_unit_test(test_failing_device),
        cmocka_unit_test(test_failure_at_every_step),
    };

    return cmocka_run_group_tests_name("store: transaction", tests, NULL, NULL);
}
