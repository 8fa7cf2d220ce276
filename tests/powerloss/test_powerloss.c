/* A device's life of 50 issuances on an emulated flash, with the power cut in every
 * program and every erase, in several ways, and again while it goes on after that.
 *
 * Whenever the store asks the flash for something, the flash is copied, the operation
 * is torn in the copy, and the copy lives on: it must mount, hold either what was
 * committed before or what the open transaction would have made of it, and go through
 * the next issuance. On some devices blocks wear out on the way: they must be retired,
 * never be touched after that, and never be forgotten. Each device has one of two chips:
 * cells that fault where they are read erased, with error correction and without. On the largest geometries that is done for a sample of the
 * operations; WAFER_POWERLOSS=full does it for all, with each prefix, and cuts twice
 * after every one (hours). With sanitizers lives are shorter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "flash.h"
#include "store/worn.h"

#define KINDS     9
#define SLOTS     2
#define VALUE_MAX 6000

#if defined(__SANITIZE_ADDRESS__)
#define SHORT true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHORT true
#endif
#endif
#ifndef SHORT
#define SHORT false
#endif

/* What the store should hold: the version of each value, 0 for none. */
struct model {
    uint32_t version[KINDS][SLOTS];
};

/* What the cells are like. */
struct chip {
    const char *name;
    unsigned cells;  /* of enum emu_cells */
    unsigned sample; /* so manieth of the cuts is made */
};

struct life {
    const struct geometry *geometry;
    const struct chip *chip;
    struct emu_flash *emu;
    struct wafer_store store;
    struct model now, next; /* committed; with the open transaction */
    unsigned number;        /* of the issuance */
    unsigned depth;         /* cuts behind it */
    unsigned retired;       /* blocks, as committed */
};

struct geometry {
    uint32_t block_size, block_count, unit;
    uint8_t erased;
    uint32_t chain; /* octets of the largest chain */
    unsigned issuances;
    unsigned each;   /* so manieth operation is cut */
    unsigned stride; /* so manieth cut is followed by second cuts */
    bool encrypted;  /* accounts, orders, keys and seeds are */
    unsigned worn;   /* so many blocks wear out, one after the other */
};

struct device {
    const struct geometry *geometry;
    const struct chip *chip;
};

static bool thorough;
static unsigned long cuts, second_cuts;

/* --- values --- */

static uint32_t value_length(const struct life *life, unsigned kind, unsigned slot, uint32_t version)
{
    uint32_t chain = life->geometry->chain;

    switch (kind) {
    case WAFER_KIND_CHAIN:
        return chain - (version * 37 + slot * 101) % (chain / 2);
    case WAFER_KIND_KEY:
        return 32;
    case WAFER_KIND_SCHEDULE:
        return version % 3 == 0 ? 0 : 24;
    default:
        return 60 + (version * 13 + kind * 7) % 120;
    }
}

static void value_fill(unsigned kind, unsigned slot, uint32_t version, uint8_t *data, uint32_t len)
{
    emu_pattern(data, len, version * 2654435761u + kind * 40503u + slot * 977u + 1);
}

static bool holds_value(struct life *life, unsigned kind, unsigned slot, uint32_t version, uint32_t *sequence)
{
    uint8_t want[VALUE_MAX], got[VALUE_MAX];
    struct wafer_value value;
    uint32_t len = value_length(life, kind, slot, version);
    int rc = wafer_store_find(&life->store, (enum wafer_kind)kind, (uint8_t)slot, 0, &value);

    *sequence = 0;
    if (version == 0) {
        return rc == WAFER_E_NOT_FOUND;
    }
    if (rc < 0 || value.length != len) {
        return false;
    }
    *sequence = value.sequence;
    value_fill(kind, slot, version, want, len);
    rc = wafer_store_read(&life->store, &value, 0, got, sizeof got);
    return rc == (int)len && memcmp(want, got, len) == 0;
}

/* Whether the store has all of the model and nothing else; key, chain and certificate
 * of one commit. */
static bool holds(struct life *life, const struct model *model)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        uint32_t sequence[KINDS];

        for (unsigned kind = 1; kind < KINDS;
             kind += kind == WAFER_KIND_OPTIONS - 1 ? 2 : 1) { /* not used here */
            if (!holds_value(life, kind, slot, model->version[kind][slot], &sequence[kind])) {
                return false;
            }
        }
        assert_int_equal(sequence[WAFER_KIND_KEY], sequence[WAFER_KIND_CHAIN]);
        assert_int_equal(sequence[WAFER_KIND_KEY], sequence[WAFER_KIND_CERT]);
    }
    return true;
}

/* --- a life --- */

static int mount(struct life *life)
{
    static const uint8_t key[WAFER_STORE_KEY] = "thirty-two octets of a board";
    int rc = wafer_store_mount(&life->store, &life->emu->flash);

    return rc == 0 && life->geometry->encrypted ? wafer_store_encrypt(&life->store, key) : rc;
}

static void put(struct life *life, unsigned kind, unsigned slot)
{
    uint8_t data[VALUE_MAX];
    uint32_t version = life->now.version[kind][slot] + 1 + life->number * 16;
    uint32_t len = value_length(life, kind, slot, version);

    value_fill(kind, slot, version, data, len);
    life->next.version[kind][slot] = version;
    assert_int_equal(wafer_store_value(&life->store, (enum wafer_kind)kind, (uint8_t)slot), 0);
    for (uint32_t at = 0, n; at < len; at += n) { /* as a chain streams in */
        n = len - at < 700 ? len - at : 700;
        assert_int_equal(wafer_store_append(&life->store, data + at, n), 0);
    }
}

static void drop(struct life *life, unsigned kind, unsigned slot)
{
    life->next.version[kind][slot] = 0;
    assert_int_equal(wafer_store_delete(&life->store, (enum wafer_kind)kind, (uint8_t)slot), 0);
}

static void begin(struct life *life)
{
    life->next = life->now;
    assert_int_equal(wafer_store_begin(&life->store), 0);
}

static void commit(struct life *life)
{
    assert_int_equal(wafer_store_commit(&life->store), 0);
    life->now = life->next;
    life->retired = life->store.unsaved ? life->retired : life->store.worn[0];
}

/* What wafer_issue commits; now and then a boot, a failure, a chain that breaks off. */
static void issue(struct life *life)
{
    unsigned slot = life->number % 5 == 4;

    life->number++;
    if (life->now.version[WAFER_KIND_ACCOUNT][0] == 0) {
        begin(life);
        put(life, WAFER_KIND_ACCOUNT, 0);
        commit(life);
    }
    begin(life);
    put(life, WAFER_KIND_ORDER, slot);
    commit(life);
    if (life->number % 3 == 0) {
        begin(life);
        put(life, WAFER_KIND_CHAIN, slot);
        wafer_store_abort(&life->store);
        life->next = life->now;
        begin(life);
        put(life, WAFER_KIND_SCHEDULE, slot);
        commit(life);
    }
    begin(life);
    put(life, WAFER_KIND_CHAIN, slot);
    put(life, WAFER_KIND_KEY, slot);
    put(life, WAFER_KIND_CERT, slot);
    drop(life, WAFER_KIND_ORDER, slot);
    drop(life, WAFER_KIND_SCHEDULE, slot);
    commit(life);
    if (life->number % 4 == 0) {
        begin(life);
        put(life, WAFER_KIND_SEED, 0);
        commit(life);
    }
}

static void before(struct emu_flash *emu, const struct emu_operation *operation);

/* The power is back: what is there, and does it go on? */
static void live_on(struct life *life)
{
    struct wafer_store_usage usage;
    uint64_t operations = life->emu->operations;

    assert_int_equal(mount(life), 0);
    assert_true(life->store.worn[0] >= life->retired);
    if (holds(life, &life->next)) {
        life->now = life->next;
    } else {
        assert_true(holds(life, &life->now));
        life->next = life->now;
    }
    assert_int_equal(life->emu->operations, operations); /* looking changes nothing */
    if (life->depth == 1) {
        life->emu->before = before;
        life->emu->before_ctx = life;
    }
    issue(life);
    life->emu->before = NULL;
    assert_int_equal(mount(life), 0);
    assert_true(holds(life, &life->now));
    assert_int_equal(wafer_store_usage(&life->store, &usage), 0);
    assert_true(usage.live <= usage.capacity);
}

static void cut(const struct life *life, const struct emu_operation *operation, enum emu_tear tear,
                uint32_t octets)
{
    static unsigned turn;
    struct life after = *life;

    after.emu = emu_flash_clone(life->emu);
    after.emu->random += 2 * (uint32_t)cuts + 2 * (uint32_t)second_cuts;
    after.depth++;
    if (after.depth == 1) {
        cuts++;
        /* Then each of the next operations is cut too, for a sample of the first cuts. */
        after.depth += turn++ % (thorough ? 1 : life->geometry->stride) != 0;
    } else {
        second_cuts++;
    }
    emu_flash_tear(after.emu, operation, tear, octets);
    live_on(&after);
    emu_flash_drop(after.emu);
}

/* Done and not reported is the same as not begun in the next operation. */
static void before(struct emu_flash *emu, const struct emu_operation *operation)
{
    static const enum emu_tear turns[] = {EMU_TEAR_RANDOM, EMU_TEAR_PREFIX, EMU_TEAR_NONE};
    const struct life *life = emu->before_ctx;
    uint32_t some = (uint32_t)(emu->operations * 29) % operation->len;

    assert_true(wafer_worn_failures(&((struct life *)emu->before_ctx)->store,
                                   operation->address / emu->flash.block_size) < 2);
    if (!thorough && life->depth == 0 &&
        (emu->operations % life->geometry->each != 0 || emu->operations % life->chip->sample != 0)) {
        return;
    }
    if (life->depth > 0) {
        cut(life, operation, turns[emu->operations % 3], some);
        return;
    }
    cut(life, operation, EMU_TEAR_NONE, 0);
    cut(life, operation, EMU_TEAR_RANDOM, 0);
    cut(life, operation, EMU_TEAR_PREFIX, some);
    for (uint32_t octets = 1; thorough && !operation->erase && octets < operation->len; octets++) {
        cut(life, operation, EMU_TEAR_PREFIX, octets);
        cut(life, operation, EMU_TEAR_RANDOM, 0);
    }
}

/* Blocks fail one after the other, far apart, each in another way. */
static void wear_out(struct life *life, unsigned issuances)
{
    const struct geometry *g = life->geometry;
    unsigned step = issuances / (g->worn + 1), n = life->number / (step + 1);

    if (n < g->worn && life->number % (step + 1) == 1) {
        life->emu->fault[(3 + n * (g->block_count / g->worn)) % g->block_count] =
            (uint8_t)(1 + (n + g->unit) % (EMU_FAULTS - 1));
    }
}

static void test_life(void **state)
{
    const struct device *device = *state;
    const struct geometry *g = device->geometry;
    struct emu_flash emu;
    struct life life = {.geometry = g, .chip = device->chip, .emu = &emu};
    struct wafer_store_usage usage;
    unsigned issuances = SHORT && g->issuances > 24 && g->worn == 0 ? 24 : g->issuances;

    cuts = second_cuts = 0;
    emu_flash_init(&emu, g->block_size, g->block_count, g->unit, g->erased);
    emu.cells = device->chip->cells;
    assert_int_equal(wafer_store_format(&life.store, &emu.flash), 0);
    assert_int_equal(mount(&life), 0);
    while (life.number < issuances) {
        wear_out(&life, issuances);
        emu.before = before;
        emu.before_ctx = &life;
        issue(&life);
        emu.before = NULL;
        assert_true(holds(&life, &life.now));
        assert_int_equal(mount(&life), 0);
        assert_true(life.store.worn[0] >= life.retired);
    }
    assert_int_equal(wafer_store_usage(&life.store, &usage), 0);
    print_message("%u x %u, unit %u: %llu operations, %lu cuts, %lu second cuts, erases %u to %u, "
                  "%u blocks retired%s\n",
                  g->block_size, g->block_count, g->unit, (unsigned long long)emu.operations, cuts,
                  second_cuts, usage.erases_min, usage.erases_max, usage.retired,
                  g->encrypted ? ", encrypted" : "");
    assert_int_equal(usage.retired, g->worn);
    emu_flash_free(&emu);
}

/* A first format that is interrupted is begun again without a question. */
static void test_first_format(void **state)
{
    (void)state;
    for (uint32_t octets = 0; octets <= 32; octets++) {
        for (int tear = 0; tear < EMU_TEARS; tear++) {
            for (uint64_t at = 1; at <= 3; at++) {
                struct emu_flash emu;
                struct wafer_store store;

                emu_flash_init(&emu, 512, 8, octets % 2 ? 1 : 16, octets % 3 ? 0xff : 0);
                emu.random += octets * 2;
                emu.cut_at = at;
                emu.tear = (enum emu_tear)tear;
                emu.tear_octets = octets;
                int rc = wafer_store_format(&store, &emu.flash);
                assert_int_equal(rc, at <= emu.operations ? WAFER_E_FLASH : 0);
                emu_flash_restart(&emu);
                rc = wafer_store_mount(&store, &emu.flash);
                /* A torn erase of a blank block may leave anything in it. */
                assert_true(rc == 0 || rc == WAFER_E_BLANK ||
                            (rc == WAFER_E_STORE_FORMAT && at == 1 && tear == EMU_TEAR_RANDOM));
                if (rc < 0) {
                    assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
                    assert_int_equal(wafer_store_mount(&store, &emu.flash), 0);
                }
                emu_flash_free(&emu);
            }
        }
    }
}

static struct geometry geometries[] = {
    {512, 40, 1, 0xff, 1500, 50, 1, 120, false, 0},   {512, 24, 4, 0x00, 700, 50, 1, 120, false, 0},
    {512, 48, 256, 0xff, 1200, 30, 1, 240, false, 0}, {1024, 16, 8, 0xff, 1500, 50, 1, 60, false, 0},
    {4096, 2, 1, 0xff, 600, 50, 1, 60, false, 0},     {4096, 4, 16, 0xff, 1500, 50, 1, 60, false, 0},
    {2048, 5, 8, 0x00, 800, 50, 1, 60, false, 0},     {4096, 16, 256, 0xff, 2800, 50, 1, 60, false, 0},
    {65536, 2, 16, 0xff, 2800, 50, 4, 240, false, 0}, {262144, 2, 1, 0xff, 5000, 80, 40, 60, false, 0},
    {512, 24, 4, 0x00, 700, 24, 1, 120, true, 0},     {1024, 16, 8, 0xff, 1500, 24, 1, 120, true, 0},
    {1024, 16, 8, 0xff, 1000, 60, 1, 120, false, 4},  {512, 24, 4, 0x00, 500, 48, 1, 120, true, 3},
    {4096, 4, 16, 0xff, 500, 66, 1, 120, false, 2},   {4096, 3, 1, 0xff, 500, 34, 1, 120, false, 1},
    {2048, 8, 256, 0xff, 300, 48, 1, 120, false, 3},
};

static const struct chip chips[] = {
    {"", EMU_BLANK_FAULTS, 1},
    {", ECC", EMU_BLANK_FAULTS | EMU_ECC, 2},
};

int main(void)
{
    enum {
        CHIPS = sizeof chips / sizeof chips[0],
        COUNT = CHIPS * (sizeof geometries / sizeof geometries[0])
    };
    struct CMUnitTest tests[COUNT + 1] = {cmocka_unit_test(test_first_format)};
    static struct device devices[COUNT];
    static char names[COUNT][100];

    thorough = getenv("WAFER_POWERLOSS") != NULL && strcmp(getenv("WAFER_POWERLOSS"), "full") == 0;
    for (size_t i = 0; i < COUNT; i++) {
        const struct geometry *g = &geometries[i / CHIPS];

        devices[i] = (struct device){g, &chips[i % CHIPS]};
        snprintf(names[i], sizeof names[i], "a life on %u blocks of %u, unit %u%s%s%s", g->block_count,
                 g->block_size, g->unit, g->encrypted ? ", encrypted" : "",
                 g->worn > 0 ? ", wearing out" : "", chips[i % CHIPS].name);
        tests[i + 1] = (struct CMUnitTest)cmocka_unit_test_prestate(test_life, &devices[i]);
        tests[i + 1].name = names[i];
    }
    return cmocka_run_group_tests_name("powerloss", tests, NULL, NULL);
}
