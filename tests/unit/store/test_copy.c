/* wafer_store_copy: all current values come over into any geometry, encrypted or not, nothing else
 * does, and where it cannot be done it says why and changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "flash.h"
#include "store/worn.h"
#include "wafer/store.h"

#define UNKNOWN ((enum wafer_kind)200) /* a kind of some later wafer */

static const uint8_t key[WAFER_STORE_KEY] = "the key of this device", other_key[WAFER_STORE_KEY] = "another";
static struct emu_flash from_emu, to_emu;
static struct wafer_store from, to;

static void put(struct wafer_store *store, enum wafer_kind kind, unsigned slot, unsigned seed, size_t len)
{
    uint8_t data[3000];

    emu_pattern(data, len, seed);
    assert_int_equal(wafer_store_begin(store), 0);
    assert_int_equal(wafer_store_put(store, kind, (uint8_t)slot, data, len), 0);
    assert_int_equal(wafer_store_commit(store), 0);
}

/* A certificate's three values in one commit. */
static void put_set(struct wafer_store *store, unsigned slot, unsigned seed)
{
    uint8_t data[3000];

    emu_pattern(data, sizeof data, seed);
    assert_int_equal(wafer_store_begin(store), 0);
    assert_int_equal(wafer_store_put(store, WAFER_KIND_CHAIN, (uint8_t)slot, data, 1500), 0);
    assert_int_equal(wafer_store_put(store, WAFER_KIND_KEY, (uint8_t)slot, data, 32), 0);
    assert_int_equal(wafer_store_put(store, WAFER_KIND_CERT, (uint8_t)slot, data, 90), 0);
    assert_int_equal(wafer_store_commit(store), 0);
}

/* Its sequence, when the value is there and right; 0 when not. */
static uint32_t has(struct wafer_store *store, enum wafer_kind kind, unsigned slot, unsigned seed, size_t len)
{
    uint8_t want[3000], got[3000];
    struct wafer_value value;

    emu_pattern(want, len, seed);
    if (wafer_store_find(store, kind, (uint8_t)slot, 0, &value) != 0 || value.length != len ||
        wafer_store_read(store, &value, 0, got, sizeof got) != (int)len || memcmp(got, want, len) != 0) {
        return 0;
    }
    return value.sequence;
}

static bool missing(struct wafer_store *store, enum wafer_kind kind, unsigned slot)
{
    struct wafer_value value;

    return wafer_store_find(store, kind, (uint8_t)slot, 0, &value) == WAFER_E_NOT_FOUND;
}

static void fresh(struct wafer_store *store, struct emu_flash *emu, uint32_t size, uint32_t count,
                  uint32_t unit)
{
    emu_flash_init(emu, size, count, unit, unit == 4 ? 0 : 0xff);
    assert_int_equal(wafer_store_format(store, &emu->flash), 0);
}

/* A store with something of each sort. */
static void fill(struct wafer_store *store)
{
    put(store, WAFER_KIND_ACCOUNT, 0, 1, 190);
    put(store, WAFER_KIND_ACCOUNT, 255, 2, 240);
    put_set(store, 0, 3); /* superseded */
    put_set(store, 0, 4);
    put_set(store, 1, 5);
    put(store, WAFER_KIND_OPTIONS, 1, 6, 0);
    put(store, UNKNOWN, 9, 7, 500);
    put(store, WAFER_KIND_ORDER, 0, 8, 200);
    assert_int_equal(wafer_store_begin(store), 0);
    assert_int_equal(wafer_store_delete(store, WAFER_KIND_ORDER, 0), 0);
    assert_int_equal(wafer_store_commit(store), 0);
    assert_int_equal(wafer_store_begin(store), 0);
    assert_int_equal(wafer_store_put(store, WAFER_KIND_SEED, 0, "never committed", 15), 0);
    assert_int_equal(wafer_store_put(store, WAFER_KIND_SCHEDULE, 0, "neither", 7), 0);
    wafer_store_abort(store);
}

/* All of it and nothing else, of one commit. */
static void assert_filled(struct wafer_store *store)
{
    uint32_t sequence = has(store, WAFER_KIND_ACCOUNT, 0, 1, 190);

    assert_int_not_equal(sequence, 0);
    assert_int_equal(has(store, WAFER_KIND_ACCOUNT, 255, 2, 240), sequence);
    for (unsigned slot = 0; slot < 2; slot++) {
        assert_int_equal(has(store, WAFER_KIND_CHAIN, slot, 4 + slot, 1500), sequence);
        assert_int_equal(has(store, WAFER_KIND_KEY, slot, 4 + slot, 32), sequence);
        assert_int_equal(has(store, WAFER_KIND_CERT, slot, 4 + slot, 90), sequence);
    }
    assert_int_equal(has(store, WAFER_KIND_OPTIONS, 1, 6, 0), sequence);
    assert_int_equal(has(store, UNKNOWN, 9, 7, 500), sequence);
    assert_true(missing(store, WAFER_KIND_ORDER, 0) && missing(store, WAFER_KIND_SEED, 0) &&
                missing(store, WAFER_KIND_SCHEDULE, 0));
}

static void remount(void)
{
    assert_int_equal(wafer_store_mount(&from, &from_emu.flash), 0);
    assert_int_equal(wafer_store_mount(&to, &to_emu.flash), 0);
}

static void drop(void)
{
    emu_flash_free(&from_emu);
    emu_flash_free(&to_emu);
}

static void test_geometries(void **state)
{
    static const struct {
        uint32_t size, count, unit;
    } g[] = {{4096, 4, 1}, {1024, 24, 8}, {512, 64, 256}, {65536, 2, 4}, {2048, 16, 16}};
    enum { COUNT = sizeof g / sizeof g[0] };

    (void)state;
    for (size_t i = 0; i < COUNT * COUNT; i++) {
        fresh(&from, &from_emu, g[i / COUNT].size, g[i / COUNT].count, g[i / COUNT].unit);
        fresh(&to, &to_emu, g[i % COUNT].size, g[i % COUNT].count, g[i % COUNT].unit);
        fill(&from);
        uint64_t operations = from_emu.operations;
        assert_int_equal(wafer_store_copy(&to, &from), 0);
        assert_filled(&to);
        remount();
        assert_filled(&to);
        assert_int_equal(from_emu.operations, operations); /* nothing is written there */
        assert_int_equal(has(&from, WAFER_KIND_CERT, 0, 4, 90), has(&from, WAFER_KIND_KEY, 0, 4, 32));
        /* Both go on. */
        put(&from, WAFER_KIND_SCHEDULE, 0, 1, 24);
        put(&to, WAFER_KIND_SCHEDULE, 0, 2, 24);
        drop();
    }
}

/* Into a store that has values already: the same names are replaced, others stay, and it can be done
 * again and again. */
static void test_into_used(void **state)
{
    (void)state;
    fresh(&from, &from_emu, 2048, 16, 4);
    fresh(&to, &to_emu, 4096, 8, 1);
    fill(&from);
    put_set(&to, 0, 77);
    put(&to, WAFER_KIND_ACCOUNT, 3, 78, 100);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(wafer_store_copy(&to, &from), 0);
        assert_filled(&to);
        assert_int_not_equal(has(&to, WAFER_KIND_ACCOUNT, 3, 78, 100), 0);
    }
    remount();
    assert_filled(&to);
    drop();
}

/* Block numbers of one region say nothing about another. */
static void test_worn_list(void **state)
{
    struct wafer_store_usage usage;

    (void)state;
    fresh(&from, &from_emu, 1024, 24, 4);
    fresh(&to, &to_emu, 1024, 24, 4);
    wafer_worn_strike(&from, 5);
    wafer_worn_strike(&from, 5);
    fill(&from);
    assert_int_equal(wafer_store_copy(&to, &from), 0);
    remount();
    assert_filled(&to);
    assert_int_equal(wafer_store_usage(&from, &usage), 0);
    assert_int_equal(usage.retired, 1);
    assert_int_equal(wafer_store_usage(&to, &usage), 0);
    assert_int_equal(usage.retired + usage.failed, 0);
    drop();
}

static void test_empty(void **state)
{
    (void)state;
    fresh(&from, &from_emu, 1024, 8, 4);
    fresh(&to, &to_emu, 2048, 4, 8);
    uint64_t operations = to_emu.operations;
    assert_int_equal(wafer_store_copy(&to, &from), 0);
    assert_int_equal(to_emu.operations, operations);
    drop();
}

/* Each refusal leaves the target as it was, and both stores fit for use. */
static void assert_refused(int rc)
{
    assert_int_equal(wafer_store_copy(&to, &from), rc);
    assert_int_not_equal(has(&to, WAFER_KIND_SCHEDULE, 4, 99, 24), 0);
    assert_true(missing(&to, WAFER_KIND_ACCOUNT, 0) && missing(&to, WAFER_KIND_CERT, 0));
    assert_false(from.open || to.open);
}

static void test_refusals(void **state)
{
    struct wafer_store same;

    (void)state;
    fresh(&from, &from_emu, 2048, 16, 4);
    fresh(&to, &to_emu, 1024, 8, 8); /* too small for it */
    fill(&from);
    put(&to, WAFER_KIND_SCHEDULE, 4, 99, 24);
    for (int i = 0; i < 10; i++) {
        assert_refused(WAFER_E_STORE_FULL);
    }
    put(&to, WAFER_KIND_CHAIN, 0, 1, 1500); /* and that did not use it up */

    assert_int_equal(wafer_store_copy(&from, &from), WAFER_E_ARGUMENT);
    same = from;
    assert_int_equal(wafer_store_copy(&same, &from), WAFER_E_ARGUMENT);

    assert_int_equal(wafer_store_begin(&from), 0);
    assert_int_equal(wafer_store_copy(&to, &from), WAFER_E_BUSY);
    assert_true(from.open); /* it is somebody else's */
    wafer_store_abort(&from);
    assert_int_equal(wafer_store_begin(&to), 0);
    assert_int_equal(wafer_store_copy(&to, &from), WAFER_E_BUSY);
    assert_true(to.open && !from.open);
    wafer_store_abort(&to);

    from_emu.reads_fail = true;
    assert_refused(WAFER_E_FLASH);
    from_emu.reads_fail = false;
    to_emu.writes_fail = true;
    assert_refused(WAFER_E_FLASH);
    to_emu.writes_fail = false;
    drop();
}

/* Rot in any octet of the source: a copy is refused or is what the source's readers see, and never puts
 * a key to the chain of another commit. */
static void test_damaged(void **state)
{
    unsigned refused = 0, copied = 0;

    (void)state;
    fresh(&from, &from_emu, 4096, 4, 1);
    put_set(&from, 0, 1);
    put_set(&from, 0, 2);
    for (uint32_t at = 0; at < from.offset; at++) {
        emu_flash_flip(&from_emu, at, at % 8);
        fresh(&to, &to_emu, 4096, 4, 16);
        assert_int_equal(wafer_store_mount(&from, &from_emu.flash), 0);
        int rc = wafer_store_copy(&to, &from);
        if (rc == 0) {
            unsigned seed = has(&to, WAFER_KIND_CERT, 0, 2, 90) != 0 ? 2 : 1;
            assert_int_not_equal(has(&to, WAFER_KIND_CERT, 0, seed, 90), 0);
            assert_int_not_equal(has(&to, WAFER_KIND_KEY, 0, seed, 32), 0);
            assert_int_not_equal(has(&to, WAFER_KIND_CHAIN, 0, seed, 1500), 0);
            copied++;
        } else {
            assert_int_equal(rc, WAFER_E_DAMAGED);
            assert_true(missing(&to, WAFER_KIND_KEY, 0));
            refused++;
        }
        emu_flash_free(&to_emu);
        emu_flash_flip(&from_emu, at, at % 8);
    }
    assert_true(refused > 1500 && copied > 1500); /* the second set, the first one */
    /* A commit mends it. */
    emu_flash_flip(&from_emu, from.offset - 20, 1);
    fresh(&to, &to_emu, 4096, 4, 16);
    assert_int_equal(wafer_store_mount(&from, &from_emu.flash), 0);
    put_set(&from, 0, 3);
    assert_int_equal(wafer_store_copy(&to, &from), 0);
    assert_int_not_equal(has(&to, WAFER_KIND_CERT, 0, 3, 90), 0);
    drop();
}

static bool image_has(const struct emu_flash *emu, unsigned seed)
{
    uint8_t data[16];
    size_t size = (size_t)emu->flash.block_size * emu->flash.block_count;

    emu_pattern(data, sizeof data, seed);
    for (size_t at = 0; at + sizeof data <= size; at++) {
        if (memcmp(emu->data + at, data, sizeof data) == 0) {
            return true;
        }
    }
    return false;
}

/* Keys of both stores: NULL is none, and what the copy returns. */
static void test_encrypted(void **state)
{
    static const struct {
        const uint8_t *written, *read, *target;
        int rc;
    } cases[] = {
        {key, key, key, 0},
        {key, key, other_key, 0},
        {NULL, NULL, key, 0},             /* becomes encrypted */
        {key, key, NULL, WAFER_E_LOCKED}, /* would become plain */
        {key, NULL, key, WAFER_E_LOCKED}, /* unreadable */
        {key, other_key, key, WAFER_E_LOCKED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fresh(&from, &from_emu, 2048, 16, 4);
        fresh(&to, &to_emu, 4096, 8, 8);
        if (cases[i].written != NULL) {
            assert_int_equal(wafer_store_encrypt(&from, cases[i].written), 0);
        }
        put(&from, WAFER_KIND_SCHEDULE, 0, 20, 24);
        put(&from, WAFER_KIND_ACCOUNT, 0, 21, 700);
        put_set(&from, 0, 22);
        put(&to, WAFER_KIND_SCHEDULE, 4, 99, 24);
        remount();
        if (cases[i].read != NULL) {
            (void)!wafer_store_encrypt(&from, cases[i].read);
        }
        if (cases[i].target != NULL) {
            assert_int_equal(wafer_store_encrypt(&to, cases[i].target), 0);
        }
        if (cases[i].rc != 0) {
            assert_refused(cases[i].rc);
        } else {
            assert_int_equal(wafer_store_copy(&to, &from), 0);
            assert_int_not_equal(has(&to, WAFER_KIND_ACCOUNT, 0, 21, 700), 0);
            assert_int_not_equal(has(&to, WAFER_KIND_KEY, 0, 22, 32), 0);
            assert_int_not_equal(has(&to, WAFER_KIND_SCHEDULE, 0, 20, 24), 0);
        }
        assert_false(image_has(&to_emu, 21)); /* the account is plain nowhere */
        drop();
    }
    /* A target with a wrong key. */
    fresh(&from, &from_emu, 2048, 16, 4);
    fresh(&to, &to_emu, 4096, 8, 8);
    put(&from, WAFER_KIND_ACCOUNT, 0, 21, 700);
    put(&to, WAFER_KIND_SCHEDULE, 4, 99, 24);
    assert_int_equal(wafer_store_encrypt(&to, key), 0);
    put(&to, WAFER_KIND_SEED, 0, 1, 32);
    assert_int_equal(wafer_store_encrypt(&to, other_key), WAFER_E_LOCKED);
    assert_refused(WAFER_E_LOCKED);
    drop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_geometries), cmocka_unit_test(test_into_used), cmocka_unit_test(test_worn_list),
        cmocka_unit_test(test_empty),      cmocka_unit_test(test_refusals),  cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_encrypted),
    };

    return cmocka_run_group_tests_name("store: copy", tests, NULL, NULL);
}
