/* wafer_store_copy with the power cut in every program and every erase of it, in several ways: the
 * target holds what it held or all of the copy, and the copy can be made again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "flash.h"
#include "wafer/store.h"

static const uint8_t key[WAFER_STORE_KEY] = "the key of this device";
static struct emu_flash from_emu;
static struct wafer_store from;
static unsigned long cuts, with, without;

struct target {
    uint32_t size, count, unit;
    unsigned commits; /* before the copy: 0 is freshly formatted */
    bool encrypted;
};

static void put(struct wafer_store *store, enum wafer_kind kind, unsigned slot, unsigned seed, size_t len)
{
    uint8_t data[2000];

    emu_pattern(data, len, seed);
    assert_int_equal(wafer_store_put(store, kind, (uint8_t)slot, data, len), 0);
}

static void put_set(struct wafer_store *store, unsigned seed)
{
    assert_int_equal(wafer_store_begin(store), 0);
    put(store, WAFER_KIND_CHAIN, 0, seed, 1400);
    put(store, WAFER_KIND_KEY, 0, seed, 32);
    put(store, WAFER_KIND_CERT, 0, seed, 90);
    assert_int_equal(wafer_store_commit(store), 0);
}

static bool has(struct wafer_store *store, enum wafer_kind kind, unsigned seed, size_t len)
{
    uint8_t want[2000], got[2000];
    struct wafer_value value;

    emu_pattern(want, len, seed);
    return wafer_store_find(store, kind, 0, 0, &value) == 0 && value.length == len &&
           wafer_store_read(store, &value, 0, got, sizeof got) == (int)len && memcmp(got, want, len) == 0;
}

static bool missing(struct wafer_store *store, enum wafer_kind kind)
{
    struct wafer_value value;

    return wafer_store_find(store, kind, 0, 0, &value) == WAFER_E_NOT_FOUND;
}

static bool has_set(struct wafer_store *store, unsigned seed)
{
    return has(store, WAFER_KIND_CHAIN, seed, 1400) && has(store, WAFER_KIND_KEY, seed, 32) &&
           has(store, WAFER_KIND_CERT, seed, 90);
}

static bool has_copy(struct wafer_store *store)
{
    return has_set(store, 1000) && has(store, WAFER_KIND_ACCOUNT, 1001, 190);
}

static bool has_old(struct wafer_store *store, const struct target *t)
{
    bool set = t->commits > 0 ? has_set(store, t->commits)
                              : missing(store, WAFER_KIND_CHAIN) && missing(store, WAFER_KIND_KEY) &&
                                    missing(store, WAFER_KIND_CERT);

    return set && missing(store, WAFER_KIND_ACCOUNT);
}

static int mount(struct wafer_store *store, struct emu_flash *emu, const struct target *t)
{
    int rc = wafer_store_mount(store, &emu->flash);

    return rc == 0 && t->encrypted ? wafer_store_encrypt(store, key) : rc;
}

/* Cuts the power in operation number `at` of a copy. Returns whether it came to that. */
static bool cut_copy(const struct target *t, const struct emu_flash *ready, uint64_t at, enum emu_tear tear)
{
    struct emu_flash *emu = emu_flash_clone(ready);
    struct wafer_store to;

    assert_int_equal(mount(&to, emu, t), 0);
    emu->cut_at = emu->operations + at;
    emu->tear = tear;
    emu->tear_octets = (uint32_t)at * 29;
    emu->random += 2 * (uint32_t)at;
    int rc = wafer_store_copy(&to, &from);
    bool cut = emu->dead;
    assert_int_equal(rc, cut ? WAFER_E_FLASH : 0);
    emu_flash_restart(emu);
    assert_int_equal(mount(&to, emu, t), 0);
    if (has_copy(&to)) {
        with += cut;
    } else {
        assert_true(cut && has_old(&to, t));
        without++;
        assert_int_equal(wafer_store_copy(&to, &from), 0);
        assert_int_equal(mount(&to, emu, t), 0);
        assert_true(has_copy(&to));
    }
    cuts += cut;
    emu_flash_drop(emu);
    return cut;
}

static void test_cuts(void **state)
{
    static const struct target targets[] = {
        {4096, 4, 1, 0, false}, {1024, 16, 8, 0, true},    {512, 32, 4, 0, false},  {4096, 4, 16, 5, false},
        {512, 40, 4, 11, true}, {2048, 16, 256, 9, false}, {16384, 2, 1, 8, false}, {1024, 16, 8, 12, false},
    };

    (void)state;
    emu_flash_init(&from_emu, 2048, 8, 4, 0xff);
    assert_int_equal(wafer_store_format(&from, &from_emu.flash), 0);
    put_set(&from, 1000);
    assert_int_equal(wafer_store_begin(&from), 0);
    put(&from, WAFER_KIND_ACCOUNT, 0, 1001, 190);
    assert_int_equal(wafer_store_commit(&from), 0);
    uint64_t operations = from_emu.operations;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const struct target *t = &targets[i];
        struct emu_flash ready;
        struct wafer_store to;

        emu_flash_init(&ready, t->size, t->count, t->unit, i % 2 ? 0 : 0xff);
        assert_int_equal(wafer_store_format(&to, &ready.flash), 0);
        assert_int_equal(mount(&to, &ready, t), 0);
        for (unsigned n = 1; n <= t->commits; n++) {
            put_set(&to, n);
        }
        for (int tear = 0; tear < EMU_TEARS; tear++) {
            uint64_t at = 1;
            while (cut_copy(t, &ready, at, (enum emu_tear)tear)) {
                at++;
            }
            assert_true(at > 8);
        }
        emu_flash_free(&ready);
    }
    assert_true(with > 0 && without > 0);
    assert_int_equal(from_emu.operations, operations);
    print_message("%lu cuts, %lu with the copy, %lu without\n", cuts, with, without);
    emu_flash_free(&from_emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts),
    };

    return cmocka_run_group_tests_name("powerloss: copy", tests, NULL, NULL);
}
