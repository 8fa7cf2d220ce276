#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/crc32.h"
#include "flash.h"
#include "wafer/store.h"

static struct emu_flash emu;
static struct wafer_store store;

static void fresh(uint32_t block_size, uint32_t block_count, uint32_t unit, uint8_t erased)
{
    emu_flash_init(&emu, block_size, block_count, unit, erased);
    assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
}

static int put(enum wafer_kind kind, unsigned slot, unsigned seed, size_t len)
{
    uint8_t data[8192];

    emu_pattern(data, len, seed);
    assert_int_equal(wafer_store_begin(&store), 0);
    int rc = wafer_store_put(&store, kind, (uint8_t)slot, data, len);
    int end = wafer_store_commit(&store);
    return rc < 0 ? rc : end;
}

static int erase_value(enum wafer_kind kind, unsigned slot)
{
    assert_int_equal(wafer_store_begin(&store), 0);
    int rc = wafer_store_delete(&store, kind, (uint8_t)slot);
    int end = wafer_store_commit(&store);
    return rc < 0 ? rc : end;
}

static bool has(enum wafer_kind kind, unsigned slot, uint32_t below, unsigned seed, size_t len)
{
    uint8_t want[8192], got[8192];
    struct wafer_value value;

    if (wafer_store_find(&store, kind, (uint8_t)slot, below, &value) < 0 || value.length != len ||
        value.kind != kind || value.slot != slot || (below != 0 && value.sequence >= below)) {
        return false;
    }
    emu_pattern(want, len, seed);
    return wafer_store_read(&store, &value, 0, got, sizeof got) == (int)len && memcmp(want, got, len) == 0;
}

static bool missing(enum wafer_kind kind, unsigned slot)
{
    struct wafer_value value;

    return wafer_store_find(&store, kind, (uint8_t)slot, 0, &value) == WAFER_E_NOT_FOUND;
}

static void remount(void)
{
    uint64_t operations = emu.operations;

    assert_int_equal(wafer_store_mount(&store, &emu.flash), 0);
    assert_int_equal(emu.operations, operations);
}

/* --- mounting --- */

static void test_blank_and_foreign(void **state)
{
    static const struct {
        uint32_t size, count, unit;
    } others[] = {{512, 32, 4}, {2048, 8, 4}, {1024, 8, 4}, {1024, 16, 8}};

    (void)state;
    emu_flash_init(&emu, 1024, 16, 4, 0xff);
    assert_int_equal(wafer_store_mount(&store, &emu.flash), WAFER_E_BLANK);
    assert_int_equal(emu.operations, 0);
    for (uint32_t at = 0; at < 16 * 1024; at += at < 64 ? 1 : 199) {
        emu.data[at] = 0x3c;
        int rc = wafer_store_mount(&store, &emu.flash);
        emu.data[at] = 0xff;
        /* Only what is left of a torn first header is blank. */
        assert_int_equal(rc, at < 32 && rc == WAFER_E_BLANK ? WAFER_E_BLANK : WAFER_E_STORE_FORMAT);
    }
    memset(emu.data, 0, 16 * 1024);
    assert_int_equal(wafer_store_mount(&store, &emu.flash), WAFER_E_STORE_FORMAT);
    for (uint32_t i = 0; i < 16 * 1024; i++) {
        emu.data[i] = (uint8_t)emu_flash_random(&emu);
    }
    assert_int_equal(wafer_store_mount(&store, &emu.flash), WAFER_E_STORE_FORMAT);
    assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 1, 32), 0);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct wafer_flash other = emu.flash;

        other.block_size = others[i].size;
        other.block_count = others[i].count;
        other.program_unit = others[i].unit;
        emu.flash.block_size = other.block_size; /* the emulator goes by its own */
        emu.flash.block_count = other.block_count;
        assert_int_equal(wafer_store_mount(&store, &other), WAFER_E_STORE_FORMAT);
        emu.flash.block_size = 1024;
        emu.flash.block_count = 16;
    }
    remount();
    assert_true(has(WAFER_KIND_KEY, 0, 0, 1, 32));
    emu_flash_free(&emu);
}

static void test_geometry_bounds(void **state)
{
    static const struct {
        uint32_t size, count, unit;
        uint8_t erased;
        int rc;
    } cases[] = {{512, 8, 1, 0xff, 0},    {511, 8, 1, 0xff, -1},        {256, 8, 1, 0xff, -1},
                 {768, 8, 1, 0xff, -1},   {1u << 25, 2, 1, 0xff, -1},   {4096, 1, 1, 0xff, -1},
                 {4096, 0, 1, 0xff, -1},  {512, 65536, 1, 0xff, -1},    {4096, 8, 0, 0xff, -1},
                 {4096, 8, 3, 0xff, -1},  {4096, 8, 512, 0xff, -1},     {4096, 8, 256, 0xff, 0},
                 {4096, 8, 4, 0x7f, -1},  {4096, 8, 4, 0x00, 0},        {512, 2, 1, 0xff, -1},
                 {512, 4, 256, 0xff, -1}, {1u << 24, 256, 1, 0xff, -1}, {4096, 2, 1, 0xff, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        emu_flash_init(&emu, 4096, 8, 1, 0xff);
        struct wafer_flash flash = emu.flash;
        flash.block_size = cases[i].size;
        flash.block_count = cases[i].count;
        flash.program_unit = cases[i].unit;
        flash.erased = cases[i].erased;
        if (cases[i].rc != 0) {
            assert_int_equal(wafer_store_mount(&store, &flash), WAFER_E_ARGUMENT);
            assert_int_equal(wafer_store_format(&store, &flash), WAFER_E_ARGUMENT);
        } else {
            assert_int_not_equal(wafer_store_mount(&store, &flash), WAFER_E_ARGUMENT);
        }
        emu_flash_free(&emu);
    }
}

/* The bytes as docs/store-format.md has them. */
static void test_format_bytes(void **state)
{
    static const uint8_t header[28] = {'w', 'a', 'f', 'r', 1, 0, 4, 0, 2, 0, 16, 0, 1, 0,
                                       0,   0,   0,   0,   0, 0, 1, 0, 0, 0, 1,  0, 0, 0};
    static const uint8_t record[10] = {3, 7, 1, 5, 1, 0, 0, 0, 0, 0};
    static const uint8_t commit[10] = {0, 0, 4, 0, 1, 0, 0, 0, 0, 0};
    uint32_t crc;

    (void)state;
    fresh(1024, 16, 4, 0xff);
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 7, "hello", 5), 0);
    assert_int_equal(wafer_store_commit(&store), 0);

    assert_memory_equal(emu.data, header, 28);
    crc = wafer_crc32(0, emu.data, 28);
    assert_memory_equal(
        emu.data + 28,
        ((uint8_t[]){(uint8_t)crc, (uint8_t)(crc >> 8), (uint8_t)(crc >> 16), (uint8_t)(crc >> 24)}), 4);

    assert_memory_equal(emu.data + 32, record, 10);
    crc = wafer_crc32(0x9e3779b1u * 1 ^ 32, emu.data + 32, 10);
    assert_int_equal(emu.data[42] | emu.data[43] << 8, crc & 0xffff);
    crc = wafer_crc32(wafer_crc32(crc, emu.data + 42, 2), "hello", 5);
    assert_memory_equal(
        emu.data + 44,
        ((uint8_t[]){(uint8_t)crc, (uint8_t)(crc >> 8), (uint8_t)(crc >> 16), (uint8_t)(crc >> 24)}), 4);
    assert_memory_equal(emu.data + 48, "hello\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16);
    assert_memory_equal(emu.data + 64, commit, 10);
    for (uint32_t i = 80; i < 16 * 1024; i++) {
        assert_int_equal(emu.data[i], 0xff);
    }
    emu_flash_free(&emu);
}

/* --- values --- */

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

/* Tombstones do not pile up: after some turns of the log an empty store is empty. */
static void test_tombstones_go(void **state)
{
    struct wafer_store_usage usage;

    (void)state;
    fresh(1024, 8, 4, 0xff);
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(put(WAFER_KIND_ORDER, i, i, 20), 0);
        assert_int_equal(erase_value(WAFER_KIND_ORDER, i), 0);
    }
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(put(WAFER_KIND_SEED, 0, i, 200), 0);
    }
    assert_int_equal(wafer_store_usage(&store, &usage), 0);
    assert_int_equal(usage.live, 16 + 208);
    for (unsigned i = 0; i < 200; i++) {
        assert_true(missing(WAFER_KIND_ORDER, i));
    }
    emu_flash_free(&emu);
}

static void check_full(uint32_t size, uint32_t count, uint32_t unit)
{
    struct wafer_store_usage usage;
    unsigned n = 0;

    fresh(size, count, unit, 0xff);
    while (n < 255 && put(WAFER_KIND_CERT, n, n, 100 + n * 3) == 0) {
        n++;
    }
    assert_in_range(n, 1, 254);
    for (int turn = 0; turn < 3; turn++) {
        /* Failing again and again changes nothing, nor does it use the store up. */
        for (unsigned i = 0; i < 20; i++) {
            assert_int_equal(put(WAFER_KIND_CHAIN, 0, 1, 1200), WAFER_E_STORE_FULL);
        }
        remount();
        for (unsigned i = 0; i < n; i++) {
            assert_true(has(WAFER_KIND_CERT, i, 0, i, 100 + i * 3));
        }
        assert_int_equal(wafer_store_usage(&store, &usage), 0);
        assert_true(usage.live <= usage.capacity);
        /* Each single value can be deleted, and then there is room again. */
        for (unsigned i = 0; i < n; i++) {
            assert_int_equal(erase_value(WAFER_KIND_CERT, i), 0);
        }
        for (unsigned i = 0; i < n; i++) {
            assert_true(missing(WAFER_KIND_CERT, i));
            int rc = put(WAFER_KIND_CERT, i, i, 100 + i * 3);
            for (int again = 0; rc == WAFER_E_STORE_FULL && again < 10; again++) {
                rc = erase_value(WAFER_KIND_CERT, 255);
                rc = rc < 0 ? rc : put(WAFER_KIND_CERT, i, i, 100 + i * 3);
            }
            if (rc == WAFER_E_STORE_FULL && i + 2 >= n) { /* tombstones take some octets until they go */
                n = i;
                break;
            }
            assert_int_equal(rc, 0);
        }
    }
    emu_flash_free(&emu);
}

static void test_full(void **state)
{
    (void)state;
    check_full(4096, 2, 1);
    check_full(4096, 4, 16);
    check_full(512, 24, 4);
    check_full(512, 16, 256);
    check_full(1024, 8, 32);
    check_full(8192, 3, 256);
}

/* --- damage --- */

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

/* --- worn blocks --- */

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

/* --- looking at it --- */

struct seen {
    unsigned records, live, old, uncommitted, damaged, commits, stop;
};

static int count(void *ctx, const struct wafer_record_view *view)
{
    struct seen *seen = ctx;

    seen->records++;
    seen->commits += view->commit;
    seen->live += view->state == WAFER_RECORD_LIVE && !view->commit;
    seen->old += view->state == WAFER_RECORD_OLD;
    seen->uncommitted += view->state == WAFER_RECORD_UNCOMMITTED;
    seen->damaged += view->state == WAFER_RECORD_DAMAGED;
    return seen->stop != 0 && seen->records == seen->stop ? 42 : 0;
}

static void test_walk(void **state)
{
    struct seen seen = {0}, few = {.stop = 2};

    (void)state;
    fresh(4096, 4, 1, 0xff);
    assert_int_equal(put(WAFER_KIND_CHAIN, 0, 1, 500), 0); /* three parts, old */
    assert_int_equal(put(WAFER_KIND_CHAIN, 0, 2, 500), 0); /* three parts, live */
    assert_int_equal(put(WAFER_KIND_ORDER, 0, 2, 5), 0);   /* deleted */
    assert_int_equal(erase_value(WAFER_KIND_ORDER, 0), 0); /* live tombstone */
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 0, "x", 1), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_CERT, 0, "x", 1), 0); /* ends the key */
    wafer_store_abort(&store);
    uint32_t at = store.offset;
    assert_int_equal(put(WAFER_KIND_SEED, 0, 2, 32), 0);
    assert_int_equal(put(WAFER_KIND_SEED, 1, 2, 32), 0);
    emu_flash_flip(&emu, at + 20, 3);
    assert_int_equal(wafer_store_walk(&store, count, &seen), 0);
    assert_int_equal(seen.records, 3 + 1 + 3 + 1 + 2 + 2 + 1 + 2 + 2);
    assert_int_equal(seen.commits, 6);
    assert_int_equal(seen.live, 3 + 1 + 1);
    assert_int_equal(seen.old, 3 + 1);
    assert_int_equal(seen.uncommitted, 1);
    assert_int_equal(seen.damaged, 1);
    assert_int_equal(wafer_store_walk(&store, count, &few), 42);
    assert_int_equal(few.records, 2);
    emu_flash_flip(&emu, at + 1, 3); /* its header too: no record, still reported */
    memset(&seen, 0, sizeof seen);
    assert_int_equal(wafer_store_walk(&store, count, &seen), 0);
    assert_int_equal(seen.damaged, 1);
    assert_int_equal(seen.live, 3 + 1 + 1);
    emu_flash_free(&emu);
}

/* --- wear --- */

/* Ten years of a certificate renewed every six days (half of its life), a schedule
 * noted each day and a seed at a boot a month. */
static void wear(uint32_t size, uint32_t blocks, uint32_t unit)
{
    uint32_t least = UINT32_MAX, most = 0;
    struct wafer_store_usage usage;
    unsigned issued = 0;

    fresh(size, blocks, unit, 0xff);
    assert_int_equal(put(WAFER_KIND_ACCOUNT, 0, 1, 180), 0);
    for (unsigned day = 0; day < 3653; day++) {
        assert_int_equal(put(WAFER_KIND_SCHEDULE, 0, day, 24), 0);
        if (day % 30 == 0) {
            assert_int_equal(put(WAFER_KIND_SEED, 0, day, 32), 0);
        }
        if (day % 3 != 0) {
            continue;
        }
        issued++;
        assert_int_equal(put(WAFER_KIND_ORDER, 0, day, 220), 0);
        assert_int_equal(wafer_store_begin(&store), 0);
        uint8_t data[2400];
        emu_pattern(data, sizeof data, day);
        assert_int_equal(wafer_store_put(&store, WAFER_KIND_CHAIN, 0, data, 2400), 0);
        assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 0, data, 32), 0);
        assert_int_equal(wafer_store_put(&store, WAFER_KIND_CERT, 0, data, 200), 0);
        assert_int_equal(wafer_store_delete(&store, WAFER_KIND_ORDER, 0), 0);
        assert_int_equal(wafer_store_delete(&store, WAFER_KIND_SCHEDULE, 0), 0);
        assert_int_equal(wafer_store_commit(&store), 0);
    }
    for (uint32_t block = 0; block < blocks; block++) {
        least = emu.erases[block] < least ? emu.erases[block] : least;
        most = emu.erases[block] > most ? emu.erases[block] : most;
    }
    print_message("wear, %u x %u, unit %u: %u certificates in ten years, each block erased %u to %u times\n",
                  size, blocks, unit, issued, least, most);
    assert_true(most - least <= 2);
    assert_true(most < 3000);
    assert_int_equal(wafer_store_usage(&store, &usage), 0);
    assert_in_range(usage.erases_max, most - 1, most);
    assert_in_range(usage.erases_min, least - 1, least);
    emu_flash_free(&emu);
}

static void test_wear(void **state)
{
    (void)state;
    wear(4096, 16, 1);
    wear(4096, 16, 256);
    wear(1024, 64, 8);
    wear(32768, 2, 4);
    wear(65536, 2, 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blank_and_foreign),
        cmocka_unit_test(test_geometry_bounds),
        cmocka_unit_test(test_format_bytes),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_transactions),
        cmocka_unit_test(test_versions_and_slots),
        cmocka_unit_test(test_tombstones_go),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_rot_in_records),
        cmocka_unit_test(test_rot_in_headers),
        cmocka_unit_test(test_random_damage),
        cmocka_unit_test(test_worn_blocks),
        cmocka_unit_test(test_failing_device),
        cmocka_unit_test(test_failure_at_every_step),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_wear),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
