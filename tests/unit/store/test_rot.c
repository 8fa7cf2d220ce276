/* Bits rot. Each bit of a whole region that holds some generations of certificates is
 * flipped, each unit becomes unreadable, each record loses all that is in it: what is found is always a set of key, chain and certificate of one commit,
 * octet for octet; the newest, or the one before it if the newest was hit; a second copy
 * serves where there is one; and the next issuance works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "flash.h"
#include "wafer/store.h"

#define SLOTS    2
#define VERSIONS 64
#define RECORDS  600

static const enum wafer_kind set[] = {WAFER_KIND_CERT, WAFER_KIND_CHAIN, WAFER_KIND_KEY};
#define SET (sizeof set / sizeof set[0])

static struct emu_flash emu;
static struct wafer_store store;
static unsigned versions; /* committed so far */
static struct {
    uint32_t sequence;
    unsigned slot;
} commits[VERSIONS + 1];

static uint32_t fill(uint8_t *data, enum wafer_kind kind, unsigned version)
{
    uint32_t len = kind == WAFER_KIND_KEY ? 32 : kind == WAFER_KIND_CERT ? 90 : 500 + version % 7 * 31;

    emu_pattern(data, len, version * 977u + kind);
    return len;
}

static void issue(unsigned slot)
{
    uint8_t data[1000];

    versions++;
    commits[versions].slot = slot;
    commits[versions].sequence = store.sequence;
    assert_int_equal(wafer_store_begin(&store), 0);
    for (size_t i = 0; i < SET; i++) {
        uint32_t len = fill(data, set[i], versions);
        assert_int_equal(wafer_store_put(&store, set[i], (uint8_t)slot, data, len), 0);
    }
    assert_int_equal(wafer_store_commit(&store), 0);
}

/* Finds the newest whole set below a sequence, as certificate.c does. Returns its
 * version, 0 when there is none. What is found must be what was written. */
static unsigned find_set(unsigned slot, uint32_t below)
{
    struct wafer_value value[SET];
    int rc = 0;

    for (;; below = value[0].sequence) {
        rc = wafer_store_find(&store, set[0], (uint8_t)slot, below, &value[0]);
        for (size_t i = 1; rc == 0 && i < SET; i++) {
            rc = wafer_store_find_in(&store, set[i], (uint8_t)slot, value[0].sequence, &value[i]);
            if (rc == WAFER_E_NOT_FOUND) {
                break;
            }
        }
        if (rc == 0) {
            break;
        }
        assert_int_equal(rc, WAFER_E_NOT_FOUND);
        if (value[0].sequence == 0) {
            return 0;
        }
    }
    unsigned version = versions;
    while (version > 0 && (commits[version].sequence != value[0].sequence || commits[version].slot != slot)) {
        version--;
    }
    assert_int_not_equal(version, 0);
    for (size_t i = 0; i < SET; i++) {
        uint8_t want[1000], got[1000];
        uint32_t len = fill(want, set[i], version);

        assert_int_equal(value[i].length, len);
        assert_int_equal(wafer_store_read(&store, &value[i], 0, got, sizeof got), len);
        assert_memory_equal(got, want, len);
    }
    return version;
}

static void remount(void)
{
    assert_int_equal(wafer_store_mount(&store, &emu.flash), 0);
}

/* The present state goes on in a copy: an issuance, a reboot, all is as it should be. */
static void go_on(unsigned other)
{
    struct emu_flash *clone = emu_flash_clone(&emu), whole = emu;
    struct wafer_store before = store;

    emu = *clone;
    emu.flash.ctx = &emu;
    memset(emu.programmed, 0, emu.flash.block_size * emu.flash.block_count / emu.flash.program_unit);
    store.flash = &emu.flash; /* flipped units may look erased */
    issue(0);
    remount();
    assert_int_equal(find_set(0, 0), versions);
    assert_int_equal(find_set(1, 0), other);
    versions--;
    emu_flash_drop(clone);
    emu = whole;
    store = before;
}

struct rot_geometry {
    uint32_t block_size, block_count, unit;
    uint8_t erased;
    unsigned issuances;
};

static void start(const struct rot_geometry *g)
{
    versions = 0;
    emu_flash_init(&emu, g->block_size, g->block_count, g->unit, g->erased);
    assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
}

/* Some generations in a region. */
static void fill_region(const struct rot_geometry *g, unsigned newest[SLOTS], unsigned older[SLOTS])
{
    start(g);
    while (versions < g->issuances) {
        issue(versions % 4 == 3);
    }
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        newest[slot] = find_set(slot, 0);
        older[slot] = find_set(slot, commits[newest[slot]].sequence);
    }
}

static void test_each_bit(void **state)
{
    static const struct rot_geometry geometries[] = {
        {1024, 8, 4, 0xff, 9}, {2048, 4, 16, 0x00, 9}, {1024, 12, 256, 0xff, 5}};

    (void)state;
    for (size_t i = 0; i < sizeof geometries / sizeof geometries[0]; i++) {
        const struct rot_geometry *g = &geometries[i];
        unsigned newest[SLOTS], older[SLOTS], fell[SLOTS] = {0}, lost = 0;

        fill_region(g, newest, older);
        assert_true(newest[0] == versions - (versions % 4 == 0) && newest[1] > 0 && older[0] > 0);
        for (uint32_t bit = 0; bit < g->block_size * g->block_count * 8; bit++) {
            emu_flash_flip(&emu, bit / 8, bit % 8);
            remount();
            for (unsigned slot = 0; slot < SLOTS; slot++) {
                unsigned found = find_set(slot, 0);

                assert_true(found == newest[slot] || found == older[slot]);
                fell[slot] += found != newest[slot];
                lost += found == 0;
            }
            if (bit % 61 == 0) {
                go_on(find_set(1, 0));
            }
            emu_flash_flip(&emu, bit / 8, bit % 8);
        }
        print_message(
            "%u x %u, unit %u: the older set was used for %u and %u bits, there was no older one for %u\n",
            g->block_size, g->block_count, g->unit, fell[0], fell[1], lost);
        /* Three records at least and the commit are of the newest set, and no other bit matters. */
        assert_in_range(fell[0], 8 * (500 + 90 + 32), 8 * (700 + 90 + 32 + 6 * 16));
        emu_flash_free(&emu);
    }
}

/* A chip with error correction says of a unit that it can't be read, as it does after a cut. */
static void test_each_unit(void **state)
{
    static const struct rot_geometry geometries[] = {
        {1024, 8, 8, 0xff, 9}, {2048, 4, 16, 0x00, 9}, {1024, 12, 256, 0xff, 5}};

    (void)state;
    for (size_t i = 0; i < sizeof geometries / sizeof geometries[0]; i++) {
        const struct rot_geometry *g = &geometries[i];
        unsigned newest[SLOTS], older[SLOTS], fell = 0;

        fill_region(g, newest, older);
        for (uint32_t unit = 0; unit < g->block_size * g->block_count / g->unit; unit++) {
            bool is_header = unit * g->unit % g->block_size < 32; /* a block is lost with it, no more */

            emu.unreadable[unit] = 1;
            remount();
            for (unsigned slot = 0; slot < SLOTS; slot++) {
                unsigned found = find_set(slot, 0);

                assert_true(is_header || found == newest[slot] || found == older[slot]);
                fell += found != newest[slot];
            }
            if (unit % 7 == 0 && !is_header) {
                go_on(find_set(1, 0));
            }
            emu.unreadable[unit] = 0;
        }
        assert_true(fell > 0);
        emu_flash_free(&emu);
    }
}

/* --- two copies --- */

static struct wafer_record_view views[RECORDS];
static size_t view_count;

static int collect(void *ctx, const struct wafer_record_view *view)
{
    (void)ctx;
    assert_true(view_count < RECORDS);
    views[view_count++] = *view;
    return 0;
}

static int read_value(const struct wafer_record_view *view, uint8_t *data, size_t size)
{
    struct wafer_value value;
    int rc = wafer_store_find(&store, (enum wafer_kind)view->kind, view->slot, 0, &value);

    assert_int_equal(rc, 0);
    assert_int_equal(value.sequence, view->sequence);
    rc = wafer_store_read(&store, &value, 0, data, size);
    assert_int_equal(rc, value.length);
    return rc;
}

/* What is there twice: whichever copy rots, header or payload, nothing has happened. */
static unsigned rot_copies(void)
{
    unsigned copies = 0;

    view_count = 0;
    assert_int_equal(wafer_store_walk(&store, collect, NULL), 0);
    for (size_t i = 0; i < view_count; i++) {
        const struct wafer_record_view *a = &views[i];
        uint32_t at = a->block * emu.flash.block_size + a->offset;

        for (size_t j = 0; j < view_count; j++) {
            const struct wafer_record_view *b = &views[j];
            uint8_t want[1000], got[1000];

            if (i == j || a->commit || a->state != WAFER_RECORD_LIVE || a->kind != b->kind ||
                a->slot != b->slot || a->sequence != b->sequence || a->part != b->part) {
                continue;
            }
            copies++;
            int len = read_value(a, want, sizeof want);
            for (uint32_t octet = 0; octet < 16u + a->length; octet++) {
                emu_flash_flip(&emu, at + octet, octet % 8);
                remount();
                assert_int_equal(read_value(a, got, sizeof got), len);
                assert_memory_equal(got, want, (size_t)len);
                if (octet % 16 == 0) {
                    go_on(find_set(1, 0));
                }
                emu_flash_flip(&emu, at + octet, octet % 8);
            }
            remount();
        }
    }
    return copies;
}

/* A record that looks as if nothing had ever been there hides none of those behind it. */
static void test_each_record_blank(void **state)
{
    static const struct rot_geometry g = {4096, 4, 8, 0xff, 9};
    unsigned newest[SLOTS], older[SLOTS];

    (void)state;
    fill_region(&g, newest, older);
    view_count = 0;
    assert_int_equal(wafer_store_walk(&store, collect, NULL), 0);
    for (size_t i = 0; i < view_count; i++) {
        uint32_t len = (16u + views[i].length + 7) / 8 * 8;
        uint8_t *at = emu.data + views[i].block * g.block_size + views[i].offset, was[WAFER_STORE_PART];

        memcpy(was, at, len);
        memset(at, g.erased, len);
        remount();
        for (unsigned slot = 0; slot < SLOTS; slot++) {
            bool hit = views[i].sequence == commits[newest[slot]].sequence;

            assert_int_equal(find_set(slot, 0), hit ? older[slot] : newest[slot]);
        }
        memcpy(at, was, len);
    }
    assert_true(view_count > 3 * g.issuances);
    emu_flash_free(&emu);
}

static void put_small(enum wafer_kind kind, uint8_t slot, size_t len)
{
    static const uint8_t data[200];

    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_put(&store, kind, slot, data, len), 0);
    assert_int_equal(wafer_store_commit(&store), 0);
}

/* Where a block fails, two must be emptied into the next one; what is copied of one that
 * does not fit as a whole is there twice until the block after that is opened. */
static void test_other_copy(void **state)
{
    static const struct rot_geometry g = {1024, 12, 4, 0xff, 0};
    unsigned copies = 0;

    (void)state;
    for (uint32_t worn = 0; worn < g.block_count; worn++) {
        start(&g);
        for (uint8_t slot = 0; slot < 40; slot++) { /* much that lives on */
            put_small(WAFER_KIND_OPTIONS, slot, slot % 3 == 0 ? 120u : 10u);
        }
        issue(0);
        issue(1);
        emu.fault[worn] = EMU_PROGRAM_FAILS;
        for (unsigned i = 0; i < 400; i++) {
            uint32_t head = store.head;

            put_small(WAFER_KIND_SEED, 0, 10);
            copies += store.head != head ? rot_copies() : 0;
        }
        emu_flash_free(&emu);
    }
    print_message("%u records were there twice\n", copies / 2);
    assert_true(copies > 20);
}

/* --- more than a bit --- */

/* Whole stretches go: what is found is still what was written, and life goes on. */
static void test_stretches(void **state)
{
    static const struct rot_geometry g = {1024, 8, 4, 0xff, 0};

    (void)state;
    start(&g);
    while (versions < 10) {
        issue(versions % 4 == 3);
    }
    for (uint32_t at = 0; at < 8 * 1024; at += 13) {
        uint32_t len = 1 + at % 700 < 8 * 1024 - at ? 1 + at % 700 : 8 * 1024 - at;
        uint8_t saved[700];

        memcpy(saved, emu.data + at, len);
        for (uint32_t i = 0; i < len; i++) {
            emu.data[at + i] = at % 3 == 0 ? 0xff : at % 3 == 1 ? 0 : (uint8_t)emu_flash_random(&emu);
        }
        remount();
        find_set(0, 0);
        go_on(find_set(1, 0));
        memcpy(emu.data + at, saved, len);
    }
    emu_flash_free(&emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_bit), cmocka_unit_test(test_each_unit), cmocka_unit_test(test_each_record_blank),
        cmocka_unit_test(test_other_copy),
        cmocka_unit_test(test_stretches),
    };
    return cmocka_run_group_tests_name("rot", tests, NULL, NULL);
}
