/* The example of README.md on a device without a way to the CA; tests/e2e/example.c runs it against one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "readme_example.h"

static uint8_t medium[2 * 4096];

static int flash_read(void *ctx, uint32_t address, void *data, size_t len)
{
    (void)ctx;
    memcpy(data, medium + address, len);
    return 0;
}

static int flash_program(void *ctx, uint32_t address, const void *data, size_t len)
{
    (void)ctx;
    memcpy(medium + address, data, len);
    return 0;
}

static int flash_erase(void *ctx, uint32_t block)
{
    (void)ctx;
    memset(medium + block * 4096, 0xff, 4096);
    return 0;
}

static int flash_sync(void *ctx)
{
    (void)ctx;
    return 0;
}

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
    const struct wafer_flash flash = {.block_size = 4096,
                                      .block_count = 2,
                                      .program_unit = 1,
                                      .erased = 0xff,
                                      .read = flash_read,
                                      .program = flash_program,
                                      .erase = flash_erase,
                                      .sync = flash_sync};
    const struct wafer_port port = {
        .connect = no_route, .monotonic_ms = monotonic_ms, .wall_time = wall_time, .entropy = entropy};
    const struct wafer_anchors roots = {NULL, 0};
    memset(medium, 0xff, sizeof medium);
    assert_int_equal(keep_certificate(&port, &flash, roots), WAFER_E_CONNECT);
    assert_int_equal(connects, 1);
    for (int boot = 0; boot < 9; boot++) {
        assert_int_equal(keep_certificate(&port, &flash, roots), 0);
        assert_int_equal(connects, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_example)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
