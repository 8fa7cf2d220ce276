/* What wafer_issue and wafer_learn_time find wrong, or know, before anybody is asked, and what a client knows of the
 * time: over a port that has no network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "emu/flash.h"
#include "record/fields.h"
#include "wafer/wafer.h"

#define NOW ((int64_t)2000000000)
#define LABEL "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static struct emu_flash flash;
static struct wafer_store store;
static struct wafer w;
static int64_t wall;
static unsigned connects;

static int no_route(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms)
{
    (void)ctx, (void)host, (void)tcp_port, (void)timeout_ms;
    connects++;
    return WAFER_E_CONNECT;
}

static uint32_t monotonic_ms(void *ctx)
{
    (void)ctx;
    return 0;
}

static int64_t wall_time(void *ctx)
{
    (void)ctx;
    return wall;
}

static int entropy(void *ctx, void *data, size_t len)
{
    (void)ctx;
    memset(data, 7, len); /* no key is made here */
    return 0;
}

static const struct wafer_port port = {
    .connect = no_route, .monotonic_ms = monotonic_ms, .wall_time = wall_time, .entropy = entropy};
static struct wafer_config config = {.port = &port, .store = &store, .directory = "https://ca.test/dir"};

static int setup(void **state)
{
    (void)state;
    wall = NOW;
    connects = 0;
    config.ip = NULL;
    emu_flash_init(&flash, 4096, 4, 4, 0xff);
    int rc = wafer_store_format(&store, &flash.flash);
    return rc < 0 ? rc : wafer_init(&w, &config);
}

static int teardown(void **state)
{
    (void)state;
    wafer_close(&w);
    emu_flash_free(&flash);
    return 0;
}

/* The request fails on the device itself, and the error tells which name it was. */
static void assert_refused(const char *const *names, size_t count, const char *subject)
{
    const struct wafer_request request = {.names = names, .name_count = count};
    uint64_t operations = flash.operations;
    assert_int_equal(wafer_issue(&w, &request), WAFER_E_ARGUMENT);
    assert_int_equal(wafer_last(&w)->error, WAFER_E_ARGUMENT);
    assert_int_equal(wafer_last(&w)->step, WAFER_STEP_START);
    assert_string_equal(wafer_last_string(wafer_last(&w), WAFER_LAST_SUBJECT), subject);
    assert_false(wafer_last_is_temporary(wafer_last(&w)));
    assert_int_equal(connects, 0);
    assert_int_equal(flash.operations, operations);
}

/* Without a reader of addresses (config.ip) an address is no name; with it, it is ordered. */
static void test_addresses(void **state)
{
    static const char *const v4[] = {"a.test", "192.0.2.7"}, *const v6[] = {"2001:db8::1"};
    (void)state;
    assert_refused(v4, 2, "192.0.2.7");
    assert_refused(v6, 1, "2001:db8::1");
    config.ip = wafer_ip_parse;
    for (int i = 0; i < 2; i++) {
        const struct wafer_request request = {.names = i == 0 ? v4 : v6, .name_count = i == 0 ? 2 : 1};
        assert_int_equal(wafer_issue(&w, &request), WAFER_E_CONNECT);
    }
    assert_int_equal(connects, 2);
}

static void test_bad_names(void **state)
{
    static const char *const bad[] = {"a.test", "a b.test"};
    (void)state;
    assert_refused(bad, 2, "a b.test");
    assert_refused(bad, 0, "no names");
    assert_refused((const char *const[]){""}, 1, "");
}

/* What can't fit, however short the CA's URLs are, is refused before anybody is asked; and told is how many names do
 * fit, and which knob is in the way. */
static void test_too_many_names(void **state)
{
    static char text[3][5000][254];
    static const char *names[5000];
    static const struct { const char *suffix, *knob; } cases[] = {
        {"a.test", ""},
        {"." LABEL "." LABEL ".test", "WAFER_WORK_SIZE"},
        {"." LABEL "." LABEL "." LABEL ".test", "WAFER_WORK_SIZE"},
    };
    (void)state;
    for (int c = 0; c < 3; c++) {
        for (int i = 0; i < 5000; i++) {
            snprintf(text[c][i], sizeof text[c][i], "%d%s", i, cases[c].suffix);
            names[i] = text[c][i];
        }
        const struct wafer_request request = {.names = names, .name_count = 5000};
        uint64_t operations = flash.operations;
        assert_int_equal(wafer_issue(&w, &request), WAFER_E_SPACE);
        assert_int_equal(wafer_last(&w)->step, WAFER_STEP_START);
        assert_int_equal(connects, 0);
        assert_int_equal(flash.operations, operations);
        const char *subject = wafer_last_string(wafer_last(&w), WAFER_LAST_SUBJECT);
        unsigned fits = 0;
        assert_int_equal(sscanf(subject, "more than %u names: ", &fits), 1);
        assert_non_null(strstr(subject, cases[c].knob));
        assert_in_range(fits, 4, 256);
        const struct wafer_request fitting = {.names = names, .name_count = fits};
        assert_int_equal(wafer_issue(&w, &fitting), WAFER_E_CONNECT);
        assert_int_equal(connects, 1);
        connects = 0;
    }
}

/* The clock of the port is believed: nobody is asked. Without one, the CA is. */
static void test_learn_time(void **state)
{
    (void)state;
    assert_int_equal(wafer_learn_time(&w), 0);
    assert_true(wafer_now(&w) == NOW);
    assert_int_equal(connects, 0);
    wall = WAFER_E_CLOCK;
    assert_int_equal(wafer_learn_time(&w), WAFER_E_CONNECT);
    assert_int_equal(connects, 1);
    assert_int_equal(wafer_last(&w)->step, WAFER_STEP_DIRECTORY);
    assert_string_equal(wafer_last_string(wafer_last(&w), WAFER_LAST_SUBJECT), config.directory);
    assert_true(wafer_last_is_temporary(wafer_last(&w)));
    assert_true(wafer_now(&w) >= WAFER_BUILD_TIME);
    wall = NOW;
    assert_int_equal(wafer_learn_time(&w), 0); /* and the error is forgotten */
    assert_int_equal(wafer_last(&w)->error, 0);
}

/* A flash that cannot be read is no empty store: nothing is ordered. */
static void test_flash_fails(void **state)
{
    static const char *const names[] = {"a.test"};
    const struct wafer_request request = {.names = names, .name_count = 1};
    (void)state;
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_fields_begin(&store, WAFER_KIND_CERT, 0);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, names[0]);
    assert_int_equal(wafer_store_commit(&store), 0);
    flash.reads_fail = true;
    assert_int_equal(wafer_issue(&w, &request), WAFER_E_FLASH);
    assert_int_equal(connects, 0);
    flash.reads_fail = false;
    assert_int_equal(wafer_issue(&w, &request), WAFER_E_CONNECT);
}

/* --- what the store knows of the time --- */

/* Commits one value for a.test with the times that are not 0. */
static void commit_value(enum wafer_kind kind, uint8_t slot, int64_t told, int64_t written, int64_t next_try)
{
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_fields_begin(&store, kind, slot);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, "a.test");
    wafer_field_put_text(&store, WAFER_FIELD_DIRECTORY, config.directory);
    wafer_field_put_number(&store, WAFER_FIELD_TIME, written);
    if (told != 0) {
        wafer_field_put_number(&store, WAFER_FIELD_ASSERTED, told);
    }
    if (next_try != 0) {
        wafer_field_put_number(&store, WAFER_FIELD_NEXT_TRY, next_try);
    }
    if (kind == WAFER_KIND_CERT) {
        wafer_field_put_number(&store, WAFER_FIELD_NOT_BEFORE, NOW - 86400);
        wafer_field_put_number(&store, WAFER_FIELD_NOT_AFTER, NOW + 90 * 86400);
        wafer_value_put(&store, WAFER_KIND_CHAIN, slot, "chain", 5);
        wafer_value_put(&store, WAFER_KIND_KEY, slot, "thirty-two octets of a secret key", 32);
    }
    assert_int_equal(wafer_store_commit(&store), 0);
}

static void assert_floor(int64_t floor)
{
    assert_int_equal(wafer_init(&w, &config), 0);
    assert_true(wafer_now(&w) == floor);
}

/* Only what a CA told raises the floor, and what was told last counts. */
static void test_floor(void **state)
{
    const int64_t far = NOW + INT64_C(2000000000);
    (void)state;
    wall = WAFER_E_CLOCK;
    assert_floor(WAFER_BUILD_TIME);
    commit_value(WAFER_KIND_SCHEDULE, 0, 0, far, far + 60);
    commit_value(WAFER_KIND_ORDER, 1, 0, far, 0);
    commit_value(WAFER_KIND_CERT, 2, 0, far, 0);
    assert_floor(WAFER_BUILD_TIME);
    commit_value(WAFER_KIND_CERT, 2, far, far, 0);
    assert_floor(far);
    commit_value(WAFER_KIND_ORDER, 9, NOW, far, 0);
    assert_floor(NOW);
    commit_value(WAFER_KIND_CERT, 1, NOW - 5, far, 0);
    assert_floor(NOW - 5);
    commit_value(WAFER_KIND_CERT, 0, 1, far, 0);
    assert_floor(WAFER_BUILD_TIME);
    commit_value(WAFER_KIND_CERT, 3, INT64_MAX, far, 0);
    assert_floor(WAFER_BUILD_TIME);
}

/* wafer_issue asks to wait for so long, or 0: goes to the CA; the failure there is forgotten. */
static void assert_early(const struct wafer_request *request, int32_t seconds)
{
    connects = 0;
    if (seconds == 0) {
        assert_int_equal(wafer_issue(&w, request), WAFER_E_CONNECT);
        assert_int_equal(connects, 1);
        assert_int_equal(wafer_store_begin(&store), 0);
        wafer_value_delete(&store, WAFER_KIND_SCHEDULE, 0);
        assert_int_equal(wafer_store_commit(&store), 0);
        return;
    }
    assert_int_equal(wafer_issue(&w, request), WAFER_E_TOO_EARLY);
    assert_int_equal(wafer_last(&w)->retry_after, seconds);
    assert_int_equal(connects, 0);
}

/* The same certificate is not ordered again within an hour; by whom it is forced, another is. */
static void test_hour(void **state)
{
    static const char *const names[] = {"a.test", "b.test"};
    const struct wafer_preferred_chain chain = wafer_prefer_chain("Other root");
    const struct wafer_request request = {.names = names, .name_count = 1};
    struct wafer_request other = request;
    (void)state;
    commit_value(WAFER_KIND_CERT, 0, NOW, 77, 0);
    wall = NOW + 3599;
    assert_early(&request, 1);
    other.ignore_failures = true;
    assert_early(&other, 1);
    other.ignore_schedule = true;
    assert_early(&other, 0);
    other = request;
    other.profile = "short";
    assert_early(&other, 0);
    other = request;
    other.preferred_chain = &chain;
    assert_early(&other, 0);
    other = request;
    other.name_count = 2;
    assert_early(&other, 0);
    wall = NOW + 3600; /* whether it is due is the caller's to say */
    assert_early(&request, 0);
    wall = NOW - 1; /* a wrong clock has dated it */
    assert_early(&request, 0);
    wall = WAFER_E_CLOCK; /* nobody knows, before the CA has told */
    assert_early(&request, 0);
}

/* What an earlier failure asks for. */
static void test_failures(void **state)
{
    static const char *const names[] = {"a.test"};
    const struct wafer_request request = {.names = names, .name_count = 1};
    const struct wafer_request forced[] = {{.names = names, .name_count = 1, .ignore_failures = true},
                                           {.names = names, .name_count = 1, .ignore_schedule = true}};
    (void)state;
    commit_value(WAFER_KIND_SCHEDULE, 0, 0, 0, NOW + 86400);
    assert_early(&request, 86400);
    assert_early(&forced[0], 0);
    commit_value(WAFER_KIND_SCHEDULE, 0, 0, 0, NOW + 86400);
    assert_early(&forced[1], 0);
    commit_value(WAFER_KIND_SCHEDULE, 0, 0, 0, NOW + 8 * 86400);
    assert_early(&request, 0);
    commit_value(WAFER_KIND_SCHEDULE, 0, 0, 0, INT64_MIN);
    assert_early(&request, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_floor, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hour, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_learn_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flash_fails, setup, teardown),
    };
    return cmocka_run_group_tests_name("issue", tests, NULL, NULL);
}
