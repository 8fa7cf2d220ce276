/* wafer_certificate_forget: a lineage goes at once with all that it has, and nothing else does, whenever the
 * power fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "emu/flash.h"
#include "record/fields.h"
#include "record/lineage.h"
#include "wafer/certificate.h"

#define SLOT  2
#define OTHER 5

static const enum wafer_kind kinds[] = {WAFER_KIND_CERT,  WAFER_KIND_CHAIN,    WAFER_KIND_KEY,
                                        WAFER_KIND_ORDER, WAFER_KIND_SCHEDULE, WAFER_KIND_OPTIONS};
#define KINDS (sizeof kinds / sizeof kinds[0])

static struct emu_flash flash;
static struct wafer_store store;

static int setup(void **state)
{
    (void)state;
    emu_flash_init(&flash, 4096, 4, 4, 0xff);
    return wafer_store_format(&store, &flash.flash);
}

static int teardown(void **state)
{
    (void)state;
    emu_flash_free(&flash);
    return 0;
}

/* Commits a value of each kind that a lineage may have. */
static void commit_lineage(uint8_t slot, const char *name)
{
    uint8_t content[200];
    memset(content, slot, sizeof content);
    assert_int_equal(wafer_store_begin(&store), 0);
    for (size_t i = 0; i < KINDS; i++) {
        wafer_fields_begin(&store, kinds[i], slot);
        wafer_field_put_text(&store, WAFER_FIELD_NAME, name);
        wafer_field_put(&store, WAFER_FIELD_URL, content, sizeof content);
    }
    assert_int_equal(wafer_store_commit(&store), 0);
}

static void commit_account(void)
{
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_value_put(&store, WAFER_KIND_ACCOUNT, 0, "account", 7);
    wafer_value_put(&store, WAFER_KIND_SEED, 0, "seed", 4);
    assert_int_equal(wafer_store_commit(&store), 0);
}

/* How many values of a lineage there are. */
static size_t count_values(uint8_t slot)
{
    struct wafer_value value;
    size_t count = 0;
    for (size_t i = 0; i < KINDS; i++) {
        int rc = wafer_store_find(&store, kinds[i], slot, 0, &value);
        assert_true(rc == 0 || rc == WAFER_E_NOT_FOUND);
        count += rc == 0;
    }
    return count;
}

static void assert_others_stay(void)
{
    struct wafer_value value;
    char text[16];
    assert_int_equal(count_values(OTHER), KINDS);
    assert_int_equal(wafer_lineage_slot(&store, "other.test"), OTHER);
    assert_int_equal(wafer_store_find(&store, WAFER_KIND_ACCOUNT, 0, 0, &value), 0);
    assert_int_equal(wafer_store_read(&store, &value, 0, text, sizeof text), 7);
    assert_memory_equal(text, "account", 7);
    assert_int_equal(wafer_store_find(&store, WAFER_KIND_SEED, 0, 0, &value), 0);
}

static void test_forget(void **state)
{
    (void)state;
    struct wafer_certificate c;
    commit_account();
    commit_lineage(SLOT, "a.test");
    commit_lineage(OTHER, "other.test");
    assert_int_equal(wafer_certificate_forget(&store, "a.test"), 0);
    assert_int_equal(count_values(SLOT), 0);
    assert_others_stay();
    assert_int_equal(wafer_certificate_find(&store, "a.test"), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_certificate_open(&store, SLOT, &c), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_store_mount(&store, &flash.flash), 0);
    assert_int_equal(count_values(SLOT), 0);
    assert_others_stay();
    assert_int_equal(wafer_certificate_forget(&store, "a.test"), WAFER_E_NOT_FOUND);
}

static void test_unknown(void **state)
{
    (void)state;
    assert_int_equal(wafer_certificate_forget(&store, "a.test"), WAFER_E_NOT_FOUND);
    commit_account();
    commit_lineage(OTHER, "other.test");
    uint64_t operations = flash.operations;
    assert_int_equal(wafer_certificate_forget(&store, "a.test"), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_certificate_forget(&store, "other.tes"), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_certificate_forget(&store, ""), WAFER_E_NOT_FOUND);
    assert_int_equal(flash.operations, operations);
    assert_others_stay();
}

/* An order under way, or failures alone, are a lineage, too. */
static void test_no_certificate_yet(void **state)
{
    static const enum wafer_kind alone[] = {WAFER_KIND_ORDER, WAFER_KIND_SCHEDULE};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(wafer_store_begin(&store), 0);
        wafer_fields_begin(&store, alone[i], SLOT);
        wafer_field_put_text(&store, WAFER_FIELD_NAME, "a.test");
        assert_int_equal(wafer_store_commit(&store), 0);
        assert_int_equal(wafer_certificate_forget(&store, "a.test"), 0);
        assert_int_equal(count_values(SLOT), 0);
        assert_int_equal(wafer_lineage_slot(&store, "a.test"), WAFER_E_NOT_FOUND);
    }
}

/* No transaction may be open: that one stays as it is. */
static void test_busy(void **state)
{
    struct wafer_value value;
    (void)state;
    commit_lineage(SLOT, "a.test");
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_value_put(&store, WAFER_KIND_SEED, 0, "seed", 4);
    assert_int_equal(wafer_certificate_forget(&store, "a.test"), WAFER_E_BUSY);
    assert_int_equal(wafer_store_commit(&store), 0);
    assert_int_equal(wafer_store_find(&store, WAFER_KIND_SEED, 0, 0, &value), 0);
    assert_int_equal(count_values(SLOT), KINDS);
}

/* Forgets on a copy of the flash while the power fails in operation `cut`. Returns whether it had got to its
 * end before. */
static bool forget_with_cut(uint64_t cut, enum emu_tear tear, uint32_t octets)
{
    struct emu_flash *clone = emu_flash_clone(&flash);
    clone->cut_at = clone->operations + cut;
    clone->tear = tear;
    clone->tear_octets = octets;
    assert_int_equal(wafer_store_mount(&store, &clone->flash), 0);
    int rc = wafer_certificate_forget(&store, "a.test");
    bool was_cut = clone->dead;
    assert_true(was_cut ? rc < 0 : rc == 0);
    emu_flash_restart(clone);
    assert_int_equal(wafer_store_mount(&store, &clone->flash), 0);
    size_t left = count_values(SLOT);
    assert_true(left == 0 || (was_cut && left == KINDS));
    assert_others_stay();
    if (left > 0) {
        assert_int_equal(wafer_certificate_forget(&store, "a.test"), 0);
        assert_int_equal(count_values(SLOT), 0);
    }
    emu_flash_drop(clone);
    return !was_cut;
}

/* `filler`: octets committed before, so that the deletions come to stand across the end of a block, too. */
static void cut_everywhere(size_t filler)
{
    static const uint8_t data[2100];
    assert_int_equal(wafer_store_mount(&store, &flash.flash), 0);
    if (filler > 0) {
        assert_int_equal(wafer_store_begin(&store), 0);
        wafer_value_put(&store, WAFER_KIND_OPTIONS, 9, data, filler);
        assert_int_equal(wafer_store_commit(&store), 0);
    }
    for (unsigned tear = 0; tear < EMU_TEARS; tear++) {
        for (uint32_t octets = 1; octets <= (tear == EMU_TEAR_PREFIX ? 9 : 1); octets += 4) {
            uint64_t cut = 1;
            while (!forget_with_cut(cut, (enum emu_tear)tear, octets)) {
                cut++;
            }
            assert_true(cut > 1);
        }
    }
}

static void test_power_cuts(void **state)
{
    (void)state;
    commit_account();
    commit_lineage(SLOT, "a.test");
    commit_lineage(OTHER, "other.test");
    cut_everywhere(0);
    for (size_t filler = 300; filler < 2100; filler += 100) {
        cut_everywhere(filler);
    }
}

/* The place is free again, and nothing of the old lineage shows in a new one. */
static void test_slot_again(void **state)
{
    struct wafer_value value;
    (void)state;
    for (uint8_t slot = 0; slot < 3; slot++) {
        const char *const names[] = {"a.test", "b.test", "c.test"};
        commit_lineage(slot, names[slot]);
    }
    assert_int_equal(wafer_lineage_free_slot(&store), 3);
    assert_int_equal(wafer_certificate_forget(&store, "b.test"), 0);
    assert_int_equal(wafer_lineage_free_slot(&store), 1);
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_fields_begin(&store, WAFER_KIND_CERT, 1);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, "new.test");
    assert_int_equal(wafer_store_commit(&store), 0);
    assert_int_equal(wafer_certificate_find(&store, "new.test"), 1);
    assert_int_equal(count_values(1), 1);
    assert_int_equal(wafer_store_find(&store, WAFER_KIND_KEY, 1, 0, &value), WAFER_E_NOT_FOUND);
    assert_true(wafer_certificate_next_try(&store, 1) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_forget, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_certificate_yet, setup, teardown),
        cmocka_unit_test_setup_teardown(test_busy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_power_cuts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slot_again, setup, teardown),
    };
    return cmocka_run_group_tests_name("forget", tests, NULL, NULL);
}
