/* Blocks that wear out: each is tried twice and then retired, over reboots too; a
 * device that fails for a while loses none; too few blocks left are an error, and what
 * was committed stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "worn_kit.h"

static void test_each_fault(void **state)
{
    (void)state;
    for (uint32_t count = 3; count <= 8; count += count == 3 ? 1 : 4) {
        for (int fault = EMU_ERASE_FAILS; fault < EMU_FAULTS; fault++) {
            for (uint32_t block = 0; block < count; block++) {
                fresh(2048, count, 4);
                uint32_t capacity = usage().capacity;
                assert_int_equal(put(WAFER_KIND_ACCOUNT, 7, 200), 0);
                live(1);
                uint32_t erases = emu.erases[block];
                emu.fault[block] = (uint8_t)fault;
                live(4);
                assert_int_equal(usage().retired, 1);
                assert_int_equal(usage().failed, 0);
                assert_int_equal(wafer_worn_failures(&store, block), 2);
                assert_in_range(emu.erases[block], erases + 1, erases + 2);
                assert_int_equal(usage().capacity < capacity, count == 3);
                memset(touched, 0, sizeof touched);
                live(3); /* never again */
                assert_int_equal(touched[block], 0);
                for (uint32_t i = 0; i < count; i++) {
                    assert_true(i == block || touched[i] > 0); /* all others take their turns */
                }
                assert_true(has(WAFER_KIND_ACCOUNT, 7, 200));
                emu_flash_free(&emu);
            }
        }
    }
}

/* A block that fails once is noted, and goes on when it works again. */
static void test_fails_once(void **state)
{
    (void)state;
    for (int fault = EMU_ERASE_FAILS; fault < EMU_FAULTS; fault++) {
        fresh(2048, 8, 4);
        live(1);
        emu.fault[3] = (uint8_t)fault;
        while (store.listed == 0) {
            assert_int_equal(put(WAFER_KIND_CERT, 1, 100), 0);
        }
        remount();
        assert_int_equal(usage().failed, 1);
        assert_int_equal(wafer_worn_failures(&store, 3), 1);
        emu.fault[3] = EMU_FINE;
        uint32_t erases = emu.erases[3];
        live(5);
        assert_int_equal(usage().retired, 0);
        assert_true(emu.erases[3] >= erases + 4);
        emu_flash_free(&emu);
    }
}

/* No mark comes from a device that fails as a whole, however often it is tried. */
static void test_failing_device(void **state)
{
    (void)state;
    fresh(1024, 8, 4);
    live(1);
    for (int i = 0; i < 5; i++) {
        emu.writes_fail = true;
        for (int j = 0; j < 3; j++) {
            assert_int_equal(put(WAFER_KIND_KEY, 1, 32), WAFER_E_FLASH);
        }
        emu.writes_fail = false;
        live(1);
        assert_int_equal(usage().retired, 0);
        /* Just the block that was being written may have failed before the first that works. */
        assert_in_range(usage().failed, 0, 1);
    }
    emu_flash_free(&emu);
}

/* A header that is there although the device reports it as failed: after a reset its
 * block is the head, so nothing may be committed in the old one. */
static bool late;
static int (*program)(void *ctx, uint32_t address, const void *data, size_t len);

static int program_late(void *ctx, uint32_t address, const void *data, size_t len)
{
    int rc = program(ctx, address, data, len);

    return late && address % emu.flash.block_size == 0 ? WAFER_E_FLASH : rc;
}

static void test_header_reported_late(void **state)
{
    (void)state;
    for (uint32_t count = 2; count <= 18; count += 4) { /* one or more free blocks get such a header */
        fresh(4096, count, 4);
        program = emu.flash.program;
        emu.flash.program = program_late;
        for (unsigned turn = 0; turn < 20; turn++) {
            unsigned version = 0;

            assert_int_equal(put(WAFER_KIND_CERT, version, 500), 0);
            assert_true(has(WAFER_KIND_CERT, version, 500));
            late = true;
            while (put(WAFER_KIND_CERT, ++version, 500) == 0) {}
            for (size_t len = 0; len < 100; len += 33) {
                if (put(WAFER_KIND_KEY, turn, len) == 0) {
                    remount();
                    assert_true(has(WAFER_KIND_KEY, turn, len));
                }
            }
            if (turn % 2 == 0) { /* without a reset they must not come back later either */
                remount();
            }
            assert_true(has(WAFER_KIND_CERT, version - 1, 500));
            late = false;
            for (version = 0; version <= turn; version++) {
                assert_int_equal(put(WAFER_KIND_CERT, version, 700), 0);
                assert_true(has(WAFER_KIND_CERT, version, 700));
            }
            remount();
            assert_true(has(WAFER_KIND_CERT, version - 1, 700));
        }
        emu_flash_free(&emu);
    }
}

/* One after the other, until too few are left. */
static void test_to_the_end(void **state)
{
    static const uint32_t counts[] = {2, 3, 4, 6, 12, 24};

    (void)state;
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        uint32_t retired = 0;
        int rc = 0;

        fresh(2048, counts[c], 16);
        assert_int_equal(put(WAFER_KIND_ACCOUNT, 7, 200), 0);
        for (uint32_t block = 0; rc == 0 && block < counts[c]; block++) {
            emu.fault[block * 7 % counts[c]] = (uint8_t)(EMU_ERASE_FAILS + block % 4);
            for (unsigned i = 0; rc == 0 && i < 10 * counts[c]; i++) {
                rc = put(WAFER_KIND_CERT, i, 500);
                remount();
                assert_true(has(WAFER_KIND_ACCOUNT, 7, 200));
                assert_true(rc < 0 || has(WAFER_KIND_CERT, i, 500));
            }
            struct wafer_store_usage now = usage();
            assert_true(now.retired >= retired && now.live <= now.capacity);
            retired = now.retired;
        }
        assert_int_equal(rc, counts[c] == 2 ? WAFER_E_FLASH : WAFER_E_WORN);
        for (int i = 0; i < 3; i++) { /* it stays so, and readable */
            struct wafer_value value;

            assert_int_equal(put(WAFER_KIND_CERT, 1, 500), rc);
            remount();
            assert_true(has(WAFER_KIND_ACCOUNT, 7, 200));
            assert_int_equal(wafer_store_find(&store, WAFER_KIND_CERT, 0, 0, &value), 0);
        }
        print_message("%u blocks: %u retired, %u failed once at the end\n", counts[c], retired,
                      usage().failed);
        emu_flash_free(&emu);
    }
}

/* A format tries what was retired from end to end. */
static void test_format_tries(void **state)
{
    (void)state;
    for (int fault = EMU_ERASE_FAILS; fault < EMU_FAULTS; fault++) {
        fresh(2048, 12, 4);
        emu.fault[2] = emu.fault[6] = (uint8_t)fault;
        live(4);
        assert_int_equal(usage().retired, 2);
        emu.fault[2] = EMU_FINE;
        emu.fault[9] = EMU_ERASE_NOTHING; /* not known yet, and with a right header */
        assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
        for (int mounted = 0; mounted < 2; mounted++) {
            assert_int_equal(wafer_worn_failures(&store, 2), 0);
            assert_int_equal(wafer_worn_failures(&store, 6), 2);
            assert_int_equal(wafer_worn_failures(&store, 9), 1);
            assert_int_equal(usage().retired, 1);
            assert_int_equal(usage().failed, 1);
            remount();
        }
        memset(touched, 0, sizeof touched);
        live(3);
        assert_true(touched[2] > 0 && touched[6] == 0);
        assert_int_equal(usage().retired, 2);
        emu.fault[6] = emu.fault[9] = EMU_FINE; /* say, it was too cold */
        assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
        assert_int_equal(usage().retired + usage().failed, 0);
        live(2);
        emu_flash_free(&emu);
    }
}

static int remove_value(enum wafer_kind kind, uint8_t slot)
{
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_delete(&store, kind, slot), 0);
    return wafer_store_commit(&store);
}

/* In a full store the list waits for room, and fails no commit. */
static void test_full(void **state)
{
    uint8_t data[240] = {0};

    (void)state;
    fresh(1024, 8, 4);
    for (uint8_t slot = 0; usage().capacity - usage().live >= 256; slot++) {
        assert_int_equal(wafer_store_begin(&store), 0);
        assert_int_equal(wafer_store_put(&store, WAFER_KIND_OPTIONS, slot, data, sizeof data), 0);
        assert_int_equal(wafer_store_commit(&store), 0);
    }
    assert_int_equal(put(WAFER_KIND_SEED, 1, usage().capacity - usage().live - 48 - 16), 0);
    emu.fault[4] = EMU_ERASE_FAILS;
    while (!store.unsaved) { /* the first value fits, the second not */
        assert_int_equal(wafer_store_begin(&store), 0);
        assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 0, data, 1), 0);
        assert_int_equal(wafer_store_put(&store, WAFER_KIND_CERT, 0, data, sizeof data), 0);
        assert_int_equal(wafer_store_commit(&store), WAFER_E_STORE_FULL);
    }
    assert_int_equal(remove_value(WAFER_KIND_KEY, 0), 0); /* it is not there: nothing changes */
    assert_true(store.unsaved);
    assert_int_equal(remove_value(WAFER_KIND_OPTIONS, 3), 0);
    assert_false(store.unsaved);
    remount();
    assert_int_equal(usage().failed, 1);
    emu_flash_free(&emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_fault),           cmocka_unit_test(test_fails_once),
        cmocka_unit_test(test_failing_device),       cmocka_unit_test(test_to_the_end),
        cmocka_unit_test(test_format_tries),         cmocka_unit_test(test_full),
        cmocka_unit_test(test_header_reported_late),
    };
    return cmocka_run_group_tests_name("worn blocks", tests, NULL, NULL);
}
