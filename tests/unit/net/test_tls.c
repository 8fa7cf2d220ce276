/* The TLS handshake: whom the client trusts, against `openssl s_server` on loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "net/tls_validator.h"
#include "tls_lab.h"
#include "wafer/tls_error.h"

static void test_chains(void **state)
{
    static const char *const leaves[] = {"good", "ecdirect", "p384leaf", "rsaleaf"};

    (void)state;
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        lab_serve(leaves[i], "127.0.0.1", "-rev");
        assert_int_equal(lab_connect("ca.example", false), 0);
        assert_int_equal(lab.tls.engine_error, 0);
        lab_talk("hello\n", "olleh\n");
        wafer_tls_close(&lab.tls);
        assert_int_equal(lab_connect("CA.Example", false), 0);
        wafer_tls_close(&lab.tls);
    }
}

static void test_suites(void **state)
{
    static const struct {
        const char *leaf, *options;
    } cases[] = {{"good", "-rev -cipher ECDHE-ECDSA-CHACHA20-POLY1305"},
                 {"good", "-rev -cipher ECDHE-ECDSA-AES128-GCM-SHA256"},
                 {"good", "-rev -cipher ECDHE-ECDSA-AES256-GCM-SHA384"},
                 {"rsaleaf", "-rev -cipher ECDHE-RSA-CHACHA20-POLY1305"},
                 {"rsaleaf", "-rev -cipher ECDHE-RSA-AES128-GCM-SHA256"},
                 {"rsaleaf", "-rev -cipher ECDHE-RSA-AES256-GCM-SHA384"},
                 {"good", "-rev -groups P-256"},
                 {"good", "-rev -groups P-384"},
                 {"rsaleaf", "-rev -groups P-384 -sigalgs RSA+SHA384"},
                 {"rsaleaf", "-rev -sigalgs RSA+SHA512"},
                 {"good", "-rev -sigalgs ECDSA+SHA512"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lab_serve(cases[i].leaf, "127.0.0.1", cases[i].options);
        assert_int_equal(lab_connect("ca.example", false), 0);
        lab_talk("abc\n", "cba\n");
    }
}

static void test_no_common_suite(void **state)
{
    static const char *const options[] = {"-rev -cipher ECDHE-ECDSA-AES128-SHA256", "-rev -groups X25519"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        lab_serve("good", "127.0.0.1", options[i]);
        assert_int_equal(lab_connect("ca.example", false), WAFER_E_HANDSHAKE);
        assert_int_equal(lab.tls.engine_error, BR_ERR_RECV_FATAL_ALERT + 40); /* handshake_failure */
        assert_false(wafer_tls_is_open(&lab.tls));
    }
}

static void test_refused_certificates(void **state)
{
    static const struct {
        const char *leaf, *host;
        int64_t now;
        int error, engine;
    } cases[] = {{"good", "wrong.example", T_2081, WAFER_E_WRONG_NAME, BR_ERR_X509_BAD_SERVER_NAME},
                 {"good", "xca.example", T_2081, WAFER_E_WRONG_NAME, BR_ERR_X509_BAD_SERVER_NAME},
                 {"good", "example", T_2081, WAFER_E_WRONG_NAME, BR_ERR_X509_BAD_SERVER_NAME},
                 {"wild", "ca.example", T_2081, 0, 0},
                 {"wild", "a.ca.example", T_2081, WAFER_E_WRONG_NAME, BR_ERR_X509_BAD_SERVER_NAME},
                 {"nosan", "ca.example", T_2081, WAFER_E_WRONG_NAME, BR_ERR_X509_BAD_SERVER_NAME},
                 {"good", "ca.example", T_2082 + 1, WAFER_E_CERT_TIME, BR_ERR_X509_EXPIRED},
                 {"good", "ca.example", T_2082, 0, 0},
                 {"later", "ca.example", T_2081, WAFER_E_CERT_TIME, BR_ERR_X509_EXPIRED},
                 {"self", "ca.example", T_2081, WAFER_E_UNTRUSTED, BR_ERR_X509_NOT_TRUSTED},
                 {"bychild", "ca.example", T_2081, WAFER_E_UNTRUSTED, BR_ERR_X509_NOT_CA}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int error;

        lab.wall = cases[i].now;
        lab_serve(cases[i].leaf, "127.0.0.1", "-rev");
        lab.connects = lab.closes = 0;
        error = lab_connect(cases[i].host, false);
        if (error != cases[i].error || lab.tls.engine_error != cases[i].engine) {
            fail_msg("%s as %s: %d, engine %d", cases[i].leaf, cases[i].host, error, lab.tls.engine_error);
        }
        assert_int_equal(wafer_tls_is_open(&lab.tls), error == 0);
        wafer_tls_close(&lab.tls);
        assert_int_equal(lab.connects, 1); /* a known time gets no second try */
        assert_int_equal(lab.closes, 1);
    }
}

static void test_no_anchor(void **state)
{
    const struct wafer_anchors others = {lab.roots + 1, 2}, none = {NULL, 0};

    (void)state;
    lab_serve("good", "127.0.0.1", "-rev");
    lab.params.anchors = &others;
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_UNTRUSTED);
    assert_int_equal(lab.tls.engine_error, BR_ERR_X509_NOT_TRUSTED);
    lab.params.anchors = &none;
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_UNTRUSTED);
}

/* Whether the ClientHello has the extension `type`. */
static bool hello_has(unsigned type)
{
    const uint8_t *hello = lab.hello;
    size_t at = 5 + 4 + 2 + 32;

    assert_int_equal(hello[0], 22);
    assert_int_equal(hello[5], 1);
    at += 1u + hello[at];                                  /* session id */
    at += 2u + (unsigned)(hello[at] << 8 | hello[at + 1]); /* suites */
    at += 1u + hello[at];                                  /* compression */
    for (at += 2; at + 4 <= 5u + (unsigned)(hello[3] << 8 | hello[4]);) {
        if ((unsigned)(hello[at] << 8 | hello[at + 1]) == type) {
            return true;
        }
        at += 4u + (unsigned)(hello[at + 2] << 8 | hello[at + 3]);
    }
    return false;
}

static void test_addresses(void **state)
{
    static const struct {
        const char *leaf, *host;
        int error;
    } cases[] = {{"ip", "127.0.0.1", 0},
                 {"ip", "::1", 0},
                 {"ip", "0:0:0:0:0:0:0:1", 0},
                 {"ip", "127.0.0.2", WAFER_E_WRONG_NAME},
                 {"ip", "::2", WAFER_E_WRONG_NAME},
                 {"ip", "::127.0.0.1", WAFER_E_WRONG_NAME},
                 {"ipasdns", "127.0.0.1", WAFER_E_WRONG_NAME}, /* an address is no dNSName */
                 {"nosan", "127.0.0.1", WAFER_E_WRONG_NAME},
                 {"good", "127.0.0.1", WAFER_E_WRONG_NAME},
                 {"ip", "localhost", WAFER_E_WRONG_NAME},
                 {"self", "127.0.0.1", WAFER_E_UNTRUSTED}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int error;

        lab_serve(cases[i].leaf, "127.0.0.1", "-rev");
        error = lab_connect(cases[i].host, false);
        if (error != cases[i].error) {
            fail_msg("%s as %s: %d, engine %d", cases[i].leaf, cases[i].host, error, lab.tls.engine_error);
        }
        assert_int_equal(hello_has(0), strcmp(cases[i].host, "localhost") == 0);
        if (error == 0) {
            lab_talk("ip\n", "pi\n");
        }
    }
}

/* Who brings no reader of addresses knows DNS names alone: an address is none that a certificate could have. */
static void test_address_without_reader(void **state)
{
    (void)state;
    lab_serve("ip", "127.0.0.1", "-rev");
    lab.params.ip = NULL;
    assert_int_equal(lab_connect("127.0.0.1", false), WAFER_E_WRONG_NAME);
}

static void test_ipv6(void **state)
{
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int have = bind(fd, (struct sockaddr *)&address, sizeof address);

    (void)state;
    close(fd);
    if (have != 0) {
        skip(); /* no IPv6 on this machine */
    }
    lab_serve("ip", "[::1]", "-rev");
    lab.connect_to = NULL;
    assert_int_equal(lab_connect("::1", false), 0);
    lab_talk("six\n", "xis\n");
}

/* No memory for the server's certificate: it cannot be looked at, so it is refused. */
static void test_small_scratch(void **state)
{
    (void)state;
    lab_serve("ip", "127.0.0.1", "-rev");
    for (size_t size = 0; size < 1000; size += 100) {
        int error;

        lab.params.scratch_size = size;
        lab.params.scratch = malloc(size + 1);
        error = lab_connect("127.0.0.1", false);
        if (error != 0) {
            assert_int_equal(error, WAFER_E_HANDSHAKE);
            assert_int_equal(lab.tls.engine_error, WAFER_TLS_CERTIFICATE_SIZE);
        } else {
            assert_true(size >= 200);
        }
        free(lab.params.scratch);
    }
    lab.params.scratch = NULL;
    lab.params.scratch_size = 0;
    assert_int_equal(lab_connect("127.0.0.1", false), WAFER_E_HANDSHAKE);
}

/* The clock is not known, and the certificate begins after the floor. */
static void test_unknown_clock(void **state)
{
    (void)state;
    lab.wall = WAFER_E_CLOCK;
    lab_serve("later", "127.0.0.1", "-rev");
    assert_int_equal(lab_connect("ca.example", false), 0);
    assert_int_equal(lab.connects, 2);
    lab_talk("time\n", "emit\n");
    assert_int_equal(lab_connect("127.0.0.1", false), 0); /* the address is checked in the second one */
    assert_int_equal(lab_connect("wrong.example", false), WAFER_E_WRONG_NAME);

    /* the same session needs no second handshake */
    assert_int_equal(lab_connect("ca.example", false), 0);
    lab.connects = 0;
    assert_int_equal(lab_connect("ca.example", true), 0);
    assert_int_equal(lab.connects, 1);

    /* told by the CA: known */
    wafer_clock_set(&lab.clock, T_2081 - 100);
    lab.connects = 0;
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_CERT_TIME);
    assert_int_equal(lab.connects, 1);
}

/* A certificate that ended before the floor stays refused. */
static void test_unknown_clock_expired(void **state)
{
    (void)state;
    lab.wall = WAFER_E_CLOCK;
    wafer_clock_raise(&lab.clock, T_2082 + 1);
    lab_serve("good", "127.0.0.1", "-rev");
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_CERT_TIME);
    assert_int_equal(lab.connects, 1);

    /* and no second try without the certificate in memory */
    wafer_clock_init(&lab.clock, &lab.port);
    wafer_clock_raise(&lab.clock, T_2080);
    lab.params.scratch_size = 16;
    lab_serve("later", "127.0.0.1", "-rev");
    lab.connects = 0;
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_HANDSHAKE);
    assert_int_equal(lab.tls.engine_error, WAFER_TLS_CERTIFICATE_SIZE);
    assert_int_equal(lab.connects, 1);
}

/* An intermediate certificate that is younger than the server's: the second try is at its notBefore. */
static void test_unknown_clock_young_issuer(void **state)
{
    int64_t youngest = 0;

    (void)state;
    lab.wall = WAFER_E_CLOCK;
    lab_serve("underyoung", "127.0.0.1", "-rev");
    assert_int_equal(lab_connect("ca.example", false), 0);
    assert_int_equal(lab.connects, 2);
    assert_int_equal(wafer_tls_validator_not_before(&lab.tls.validator, &youngest), 0);
    assert_true(youngest > T_2081 && youngest < T_2082);
    assert_true(lab.tls.validator.not_before == T_2080 && lab.tls.validator.not_after == T_2082);
    lab_talk("young\n", "gnuoy\n");

    /* At a known time it stays refused. */
    wafer_clock_set(&lab.clock, T_2081);
    lab.connects = 0;
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_CERT_TIME);
    assert_int_equal(lab.connects, 1);
}

/* The dot that ends an absolute name is neither sent nor compared. */
static void test_trailing_dot(void **state)
{
    static const char *const hosts[] = {"ca.example.", "CA.EXAMPLE.", "127.0.0.1."};
    static const char *const leaves[] = {"good", "wild", "ip"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        lab_serve(leaves[i], "127.0.0.1", "-rev");
        assert_int_equal(lab_connect(hosts[i], false), 0);
        for (size_t at = 0; at + 8 < lab.hello_len; at++) {
            assert_true(memcmp(lab.hello + at, "example.", 8) != 0 &&
                        memcmp(lab.hello + at, "EXAMPLE.", 8) != 0);
        }
        lab_talk("dot\n", "tod\n");
    }
    lab_serve("good", "127.0.0.1", "-rev");
    assert_int_equal(lab_connect("ca.example..", false), WAFER_E_WRONG_NAME);
    assert_int_equal(lab_connect("example.", false), WAFER_E_WRONG_NAME);
}

/* A wildcard is not below an excluded name, but what it is taken for is. */
static void test_limited_wildcard(void **state)
{
    (void)state;
    lab_serve("wildlimited", "127.0.0.1", "-rev");
    assert_int_equal(lab_connect("b.example", false), 0);
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_UNTRUSTED);
    assert_int_equal(lab.tls.engine_error, WAFER_TLS_CONSTRAINT);
}

/* What does not belong is passed over in any memory that takes each certificate; in less, no chain is whole. */
static void test_passed_over(void **state)
{
    bool fits = false;

    (void)state;
    lab_serve("good2", "127.0.0.1", "-rev");
    for (size_t size = 300; size < 900; size += 20) {
        lab.params.scratch_size = size;
        lab.params.scratch = malloc(size);
        int error = lab_connect("ca.example", false);
        free(lab.params.scratch);
        assert_int_equal(error, fits || error == 0 ? 0 : WAFER_E_HANDSHAKE);
        assert_int_equal(lab.tls.engine_error, error == 0 ? 0 : WAFER_TLS_CERTIFICATE_SIZE);
        fits = error == 0;
    }
    assert_true(fits);
}

/* Not only the name and time: an untrusted chain stays so. */
static void test_unknown_clock_untrusted(void **state)
{
    const struct wafer_anchors others = {lab.roots + 1, 2};

    (void)state;
    lab.wall = WAFER_E_CLOCK;
    lab.params.anchors = &others;
    lab_serve("later", "127.0.0.1", "-rev");
    assert_int_equal(lab_connect("ca.example", false), WAFER_E_UNTRUSTED);
    assert_int_equal(lab.connects, 2);
}

/* What a CA told once, in this run or in an earlier one, is after the end of the certificate: the
 * port's clock gets its chance, if it says another time and that will do. */
static void test_wrong_floor(void **state)
{
    static const struct {
        bool told;
        int64_t wall;
        int error;
        unsigned connects;
    } cases[] = {{false, T_2081, 0, 2},
                 {true, T_2081, 0, 2},
                 {false, WAFER_E_CLOCK, WAFER_E_CERT_TIME, 1},
                 {true, WAFER_E_CLOCK, WAFER_E_CERT_TIME, 1},
                 {true, T_2082 + 1, WAFER_E_CERT_TIME, 1},
                 {false, T_2080 - 1, WAFER_E_CERT_TIME, 2},
                 {true, T_2082 + 90000, WAFER_E_CERT_TIME, 2},
                 {false, 42, WAFER_E_CERT_TIME, 1}};

    (void)state;
    lab_serve("good", "127.0.0.1", "-rev");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lab.wall = cases[i].wall;
        lab.connects = 0;
        wafer_clock_init(&lab.clock, &lab.port);
        if (cases[i].told) {
            wafer_clock_set(&lab.clock, T_2082 + 1);
        } else {
            wafer_clock_raise(&lab.clock, T_2082 + 1);
        }
        assert_int_equal(lab_connect("ca.example", false), cases[i].error);
        assert_int_equal(lab.connects, cases[i].connects);
    }
}

/* How long the server's certificate is valid is known afterwards, also of a session that goes on. */
static void test_validity(void **state)
{
    (void)state;
    assert_true(lab.tls.not_after == 0);
    lab_serve("good", "127.0.0.1", "-rev");
    for (int resume = 0; resume < 2; resume++) {
        assert_int_equal(lab_connect("ca.example", resume), 0);
        assert_true(lab.tls.not_before <= T_2080 && lab.tls.not_before > T_2080 - 366 * 86400);
        assert_true(lab.tls.not_after == T_2082);
        lab_talk("abc\n", "cba\n");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_chains),
                                       TEST(test_suites),
                                       TEST(test_no_common_suite),
                                       TEST(test_refused_certificates),
                                       TEST(test_no_anchor),
                                       TEST(test_addresses),
                                       TEST(test_address_without_reader),
                                       TEST(test_ipv6),
                                       TEST(test_small_scratch),
                                       TEST(test_unknown_clock),
                                       TEST(test_unknown_clock_expired),
                                       TEST(test_unknown_clock_young_issuer),
                                       TEST(test_trailing_dot),
                                       TEST(test_limited_wildcard),
                                       TEST(test_passed_over),
                                       TEST(test_unknown_clock_untrusted),
                                       TEST(test_wrong_floor),
                                       TEST(test_validity)};

    return cmocka_run_group_tests(tests, lab_group_setup, lab_group_teardown);
}
