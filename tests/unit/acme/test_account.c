/* The account in an encrypted store: without the right key the client neither uses nor replaces it. */
#include "acme/account.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "crypto/jws.h"
#include "flash.h"
#include "record/fields.h"

static const uint8_t key[WAFER_STORE_KEY] = "the key of this device", other_key[WAFER_STORE_KEY] = "another";
static struct emu_flash emu;
static struct wafer_store store;

static int remount(const uint8_t *with)
{
    assert_int_equal(wafer_store_mount(&store, &emu.flash), 0);
    return with == NULL ? 0 : wafer_store_encrypt(&store, with);
}

/* With a wrong key or none, no second account is made: neither stored nor asked for. */
static void test_locked(void **state)
{
    static struct wafer w;
    static const uint8_t secret[WAFER_KEY_SIZE] = {1, 2, 3};
    static const char directory[] = "https://ca.test/dir";
    struct wafer_config config = {.store = &store, .directory = directory};
    const uint8_t *const wrong[] = {other_key, NULL};
    struct wafer_key account;
    char thumbprint[64];

    (void)state;
    emu_flash_init(&emu, 4096, 4, 4, 0xff);
    assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
    assert_int_equal(wafer_store_encrypt(&store, key), 0);
    assert_int_equal(wafer_key_load(&account, secret), 0);
    struct wafer_signer signer = wafer_key_signer(&account);
    assert_true(wafer_jwk_thumbprint(&signer, thumbprint) >= 0);
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_fields_begin(&store, WAFER_KIND_ACCOUNT, 0);
    wafer_field_put_text(&store, WAFER_FIELD_DIRECTORY, directory);
    wafer_field_put_text(&store, WAFER_FIELD_THUMBPRINT, thumbprint);
    wafer_field_put(&store, WAFER_FIELD_SECRET, secret, sizeof secret);
    wafer_field_put_text(&store, WAFER_FIELD_URL, "https://ca.test/account/1");
    assert_int_equal(wafer_store_commit(&store), 0);
    for (int i = 0; i < 2; i++) {
        uint64_t operations = emu.operations;

        assert_int_equal(remount(wrong[i]), wrong[i] == NULL ? 0 : WAFER_E_LOCKED);
        memset(&w, 0, sizeof w);
        w.config = &config; /* no port: a request would crash */
        assert_int_equal(wafer_account_open(&w), WAFER_E_LOCKED);
        assert_int_equal(w.last.error, WAFER_E_LOCKED);
        assert_int_equal(emu.operations, operations);
    }
    assert_int_equal(remount(key), 0);
    memset(&w, 0, sizeof w);
    w.config = &config;
    assert_int_equal(wafer_account_open(&w), 0);
    assert_string_equal(w.session.account, "https://ca.test/account/1");
    emu_flash_free(&emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_locked),
    };

    return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
