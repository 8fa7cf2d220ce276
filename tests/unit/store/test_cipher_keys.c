/* Which keys open what: the right one, a wrong one, none, and a store that was plain before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "cipher_kit.h"

static void check_locked(size_t len)
{
    struct wafer_value value;

    assert_int_equal(get(WAFER_KIND_KEY, 0, 1, len), WAFER_E_LOCKED);
    assert_int_equal(wafer_store_find(&store, WAFER_KIND_KEY, 0, 0, &value), 0); /* there all the same */
    assert_int_equal(value.length, len);
    assert_int_equal(wafer_store_next(&store, WAFER_KIND_KEY, -1, &value), 0);
    assert_int_equal(get(WAFER_KIND_CERT, 0, 3, 99), 1);
}

static void test_wrong_and_missing_key(void **state)
{
    (void)state;
    fresh(4096, 4, 4);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 2, 300), 0); /* an older version, not to be used */
    assert_int_equal(put(WAFER_KIND_KEY, 0, 1, 300), 0);
    assert_int_equal(put(WAFER_KIND_CERT, 0, 3, 99), 0);
    for (unsigned bit = 0; bit < 256; bit++) {
        uint8_t wrong[WAFER_STORE_KEY];

        memcpy(wrong, key, sizeof wrong);
        wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(remount(wrong), WAFER_E_LOCKED);
        check_locked(300);
    }
    /* A wrong key writes no secret at all, but anything else. */
    uint8_t before[4096];
    memcpy(before, emu.data, sizeof before);
    assert_int_equal(put(WAFER_KIND_SEED, 0, 9, 32), WAFER_E_LOCKED);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 9, 1000), WAFER_E_LOCKED);
    assert_memory_equal(emu.data, before, sizeof before);
    assert_int_equal(put(WAFER_KIND_SCHEDULE, 0, 9, 32), 0);
    check_locked(300);

    assert_int_equal(remount(NULL), 0);
    check_locked(300);
    assert_int_equal(remount(key), 0);
    assert_int_equal(get(WAFER_KIND_KEY, 0, 1, 300), 1);
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_encrypt(&store, key), WAFER_E_BUSY);
    wafer_store_abort(&store);
    emu.reads_fail = true;
    assert_int_equal(wafer_store_encrypt(&store, key), WAFER_E_FLASH);
    emu.reads_fail = false;
    assert_int_equal(get(WAFER_KIND_KEY, 0, 1, 300), WAFER_E_LOCKED);
    emu_flash_free(&emu);
}

/* A store from before: its records stay readable, with and without the key. */
static void test_mixed(void **state)
{
    (void)state;
    fresh(2048, 8, 4);
    assert_int_equal(remount(NULL), 0);
    assert_int_equal(put(WAFER_KIND_ACCOUNT, 0, 1, 250), 0);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 2, 500), 0);
    assert_int_equal(remount(key), 0);
    assert_int_equal(get(WAFER_KIND_ACCOUNT, 0, 1, 250), 1);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 3, 500), 0);
    for (unsigned i = 0; i < 60; i++) { /* all is moved around */
        assert_int_equal(put(WAFER_KIND_CHAIN, 0, i, 800), 0);
    }
    assert_int_equal(get(WAFER_KIND_ACCOUNT, 0, 1, 250), 1);
    assert_int_equal(get(WAFER_KIND_KEY, 0, 3, 500), 1);
    assert_int_equal(remount(NULL), 0);
    assert_int_equal(get(WAFER_KIND_ACCOUNT, 0, 1, 250), 1);
    assert_int_equal(get(WAFER_KIND_KEY, 0, 3, 500), WAFER_E_LOCKED);
    for (unsigned i = 0; i < 60; i++) { /* and without the key, too */
        assert_int_equal(put(WAFER_KIND_CHAIN, 0, i, 800), 0);
    }
    assert_int_equal(remount(key), 0);
    assert_int_equal(get(WAFER_KIND_KEY, 0, 3, 500), 1);
    emu_flash_free(&emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_and_missing_key),
        cmocka_unit_test(test_mixed),
    };

    return cmocka_run_group_tests_name("store: keys of the cipher", tests, NULL, NULL);
}
