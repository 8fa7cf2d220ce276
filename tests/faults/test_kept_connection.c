/* What was believed of a server lasts no longer than its reason: neither the connection that was opened
 * when the time was not known, nor one that outlives the server's certificate, nor its TLS session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "device.h"
#include "net/http.h"
#include "net/tls.h"

#define HOUR  3600
#define DAY   86400
#define START (WAFER_BUILD_TIME + 100 * (int64_t)DAY)

/* Octets for a connection: it is made, and how the server greets (tests/emu/device_wire.c). */
#define IS_NOT_YET_VALID 0, 137 /* and an octet: for how long */
#define IS_SHORT_LIVED   0, 131 /* for an hour at least, and not two days */

static struct emu_device device;
static const char *const names[] = {"device.test"};
static const struct wafer_request request = {.names = names, .name_count = 1};
static int (*connect_device)(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms);
static unsigned connections;

static int count_connection(void *ctx, const char *host, uint16_t tcp_port, uint32_t timeout_ms)
{
    connections++;
    return connect_device(ctx, host, tcp_port, timeout_ms);
}

static void broken(void *ctx, const char *rule, int64_t value)
{
    (void)ctx;
    fail_msg("%s: %lld", rule, (long long)value);
}

static int set_up(void **state)
{
    (void)state;
    emu_device_init(&device, START);
    device.broken = broken;
    device.ca.lifetime_s = 90 * DAY;
    connect_device = device.port.connect;
    device.port.connect = count_connection;
    connections = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    emu_device_free(&device);
    return 0;
}

static void live_on(const uint8_t *octets, size_t len)
{
    device.ca.octets = (struct ca_octets){octets, len, 0};
    (void)emu_device_run(&device, &request, BY_SCHEDULE);
    device.ca.octets = (struct ca_octets){NULL, 0, 0};
}

/* A device without a clock takes a server's word while it has no better, but hears an honest one, also
 * where the connection has ended and the session would be resumed. */
static void test_server_of_the_future(void **state)
{
    for (uint8_t i = 0; i < 6; i++) {
        /* Without a clock, a server is refused at first, for its time, and then believed. */
        const uint8_t octets[] = {IS_NOT_YET_VALID, i / 2, IS_NOT_YET_VALID, i / 2};
        set_up(state);
        device.clock = CLOCK_UNKNOWN;
        live_on(octets, sizeof octets);
        assert_int_equal(connections, 2);
        assert_true(wafer_tls_is_open(&device.w.http.tls));
        if (i % 2 == 1) {
            wafer_http_close(&device.w.http);
        }
        assert_true(emu_device_run(&device, &request, BY_SCHEDULE) >= 0);
        assert_int_equal(connections, 4);
        assert_in_range(wafer_now(&device.w) - device.now_ms / 1000 + 1, 0, 2);
        assert_null(emu_device_fault(&device, &request));
        tear_down(state);
    }
}

/* The connection is kept for as long as the certificate that vouches for it is valid. */
static void test_server_of_the_past(void **state)
{
    static const uint8_t octets[] = {IS_SHORT_LIVED, IS_SHORT_LIVED};
    static const enum device_clock clocks[] = {CLOCK_RIGHT, CLOCK_UNKNOWN};
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        set_up(state);
        device.clock = clocks[i];
        live_on(octets, clocks[i] == CLOCK_UNKNOWN ? sizeof octets : sizeof octets / 2);
        unsigned before = connections;
        assert_null(emu_device_fault(&device, &request));
        emu_device_sleep(&device, HOUR / 2);
        assert_true(emu_device_run(&device, &request, FORCED) >= 0);
        assert_int_equal(connections, before);
        emu_device_sleep(&device, 2 * DAY);
        assert_true(emu_device_run(&device, &request, FORCED) >= 0);
        assert_int_equal(connections, before + 1);
        tear_down(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_of_the_future),
        cmocka_unit_test(test_server_of_the_past),
    };
    return cmocka_run_group_tests_name("kept connection", tests, NULL, NULL);
}
