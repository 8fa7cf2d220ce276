/* An application whose structs have another layout than the library's is refused before a byte
 * of them is written. tests/build does the same with real programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "wafer/wafer.h"

static struct wafer client;
static struct wafer_http01 responder;

static void assert_untouched(const void *memory, size_t len)
{
    const uint8_t *bytes = memory;
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(bytes[i], 0x5a);
    }
}

static void test_client(void **state)
{
    (void)state;
    const struct wafer_config config = {.directory = "https://ca.example"};
    memset(&client, 0x5a, sizeof client);
    for (unsigned bit = 0; bit < 32; bit++) {
        uint32_t other = wafer_fingerprint() ^ UINT32_C(1) << bit;
        assert_int_equal(wafer_init_with(&client, &config, other), WAFER_E_KNOBS);
    }
    assert_untouched(&client, sizeof client);
    assert_int_equal(wafer_init(&client, &config), WAFER_E_ARGUMENT); /* no port: it got that far */
}

static void test_responder(void **state)
{
    (void)state;
    memset(&responder, 0x5a, sizeof responder);
    wafer_http01_init_with(&responder, NULL, NULL, 80, sizeof responder - sizeof responder.connections[0]);
    assert_untouched(&responder, sizeof responder);
    wafer_http01_init(&responder, NULL, NULL, 80);
    assert_int_equal(responder.listener, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_client), cmocka_unit_test(test_responder)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
