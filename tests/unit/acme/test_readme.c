/* The example of README.md on a device without a way to the CA; tests/e2e/example.c runs it against one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "emu/flash.h"
#include "readme_example.h"

static int connects;

static int no_route(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms)
{
    (void)ctx;
    (void)timeout_ms;
    assert_string_equal(host, "acme-v02.api.letsencrypt.org");
    assert_int_equal(tcp_port, 443);
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
    return 2000000000;
}

static int entropy(void *ctx, void *data, size_t len)
{
    (void)ctx;
    memset(data, 7, len); /* no key is made in this test */
    return 0;
}

/* On a device without a way to the CA the example formats its blank flash and says what failed.
 * Nine boots later nobody was asked again: the schedule in the store says to wait. */
static void test_example(void **state)
{
    (void)state;
    struct emu_flash flash;
    const struct wafer_port port = {
        .connect = no_route, .monotonic_ms = monotonic_ms, .wall_time = wall_time, .entropy = entropy};
    const struct wafer_anchors roots = {NULL, 0};
    emu_flash_init(&flash, 4096, 2, 1, 0xff);
    assert_int_equal(keep_certificate(&port, &flash.flash, roots), WAFER_E_CONNECT);
    assert_int_equal(connects, 1);
    for (int boot = 0; boot < 9; boot++) {
        assert_int_equal(keep_certificate(&port, &flash.flash, roots), 0);
        assert_int_equal(connects, 1);
    }
    emu_flash_free(&flash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_example)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
