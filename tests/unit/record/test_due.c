/* wafer_due over an emulated flash: what it says of each state of the store, and when to look again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "emu/flash.h"
#include "record/fields.h"
#include "wafer/wafer.h"

#define DAY     86400
#define START   ((int64_t)2000000000)
#define END     (START + 90 * DAY)
#define RENEWAL (START + 60 * DAY)
#define UNKNOWN ((int64_t)WAFER_E_CLOCK)

static const char *const names[] = {"a.test", "b.test", "c.test"};
static const uint8_t key[WAFER_STORE_KEY] = "the key of this device";
static struct emu_flash flash;
static struct wafer_store store;
static struct wafer_due due;

static int setup(void **state)
{
    (void)state;
    emu_flash_init(&flash, 4096, 6, 1, 0xff);
    return wafer_store_format(&store, &flash.flash);
}

static int teardown(void **state)
{
    (void)state;
    emu_flash_free(&flash);
    return 0;
}

/* Commits a certificate for a.test and b.test whose key and chain are full of `mark`. */
static void commit_certificate(uint8_t slot, int64_t not_before, uint8_t mark)
{
    uint8_t secret[WAFER_KEY_SIZE], chain[300];
    memset(secret, mark, sizeof secret);
    memset(chain, mark, sizeof chain);
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_value_put(&store, WAFER_KIND_CHAIN, slot, chain, sizeof chain);
    wafer_value_put(&store, WAFER_KIND_KEY, slot, secret, sizeof secret);
    wafer_fields_begin(&store, WAFER_KIND_CERT, slot);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, names[0]);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, names[1]);
    wafer_field_put_number(&store, WAFER_FIELD_NOT_BEFORE, not_before);
    wafer_field_put_number(&store, WAFER_FIELD_NOT_AFTER, not_before + 90 * DAY);
    wafer_field_put_number(&store, WAFER_FIELD_TIME, mark);
    assert_int_equal(wafer_store_commit(&store), 0);
}

/* The same, valid from `not_before` to `not_after`; issued when the CA said `told` (0: it did not), and the
 * device's clock `written`. */
static void commit_dated(int64_t not_before, int64_t not_after, int64_t told, int64_t written)
{
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_value_put(&store, WAFER_KIND_CHAIN, 0, "chain", 5);
    wafer_value_put(&store, WAFER_KIND_KEY, 0, "", 0);
    wafer_fields_begin(&store, WAFER_KIND_CERT, 0);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, names[0]);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, names[1]);
    wafer_field_put_number(&store, WAFER_FIELD_NOT_BEFORE, not_before);
    wafer_field_put_number(&store, WAFER_FIELD_NOT_AFTER, not_after);
    wafer_field_put_number(&store, WAFER_FIELD_TIME, written);
    if (told != 0) {
        wafer_field_put_number(&store, WAFER_FIELD_ASSERTED, told);
    }
    assert_int_equal(wafer_store_commit(&store), 0);
}

/* Commits when the next try is. */
static void commit_schedule(uint8_t slot, int64_t next_try)
{
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_fields_begin(&store, WAFER_KIND_SCHEDULE, slot);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, names[0]);
    wafer_field_put_number(&store, WAFER_FIELD_NEXT_TRY, next_try);
    assert_int_equal(wafer_store_commit(&store), 0);
}

/* Lets the chains that are full of `mark` rot, wherever they stand. Returns whether there was one. */
static bool rot(uint8_t mark)
{
    uint8_t run[64];
    bool found = false;
    memset(run, mark, sizeof run);
    for (uint32_t at = 0; at + sizeof run <= 6 * 4096; at++) {
        if (memcmp(flash.data + at, run, sizeof run) == 0) {
            flash.data[at + 3] ^= 1;
            found = true;
        }
    }
    return found;
}

/* Asks for the first `count` of the names that begin at `from`. */
static int ask(const char *const *from, size_t count, int64_t now)
{
    const struct wafer_request request = {.names = from, .name_count = count};
    uint64_t operations = flash.operations;
    memset(&due, 0x55, sizeof due);
    int rc = wafer_due(&store, &request, now, &due);
    assert_int_equal(flash.operations, operations); /* it only reads */
    return rc;
}

static void expect(int64_t now, int act, enum wafer_due_state state, int64_t when)
{
    assert_int_equal(ask(names, 2, now), act);
    assert_int_equal(due.state, state);
    assert_true(due.when == when);
}

static void test_nothing_yet(void **state)
{
    (void)state;
    expect(START, 1, WAFER_DUE_MISSING, 0);
    assert_int_equal(due.certificate.sequence, 0);
    expect(UNKNOWN, 1, WAFER_DUE_MISSING, 0);
}

static void test_no_names(void **state)
{
    (void)state;
    assert_int_equal(ask(names, 0, START), WAFER_E_ARGUMENT);
    commit_certificate(0, START, 1);
    assert_int_equal(ask(names, 0, START), WAFER_E_ARGUMENT);
}

/* A certificate for other names than those asked for is none, but it can be looked at. */
static void test_other_names(void **state)
{
    static const char *const swapped[] = {"b.test", "a.test"}, *const others[] = {"a.test", "c.test"};
    (void)state;
    commit_certificate(0, START, 1);
    expect(START, 0, WAFER_DUE_VALID, RENEWAL);
    assert_int_equal(ask(names, 1, START), 1); /* removed */
    assert_int_equal(due.state, WAFER_DUE_MISSING);
    assert_true(due.when == 0);
    assert_int_equal(due.certificate.issued, 1);
    assert_int_equal(ask(names, 3, START), 1); /* added */
    assert_int_equal(due.state, WAFER_DUE_MISSING);
    assert_int_equal(ask(others, 2, START), 1); /* replaced */
    assert_int_equal(due.state, WAFER_DUE_MISSING);
    assert_int_equal(ask(swapped, 2, START), 1); /* another first name is another lineage */
    assert_int_equal(due.state, WAFER_DUE_MISSING);
    assert_int_equal(due.certificate.sequence, 0);
    assert_int_equal(ask(names, 3, UNKNOWN), 1); /* missing: the CA tells the time */
    assert_int_equal(due.state, WAFER_DUE_MISSING);
}

static void test_renewal_second(void **state)
{
    (void)state;
    commit_certificate(3, START, 1);
    expect(START - DAY, 1, WAFER_DUE_RENEWAL, 0); /* not valid yet */
    expect(RENEWAL - 1, 0, WAFER_DUE_VALID, RENEWAL);
    assert_int_equal(due.certificate.slot, 3);
    assert_true(due.certificate.not_after == END);
    expect(RENEWAL, 1, WAFER_DUE_RENEWAL, 0);
    expect(RENEWAL + 1, 1, WAFER_DUE_RENEWAL, 0);
    expect(END + 1, 1, WAFER_DUE_RENEWAL, 0);
    assert_true(due.certificate.not_after == END);
    expect(0, 1, WAFER_DUE_RENEWAL, 0); /* 0 is a time, not "unknown" */
}

static void test_back_off(void **state)
{
    (void)state;
    commit_schedule(0, START + 100); /* nothing was ever issued */
    expect(START, 0, WAFER_DUE_BACKOFF, START + 100);
    expect(START + 99, 0, WAFER_DUE_BACKOFF, START + 100);
    expect(START + 100, 1, WAFER_DUE_MISSING, 0);
    expect(START + 101, 1, WAFER_DUE_MISSING, 0);
    expect(UNKNOWN, 1, WAFER_DUE_MISSING, 0);
    assert_int_equal(due.certificate.sequence, 0);
    commit_certificate(0, START, 1);
    commit_schedule(0, RENEWAL + 100);
    expect(RENEWAL - 1, 0, WAFER_DUE_VALID, RENEWAL); /* not due anyway */
    expect(RENEWAL, 0, WAFER_DUE_BACKOFF, RENEWAL + 100);
    expect(RENEWAL + 100, 1, WAFER_DUE_RENEWAL, 0);
    expect(UNKNOWN, 0, WAFER_DUE_CLOCK, 0);
    assert_int_equal(ask(names, 3, RENEWAL), 0); /* the lineage's failures, whichever names it had */
    assert_int_equal(due.state, WAFER_DUE_BACKOFF);
}

static void test_clock_unknown(void **state)
{
    (void)state;
    expect(UNKNOWN, 1, WAFER_DUE_MISSING, 0);
    commit_certificate(0, START, 1);
    expect(UNKNOWN, 0, WAFER_DUE_CLOCK, 0);
    expect(-1, 0, WAFER_DUE_CLOCK, 0);
    assert_int_equal(due.certificate.issued, 1);
}

/* An order under way alone is no certificate. */
static void test_order_under_way(void **state)
{
    (void)state;
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_fields_begin(&store, WAFER_KIND_ORDER, 2);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, names[0]);
    assert_int_equal(wafer_store_commit(&store), 0);
    expect(START, 1, WAFER_DUE_MISSING, 0);
}

/* The set before the newest counts when that is damaged: its time decides. */
static void test_damage(void **state)
{
    (void)state;
    commit_certificate(0, START, 0xa1);
    commit_certificate(0, START + 50 * DAY, 0xa2);
    expect(RENEWAL, 0, WAFER_DUE_VALID, RENEWAL + 50 * DAY);
    assert_true(rot(0xa2));
    expect(RENEWAL - 1, 0, WAFER_DUE_VALID, RENEWAL);
    assert_int_equal(due.certificate.issued, 0xa1);
    expect(RENEWAL, 1, WAFER_DUE_RENEWAL, 0);
    assert_true(rot(0xa1));
    expect(START, 1, WAFER_DUE_MISSING, 0);
    assert_int_equal(due.certificate.sequence, 0);
    expect(UNKNOWN, 1, WAFER_DUE_MISSING, 0);
    commit_schedule(0, START + 100);
    expect(START, 0, WAFER_DUE_BACKOFF, START + 100);
}

/* Without the store's key nothing can be ordered, for nothing could be kept: an error, not "missing". */
static void test_locked(void **state)
{
    (void)state;
    assert_int_equal(wafer_store_encrypt(&store, key), 0);
    commit_certificate(0, START, 1);
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_fields_begin(&store, WAFER_KIND_ORDER, 1);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, "ordered.test");
    assert_int_equal(wafer_store_commit(&store), 0);
    assert_int_equal(wafer_store_mount(&store, &flash.flash), 0);
    static const char *const ordered[] = {"ordered.test"};
    assert_int_equal(ask(ordered, 1, START), WAFER_E_LOCKED);
    expect(START, 0, WAFER_DUE_VALID, RENEWAL); /* that needs no secret */
    assert_int_equal(wafer_store_encrypt(&store, key), 0);
    expect(START, 0, WAFER_DUE_VALID, RENEWAL);
    assert_int_equal(ask(ordered, 1, START), 1);
}

/* A flash that fails is told, and not taken for an empty store. */
static void test_flash_fails(void **state)
{
    (void)state;
    commit_certificate(0, START, 1);
    flash.reads_fail = true;
    assert_int_equal(ask(names, 2, START), WAFER_E_FLASH);
    flash.reads_fail = false;
    expect(START, 0, WAFER_DUE_VALID, RENEWAL);
}

/* A certificate that was old already when it was issued is reckoned from then on. */
static void test_old_when_issued(void **state)
{
    const int64_t issued = START + 80 * DAY;
    (void)state;
    for (int told = 0; told < 2; told++) {
        commit_dated(START, END, told ? issued : 0, told ? 7 : issued);
        expect(issued, 0, WAFER_DUE_VALID, END - 10 * DAY / 3);
        assert_true(due.certificate.issued == issued && due.certificate.told == (told == 1));
        expect(END - 10 * DAY / 3, 1, WAFER_DUE_RENEWAL, 0);
        expect(issued - 1, 1, WAFER_DUE_RENEWAL, 0); /* a wrong clock has dated it: not reckoned from that */
    }
    commit_dated(START, END, START - DAY, 7); /* ... nor from before it began, or after its end */
    expect(START, 0, WAFER_DUE_VALID, RENEWAL);
    commit_dated(START, END, END, 7);
    expect(END + DAY, 1, WAFER_DUE_RENEWAL, 0);
}

/* Due at once, but not before it is an hour old. */
static void test_hour(void **state)
{
    static const int64_t lives[] = {2, 60, 1800, 3000};
    (void)state;
    for (size_t i = 0; i < sizeof lives / sizeof lives[0]; i++) {
        commit_dated(START - 100 * DAY, START + lives[i], START, 7);
        expect(START, 0, WAFER_DUE_VALID, START + lives[i] - lives[i] / 2);
        expect(START + lives[i] - lives[i] / 2, 0, WAFER_DUE_BACKOFF, START + 3600);
        expect(START + 3599, 0, WAFER_DUE_BACKOFF, START + 3600);
        expect(START + 3600, 1, WAFER_DUE_RENEWAL, 0);
        assert_int_equal(ask(names, 3, START + 3599), 1); /* other names are another certificate */
        expect(UNKNOWN, 0, WAFER_DUE_CLOCK, 0);
    }
    commit_schedule(0, START + 5000); /* the later of two waits counts */
    expect(START + 3500, 0, WAFER_DUE_BACKOFF, START + 5000);
    commit_schedule(0, START + 3550);
    expect(START + 3500, 0, WAFER_DUE_BACKOFF, START + 3600);
}

/* It is not valid yet: this time is wrong, or that one at which it was issued, whoever told it. */
static void test_of_the_future(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        commit_dated(START, END, told ? START : 0, told ? 7 : START);
        expect(START - 3600, 0, WAFER_DUE_VALID, RENEWAL); /* two clocks may differ by that */
        expect(START - 3601, 1, WAFER_DUE_RENEWAL, 0);
    }
}

/* A next try beyond the longest of the schedule is over, and one beyond half of what is left. */
static void test_bounds(void **state)
{
    static const int64_t beyond[] = {95041, 8 * DAY, INT64_C(4070908800), INT64_MAX, INT64_MAX / 2, INT64_MIN, -1, 0};
    static const struct {
        int64_t left, longest;
    } lives[] = {{8 * DAY, 95040}, {2 * DAY, DAY}, {3600, 1800}, {122, 61}, {100, 60}, {1, 60}, {0, 95040}, {-1, 95040},
                 {-90 * DAY, 95040}};
    (void)state;
    commit_schedule(0, START + 95040);
    expect(START, 0, WAFER_DUE_BACKOFF, START + 95040);
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        commit_schedule(0, beyond[i] < INT64_C(4000000000) ? START + beyond[i] : beyond[i]);
        expect(START, 1, WAFER_DUE_MISSING, 0);
    }
    for (size_t i = 0; i < sizeof lives / sizeof lives[0]; i++) {
        commit_dated(START - 200 * DAY, START + lives[i].left, START - 199 * DAY, 7);
        commit_schedule(0, START + lives[i].longest);
        expect(START, 0, WAFER_DUE_BACKOFF, START + lives[i].longest);
        commit_schedule(0, START + lives[i].longest + 1);
        expect(START, 1, WAFER_DUE_RENEWAL, 0);
    }
}

/* Numbers that nobody can have meant are as good as missing: nothing overflows. */
static void test_extremes(void **state)
{
    static const int64_t numbers[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX, INT64_C(1) << 44};
    const size_t count = sizeof numbers / sizeof numbers[0];
    (void)state;
    for (size_t i = 0; i < count * count * count; i++) {
        commit_dated(numbers[i % count], numbers[i / count % count], numbers[i / count / count], numbers[i % count]);
        commit_schedule(0, numbers[i / count % count]);
        for (size_t now = 0; now < count; now++) {
            assert_in_range(ask(names, 2, numbers[now]), 0, 1);
        }
        assert_in_range(ask(names, 2, START), 0, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_old_when_issued, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hour, setup, teardown),
        cmocka_unit_test_setup_teardown(test_of_the_future, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_extremes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_yet, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_renewal_second, setup, teardown),
        cmocka_unit_test_setup_teardown(test_back_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clock_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_order_under_way, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_locked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flash_fails, setup, teardown),
    };
    return cmocka_run_group_tests_name("due", tests, NULL, NULL);
}
