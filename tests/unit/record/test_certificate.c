/* Certificates in the store, and the fields of their records. */
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

#define DAY 86400

static struct emu_flash flash;
static struct wafer_store store;

static int setup(void **state)
{
    (void)state;
    emu_flash_init(&flash, 4096, 4, 1, 0xff);
    return wafer_store_format(&store, &flash.flash);
}

static int teardown(void **state)
{
    (void)state;
    emu_flash_free(&flash);
    return 0;
}

/* A DER-like certificate: a SEQUENCE with a length of two octets. */
static size_t fake_der(uint8_t *der, size_t content, uint8_t fill)
{
    der[0] = 0x30;
    der[1] = 0x82;
    der[2] = (uint8_t)(content >> 8);
    der[3] = (uint8_t)content;
    memset(der + 4, fill, content);
    return content + 4;
}

/* Commits a certificate of two names whose key and chain are marked by `mark`. */
static void commit(uint8_t slot, const char *name, uint8_t mark, bool with_key)
{
    uint8_t der[700], secret[WAFER_KEY_SIZE] = {0};
    secret[31] = mark;
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_value(&store, WAFER_KIND_CHAIN, slot), 0);
    assert_int_equal(wafer_store_append(&store, der, fake_der(der, 600, mark)), 0);
    assert_int_equal(wafer_store_append(&store, der, fake_der(der, 300, (uint8_t)(mark + 1))), 0);
    wafer_value_put(&store, WAFER_KIND_KEY, slot, secret, with_key ? sizeof secret : 0);
    wafer_fields_begin(&store, WAFER_KIND_CERT, slot);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, name);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, "second.test");
    wafer_field_put_text(&store, WAFER_FIELD_DIRECTORY, "https://ca.test/dir");
    wafer_field_put_number(&store, WAFER_FIELD_NOT_BEFORE, 1000);
    wafer_field_put_number(&store, WAFER_FIELD_NOT_AFTER, (int64_t)1 << 40);
    wafer_field_put_number(&store, WAFER_FIELD_TIME, mark);
    assert_int_equal(wafer_store_commit(&store), 0);
}

static void test_open(void **state)
{
    (void)state;
    struct wafer_certificate c;
    struct wafer_key key;
    char text[64];
    uint8_t der[700];
    uint32_t offset = 0;
    assert_int_equal(wafer_certificate_find(&store, "a.test"), WAFER_E_NOT_FOUND);
    commit(0, "b.test", 9, true);
    commit(3, "a.test", 5, true);
    assert_int_equal(wafer_certificate_find(&store, "a.test"), 3);
    assert_int_equal(wafer_certificate_find(&store, "second.test"), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_certificate_open(&store, 3, &c), 0);
    assert_int_equal(c.not_before, 1000);
    assert_true(c.not_after == (int64_t)1 << 40);
    assert_int_equal(c.issued, 5);
    assert_int_equal(wafer_certificate_name(&store, &c, 0, text, sizeof text), 6);
    assert_string_equal(text, "a.test");
    assert_int_equal(wafer_certificate_name(&store, &c, 1, text, sizeof text), 11);
    assert_int_equal(wafer_certificate_name(&store, &c, 2, text, sizeof text), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_certificate_name(&store, &c, 0, text, 6), WAFER_E_SPACE);
    assert_true(wafer_certificate_text(&store, &c, WAFER_CERTIFICATE_DIRECTORY, text, sizeof text) > 0);
    assert_string_equal(text, "https://ca.test/dir");
    assert_int_equal(wafer_certificate_text(&store, &c, WAFER_CERTIFICATE_PROFILE, text, sizeof text), 0);
    assert_string_equal(text, "");
    assert_int_equal(wafer_certificate_key(&store, &c, &key), 0);
    assert_int_equal(key.secret[31], 5);
    assert_int_equal(wafer_certificate_der(&store, &c, &offset, der, 603), WAFER_E_SPACE);
    assert_int_equal(wafer_certificate_der(&store, &c, &offset, der, sizeof der), 604);
    assert_int_equal(der[603], 5);
    assert_int_equal(wafer_certificate_der(&store, &c, &offset, der, sizeof der), 304);
    assert_int_equal(der[303], 6);
    assert_int_equal(wafer_certificate_der(&store, &c, &offset, der, sizeof der), 0);
}

static void test_key_elsewhere(void **state)
{
    (void)state;
    struct wafer_certificate c;
    struct wafer_key key;
    commit(1, "a.test", 5, false);
    assert_int_equal(wafer_certificate_open(&store, 1, &c), 0);
    assert_int_equal(wafer_certificate_key(&store, &c, &key), WAFER_E_NOT_FOUND);
}

/* When a part of the newest set has rotted, the set before it is used, whole: never
 * the key of one with the chain of another. */
static void test_rot(void **state)
{
    (void)state;
    struct wafer_certificate c;
    struct wafer_key key;
    uint8_t secret[WAFER_KEY_SIZE] = {0};
    commit(0, "a.test", 5, true);
    commit(0, "a.test", 7, true);
    secret[31] = 7;
    for (uint32_t at = 0; at + sizeof secret < 4 * 4096; at++) {
        if (memcmp(flash.data + at, secret, sizeof secret) == 0) {
            flash.data[at + 3] ^= 1;
        }
    }
    assert_int_equal(wafer_certificate_open(&store, 0, &c), 0);
    assert_int_equal(c.issued, 5);
    assert_int_equal(wafer_certificate_key(&store, &c, &key), 0);
    assert_int_equal(key.secret[31], 5);
}

static void test_lineages(void **state)
{
    (void)state;
    assert_int_equal(wafer_lineage_free_slot(&store), 0);
    commit(0, "a.test", 5, true);
    assert_int_equal(wafer_lineage_free_slot(&store), 1);
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_fields_begin(&store, WAFER_KIND_ORDER, 1);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, "ordered.test");
    wafer_fields_begin(&store, WAFER_KIND_SCHEDULE, 2);
    wafer_field_put_text(&store, WAFER_FIELD_NAME, "failed.test");
    wafer_field_put_number(&store, WAFER_FIELD_NEXT_TRY, 77);
    assert_int_equal(wafer_store_commit(&store), 0);
    assert_int_equal(wafer_lineage_slot(&store, "a.test"), 0);
    assert_int_equal(wafer_lineage_slot(&store, "ordered.test"), 1);
    assert_int_equal(wafer_lineage_slot(&store, "failed.test"), 2);
    assert_int_equal(wafer_lineage_slot(&store, "failed.tes"), WAFER_E_NOT_FOUND);
    assert_int_equal(wafer_lineage_free_slot(&store), 3);
    assert_int_equal(wafer_certificate_find(&store, "ordered.test"), WAFER_E_NOT_FOUND);
    assert_true(wafer_certificate_next_try(&store, 2) == 77);
    assert_true(wafer_certificate_next_try(&store, 0) == 0);
}

/* Fields of all lengths around the size of a part, read back and compared. */
static void test_fields(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 31, 32, 33, 200, 236, 237, 238, 239, 240, 241, 300, 500};
    struct wafer_value value;
    char text[512], back[512];
    memset(text, 'x', sizeof text);
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_fields_begin(&store, WAFER_KIND_OPTIONS, 0);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        wafer_field_put(&store, WAFER_FIELD_NAME, text, lengths[i]);
    }
    wafer_field_put_number(&store, WAFER_FIELD_TIME, -2);
    assert_int_equal(wafer_store_commit(&store), 0);
    assert_int_equal(wafer_store_find(&store, WAFER_KIND_OPTIONS, 0, 0, &value), 0);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t len = lengths[i];
        assert_int_equal(wafer_field_get(&store, &value, WAFER_FIELD_NAME, (unsigned)i, back, sizeof back), len);
        text[len] = 0;
        assert_true(wafer_field_equals(&store, &value, WAFER_FIELD_NAME, (unsigned)i, text));
        text[len] = 'x';
        text[len + 1] = 0;
        assert_false(wafer_field_equals(&store, &value, WAFER_FIELD_NAME, (unsigned)i, text));
        text[len + 1] = 'x';
    }
    assert_true(wafer_field_get_number(&store, &value, WAFER_FIELD_TIME) == -2);
    assert_true(wafer_field_get_number(&store, &value, WAFER_FIELD_NEXT_TRY) == 0);
}

static void test_renewal_time(void **state)
{
    (void)state;
    assert_true(wafer_renewal_time(0, 90 * DAY) == 60 * DAY);
    assert_true(wafer_renewal_time(0, 45 * DAY) == 30 * DAY);
    assert_true(wafer_renewal_time(0, 10 * DAY) == 10 * DAY - 10 * DAY / 3);
    assert_true(wafer_renewal_time(0, 10 * DAY - 1) == 10 * DAY - 1 - (10 * DAY - 1) / 2);
    assert_true(wafer_renewal_time(1000, 1000 + DAY) == 1000 + DAY / 2);
    for (int64_t lifetime = 10 * (int64_t)DAY; lifetime < 40000 * (int64_t)DAY; lifetime += 34567) {
        assert_true(wafer_renewal_time(1767225600, 1767225600 + lifetime) ==
                    1767225600 + lifetime - lifetime / 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_open, setup, teardown),
        cmocka_unit_test_setup_teardown(test_key_elsewhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rot, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lineages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fields, setup, teardown),
        cmocka_unit_test(test_renewal_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
