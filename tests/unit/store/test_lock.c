/* The device's lock: every call takes it and gives it back, whatever the device does, and between the
 * calls of a transaction it is free. The emulated flash itself aborts when it is touched without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "kit.h"

static const uint8_t key[WAFER_STORE_KEY] = "the key of this device";

static int (*whole_read)(void *ctx, uint32_t address, void *data, size_t len);
static unsigned long reads_left; /* before reading fails, for one read */

static int read_some(void *ctx, uint32_t address, void *data, size_t len)
{
    if (reads_left > 0 && --reads_left == 0) {
        return -1000; /* a driver's own number */
    }
    return whole_read(ctx, address, data, len);
}

static int visit(void *ctx, const struct wafer_record_view *view)
{
    (void)view;
    assert_true(emu.locked);
    return *(unsigned *)ctx > 0 && --*(unsigned *)ctx == 0;
}

static uint64_t locks_before;

/* To be called around each call of the store: the lock was taken, so often, and is free. */
static int locked(uint64_t least, uint64_t most, int rc)
{
    assert_false(emu.locked);
    assert_in_range(emu.locks - locks_before, least, most);
    locks_before = emu.locks;
    return rc;
}

/* Every function of store.h, going on where one fails but for the first. Returns how many failed. */
static unsigned call_all(void)
{
    struct wafer_store_usage usage;
    struct wafer_value value = {.sequence = 1, .length = 100, .kind = WAFER_KIND_CHAIN};
    uint8_t data[700] = {1};
    unsigned failed = 0, stop = 3;

    locks_before = emu.locks;
    if (locked(1, 9, wafer_store_mount(&store, &emu.flash)) < 0) {
        return 1;
    }
    failed += locked(1, 1, wafer_store_encrypt(&store, key)) < 0;
    failed += locked(1, 1, wafer_store_begin(&store)) < 0;
    failed += locked(1, 1, wafer_store_value(&store, WAFER_KIND_CHAIN, 0)) < 0;
    failed += locked(1, 1, wafer_store_append(&store, data, sizeof data)) < 0;
    failed += locked(1, 2, wafer_store_put(&store, WAFER_KIND_KEY, 0, data, 32)) < 0;
    failed += locked(1, 1, wafer_store_delete(&store, WAFER_KIND_ORDER, 0)) < 0;
    failed += locked(1, 1, wafer_store_encrypt(&store, key)) < 0; /* BUSY */
    failed += locked(1, 1, wafer_store_begin(&store)) < 0;        /* BUSY */
    failed += locked(1, 1, wafer_store_find(&store, WAFER_KIND_CHAIN, 0, 0, &value)) < 0;
    failed += locked(0, 1, wafer_store_read(&store, &value, 0, data, sizeof data)) < 0;
    failed += locked(1, 1, wafer_store_commit(&store)) < 0;
    failed += locked(1, 1, wafer_store_commit(&store)) < 0; /* none is open */
    failed += locked(1, 1, wafer_store_find_in(&store, WAFER_KIND_KEY, 0, value.sequence, &value)) < 0;
    failed += locked(1, 1, wafer_store_next(&store, WAFER_KIND_CHAIN, -1, &value)) < 0;
    failed += locked(1, 1, wafer_store_usage(&store, &usage)) < 0;
    failed += locked(1, 1, wafer_store_walk(&store, visit, &stop)) < 0;
    failed += locked(1, 1, wafer_store_begin(&store)) < 0;
    (void)!wafer_store_put(&store, WAFER_KIND_ORDER, 0, data, 200);
    wafer_store_abort(&store);
    failed += locked(3, 9, 0) < 0;
    return failed;
}

static void test_balanced(void **state)
{
    (void)state;
    fresh(1024, 8, 4, 0xff);
    unsigned usual = 3;                      /* BUSY twice, and a commit of nothing */
    assert_int_equal(call_all(), usual + 2); /* there is no value to find and read yet */
    for (int i = 0; i < 20; i++) {           /* around the region */
        assert_int_equal(call_all(), usual);
    }
    /* The device fails for good in some operation. */
    for (uint64_t at = 1; at < 60; at++) {
        emu.cut_at = emu.operations + at;
        while (!emu.dead) {
            call_all();
        }
        assert_true(call_all() > 0);
        locks_before = emu.locks;
        struct wafer_store other;
        assert_int_equal(locked(1, 9, wafer_store_format(&other, &emu.flash)), WAFER_E_FLASH);
        emu_flash_restart(&emu);
    }
    emu_flash_free(&emu);
}

/* A single read fails, each in its turn. */
static void test_failing_reads(void **state)
{
    unsigned long n = 0;

    (void)state;
    fresh(512, 12, 1, 0xff);
    whole_read = emu.flash.read;
    emu.flash.read = read_some;
    assert_int_equal(put(WAFER_KIND_CHAIN, 0, 1, 700), 0);
    do {
        n += 1 + n / 40;
        reads_left = n;
        call_all();
    } while (reads_left == 0);
    reads_left = 0;
    assert_true(n > 300);
    struct wafer_store other;
    for (n = 1, reads_left = 0; reads_left == 0; n += 1 + n / 40) {
        reads_left = n;
        locks_before = emu.locks;
        (void)!locked(1, 12, wafer_store_format(&other, &emu.flash));
    }
    emu_flash_free(&emu);
}

/* A transaction holds no lock between its calls, and others read what was there before. */
static void test_free_between_calls(void **state)
{
    (void)state;
    fresh(4096, 4, 1, 0xff);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 1, 32), 0);
    assert_int_equal(wafer_store_begin(&store), 0);
    for (unsigned i = 0; i < 50; i++) { /* over several blocks */
        assert_int_equal(wafer_store_value(&store, WAFER_KIND_CHAIN, (uint8_t)i), 0);
        assert_false(emu.locked);
        assert_true(has(WAFER_KIND_KEY, 0, 0, 1, 32) && missing(WAFER_KIND_CHAIN, i));
        assert_int_equal(wafer_store_append(&store, "some octets", 11), 0);
        assert_true(has(WAFER_KIND_KEY, 0, 0, 1, 32) && missing(WAFER_KIND_CHAIN, i));
        assert_int_equal(wafer_store_begin(&store), WAFER_E_BUSY);
    }
    assert_int_equal(wafer_store_commit(&store), 0);
    assert_false(missing(WAFER_KIND_CHAIN, 49));
    emu_flash_free(&emu);
}

/* One without the other is refused, before it is used; none is fine. */
static void test_half_a_lock(void **state)
{
    (void)state;
    fresh(4096, 4, 1, 0xff);
    struct wafer_flash flash = emu.flash;
    uint64_t locks = emu.locks;
    flash.unlock = NULL;
    assert_int_equal(wafer_store_mount(&store, &flash), WAFER_E_ARGUMENT);
    assert_int_equal(wafer_store_format(&store, &flash), WAFER_E_ARGUMENT);
    flash.unlock = emu.flash.unlock;
    flash.lock = NULL;
    assert_int_equal(wafer_store_mount(&store, &flash), WAFER_E_ARGUMENT);
    assert_int_equal(wafer_store_format(&store, &flash), WAFER_E_ARGUMENT);
    emu.flash.lock = emu.flash.unlock = NULL;
    assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 1, 32), 0);
    assert_true(has(WAFER_KIND_KEY, 0, 0, 1, 32));
    assert_int_equal(emu.locks, locks);
    emu_flash_free(&emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_balanced),
        cmocka_unit_test(test_failing_reads),
        cmocka_unit_test(test_free_between_calls),
        cmocka_unit_test(test_half_a_lock),
    };

    return cmocka_run_group_tests_name("store: lock", tests, NULL, NULL);
}
