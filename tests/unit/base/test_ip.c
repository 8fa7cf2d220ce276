/* IP addresses: what is taken and what is refused, as the C library does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "guard.h"
#include "wafer/ip.h"

/* The C library's reader agrees on any text made of what addresses are made of. */
static void test_ip_against_libc(void **state)
{
    static const char letters[] = "0123456789abcfF:::::....%g";
    int valid = 0;

    (void)state;
    srand(4291);
    for (int i = 0; i < 400000; i++) {
        char text[40];
        int len = rand() % 24, wanted, status;
        uint8_t address[16], expected[16];

        for (int k = 0; k < len; k++) {
            text[k] = letters[(size_t)rand() % (i % 3 == 0 ? sizeof letters - 1 : 20)];
        }
        if (i % 2 == 0 && len > 3) {
            text[1] = text[2] = ':';
        }
        text[len] = 0;
        wanted = inet_pton(AF_INET6, text, expected) == 1  ? 16
                 : inet_pton(AF_INET, text, expected) == 1 ? 4
                                                           : WAFER_E_SYNTAX;
        status = wafer_ip_parse(text, (size_t)len, address);
        if (status != wanted || (status > 0 && memcmp(address, expected, (size_t)status) != 0)) {
            fail_msg("%s: %d, not %d", text, status, wanted);
        }
        valid += status > 0;
    }
    assert_true(valid > 10000);
}

static void test_ip(void **state)
{
    static const char *const good[] = {"192.0.2.1",
                                       "0.0.0.0",
                                       "255.255.255.255",
                                       "::",
                                       "::1",
                                       "1::",
                                       "fe80::1",
                                       "2001:DB8:0:0:8:800:200C:417A",
                                       "1:2:3:4:5:6:7::",
                                       "::2:3:4:5:6:7:8",
                                       "1:2:3:4:5:6:192.0.2.1",
                                       "::ffff:192.0.2.1",
                                       "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"};
    static const char *const bad[] = {"",
                                      ":",
                                      ":::",
                                      "1",
                                      "1.2.3",
                                      "1.2.3.4.",
                                      "1.2.3.4.5",
                                      ".1.2.3",
                                      "1..2.3",
                                      "256.0.0.1",
                                      "01.2.3.4",
                                      "1.2.3.04",
                                      "1.2.3.4 ",
                                      " 1.2.3.4",
                                      "0x1.2.3.4",
                                      "1.2.3.a",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1::2::3",
                                      "12345::",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1:2:3:4:5:6:7:8",
                                      "1:2:3:4::5:6:7:8",
                                      ":1::",
                                      "1:",
                                      "1::2:",
                                      "::g",
                                      "fe80::1%eth0",
                                      "[::1]",
                                      "::1.2.3",
                                      "1.2.3.4::",
                                      "::1.2.3.4:5",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "::192.0.2.256"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        size_t len = strlen(good[i]);
        struct guard guard = guard_copy(good[i], len);
        uint8_t address[16], expected[16];
        int family = strchr(good[i], ':') != NULL ? AF_INET6 : AF_INET;

        assert_int_equal(inet_pton(family, good[i], expected), 1);
        assert_int_equal(wafer_ip_parse((char *)guard.data, len, address), family == AF_INET ? 4 : 16);
        assert_memory_equal(address, expected, family == AF_INET ? 4 : 16);
        for (size_t cut = 0; cut < len; cut++) { /* must stay inside */
            uint8_t *at = guard_refill(&guard, good[i], cut);
            assert_int_not_equal(wafer_ip_parse((char *)at, cut, address), 0);
        }
        guard_free(&guard);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t len = strlen(bad[i]);
        struct guard guard = guard_copy(bad[i], len);
        uint8_t address[16];

        if (wafer_ip_parse((char *)guard.data, len, address) != WAFER_E_SYNTAX) {
            fail_msg("%s", bad[i]);
        }
        guard_free(&guard);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ip_against_libc), cmocka_unit_test(test_ip)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
