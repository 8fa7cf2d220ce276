/* Extended key usage and name constraints, read from extensions made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "format/x509_limits.h"
#include "guard.h"

struct piece {
    const char *octets;
    size_t len;
};
#define PIECE(text) \
    { \
        text, sizeof text - 1 \
    }

static uint8_t memory[512];

/* A certificate with these extensions, `times` times; the value of each is `value`. */
static struct wafer_x509 with_extension(uint8_t id, struct piece value, unsigned times)
{
    const uint8_t oid[] = {0x55, 0x1d, id};
    struct wafer_der_writer w;
    struct wafer_x509 x509;

    memset(&x509, 0, sizeof x509);
    wafer_der_begin(&w, memory, sizeof memory);
    while (times-- > 0) {
        size_t mark = w.pos;
        wafer_der_primitive(&w, WAFER_DER_OCTET_STRING, value.octets, value.len);
        wafer_der_primitive(&w, WAFER_DER_OID, oid, sizeof oid);
        wafer_der_wrap(&w, WAFER_DER_SEQUENCE, mark);
    }
    int len = wafer_der_end(&w);
    assert_true(len >= 0);
    x509.extensions = (struct wafer_der){memory, (size_t)len};
    return x509;
}

#define SERVER "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"
#define CLIENT "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"
#define ANY    "\x06\x04\x55\x1d\x25\x00"

static void purposes(void **state)
{
    static const struct {
        struct piece value;
        int result;
    } cases[] = {
        {PIECE("\x30\x0a" SERVER), 1},
        {PIECE("\x30\x0a" CLIENT), 0},
        {PIECE("\x30\x14" CLIENT SERVER), 1},
        {PIECE("\x30\x06" ANY), 1},
        {PIECE("\x30\x10" CLIENT ANY), 1},
        {PIECE("\x30\x00"), 0},
        {PIECE("\x30\x09\x06\x07\x2b\x06\x01\x05\x05\x07\x03"), 0}, /* id-kp itself */
        {PIECE("\x30\x0b\x06\x09\x2b\x06\x01\x05\x05\x07\x03\x01\x01"), 0},
        {PIECE("\x30\x02\x05\x00"), WAFER_E_SYNTAX},
        {PIECE("\x30\x0b" SERVER), WAFER_E_SYNTAX},
        {PIECE("\x31\x0a" SERVER), WAFER_E_SYNTAX},
        {PIECE(SERVER), WAFER_E_SYNTAX},
        {PIECE(""), WAFER_E_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wafer_x509 x509 = with_extension(WAFER_X509_EXT_KEY_USAGE, cases[i].value, 1);
        int result = wafer_x509_for_server(&x509);
        if (result != cases[i].result) {
            fail_msg("case %zu: %d", i, result);
        }
        x509 = with_extension(WAFER_X509_EXT_KEY_USAGE, cases[i].value, 2);
        assert_int_equal(wafer_x509_for_server(&x509), WAFER_E_SYNTAX);
        x509 = with_extension(WAFER_X509_EXT_KEY_USAGE, cases[i].value, 0);
        assert_int_equal(wafer_x509_for_server(&x509), 1);
        x509 = with_extension(WAFER_X509_BASIC_CONSTRAINTS, cases[i].value, 1);
        assert_int_equal(wafer_x509_for_server(&x509), 1);
    }
}

/* Subtrees of one octet's length each. */
#define DNS(len, len2, name) "\x30" len2 "\x82" len name
#define EXAMPLE              DNS("\x07", "\x09", "example")                     /* 11 octets */
#define B_EXAMPLE            DNS("\x09", "\x0b", "B.Example")                   /* 13 */
#define DOT                  DNS("\x08", "\x0a", ".example")                    /* 12 */
#define ALL                  DNS("\x00", "\x02", "")                            /* 4 */
#define NET4                 "\x30\x0a\x87\x08\xc0\x00\x02\x00\xff\xff\xff\x80" /* 192.0.2.0/25, 12 */
#define NET6 \
    "\x30\x22\x87\x20" \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0" \
    "\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0" /* 36 */
#define MAIL \
    "\x30\x09\x81\x07" \
    "example"                                /* 11 */
#define DIRECTORY "\x30\x04\xa4\x02\x30\x00" /* 6 */

static const struct {
    struct piece value;
    enum wafer_x509_name kind;
    struct piece name;
    int result;
} constraints_of_names[] = {
    {PIECE("\x30\x0d\xa0\x0b" EXAMPLE), WAFER_X509_DNS, PIECE("example"), 1},
    {PIECE("\x30\x0d\xa0\x0b" EXAMPLE), WAFER_X509_DNS, PIECE("A.EXAMPLE"), 1},
    {PIECE("\x30\x0d\xa0\x0b" EXAMPLE), WAFER_X509_DNS, PIECE("*.a.example"), 1},
    {PIECE("\x30\x0d\xa0\x0b" EXAMPLE), WAFER_X509_DNS, PIECE("anexample"), 0},
    {PIECE("\x30\x0d\xa0\x0b" EXAMPLE), WAFER_X509_DNS, PIECE("example.test"), 0},
    {PIECE("\x30\x0d\xa0\x0b" EXAMPLE), WAFER_X509_DNS, PIECE("xample"), 0},
    {PIECE("\x30\x0d\xa0\x0b" EXAMPLE), WAFER_X509_DNS, PIECE(""), 0},
    {PIECE("\x30\x0d\xa0\x0b" EXAMPLE), WAFER_X509_IP, PIECE("\xc0\x00\x02\x01"), 1},
    {PIECE("\x30\x0f\xa0\x0d" B_EXAMPLE), WAFER_X509_DNS, PIECE("a.b.example"), 1},
    {PIECE("\x30\x0f\xa0\x0d" B_EXAMPLE), WAFER_X509_DNS, PIECE("*.example"), 0},
    {PIECE("\x30\x0e\xa0\x0c" DOT), WAFER_X509_DNS, PIECE("a.example"), 1},
    {PIECE("\x30\x0e\xa0\x0c" DOT), WAFER_X509_DNS, PIECE("example"), 0},
    {PIECE("\x30\x19\xa0\x17" EXAMPLE DOT), WAFER_X509_DNS, PIECE("example"), 1},
    {PIECE("\x30\x06\xa0\x04" ALL), WAFER_X509_DNS, PIECE("any.name"), 1},
    {PIECE("\x30\x06\xa1\x04" ALL), WAFER_X509_DNS, PIECE("any.name"), 0},
    {PIECE("\x30\x06\xa1\x04" ALL), WAFER_X509_IP, PIECE("\xc0\x00\x02\x01"), 1},
    {PIECE("\x30\x0d\xa1\x0b" EXAMPLE), WAFER_X509_DNS, PIECE("a.example"), 0},
    {PIECE("\x30\x0d\xa1\x0b" EXAMPLE), WAFER_X509_DNS, PIECE("a.test"), 1},
    {PIECE("\x30\x1c\xa0\x0b" EXAMPLE "\xa1\x0d" B_EXAMPLE), WAFER_X509_DNS, PIECE("a.example"), 1},
    {PIECE("\x30\x1c\xa0\x0b" EXAMPLE "\xa1\x0d" B_EXAMPLE), WAFER_X509_DNS, PIECE("b.example"), 0},
    {PIECE("\x30\x0e\xa0\x0c" NET4), WAFER_X509_IP, PIECE("\xc0\x00\x02\x7f"), 1},
    {PIECE("\x30\x0e\xa0\x0c" NET4), WAFER_X509_IP, PIECE("\xc0\x00\x02\x80"), 0},
    {PIECE("\x30\x0e\xa0\x0c" NET4), WAFER_X509_IP, PIECE("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), 0},
    {PIECE("\x30\x0e\xa0\x0c" NET4), WAFER_X509_DNS, PIECE("a.example"), 1},
    {PIECE("\x30\x32\xa0\x30" NET4 NET6), WAFER_X509_IP, PIECE("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"),
     1},
    {PIECE("\x30\x26\xa1\x24" NET6), WAFER_X509_IP, PIECE("\x20\x01\x0d\xb8\xff\0\0\0\0\0\0\0\0\0\0\1"), 0},
    {PIECE("\x30\x26\xa1\x24" NET6), WAFER_X509_IP, PIECE("\x20\x01\x0d\xb9\xff\0\0\0\0\0\0\0\0\0\0\1"), 1},
    {PIECE("\x30\x13\xa0\x11" MAIL DIRECTORY), WAFER_X509_DNS, PIECE("a.test"), 1},
    {PIECE("\x30\x1e\xa0\x1c" MAIL EXAMPLE DIRECTORY), WAFER_X509_DNS, PIECE("a.test"), 0},
    {PIECE("\x30\x00"), WAFER_X509_DNS, PIECE("a.test"), 1},
    {PIECE("\x30\x02\xa0\x00"), WAFER_X509_DNS, PIECE("a.test"), 1},
    /* malformed */
    {PIECE("\x30\x0c\xa0\x0a\x30\x08\x87\x06\xc0\x00\x02\xff\xff\xff"), WAFER_X509_IP,
     PIECE("\xc0\x00\x02\x01"), WAFER_E_SYNTAX},
    {PIECE("\x30\x09\xa0\x07\x30\x05\x82\x00\x80\x01\x00"), WAFER_X509_DNS, PIECE("a.test"),
     WAFER_E_SYNTAX}, /* minimum */
    {PIECE("\x30\x09\xa1\x07\x30\x05\x82\x00\x81\x01\x01"), WAFER_X509_DNS, PIECE("a.test"),
     WAFER_E_SYNTAX}, /* maximum */
    {PIECE("\x30\x04\xa0\x02\x30\x00"), WAFER_X509_DNS, PIECE("a.test"), WAFER_E_SYNTAX},
    {PIECE("\x30\x04\xa0\x02\x82\x00"), WAFER_X509_DNS, PIECE("a.test"), WAFER_E_SYNTAX},
    {PIECE("\x30\x04\xa1\x00\xa0\x00"), WAFER_X509_DNS, PIECE("a.test"), WAFER_E_SYNTAX}, /* order */
    {PIECE("\x30\x04\xa0\x00\xa0\x00"), WAFER_X509_DNS, PIECE("a.test"), WAFER_E_SYNTAX},
    {PIECE("\x30\x02\xa2\x00"), WAFER_X509_DNS, PIECE("a.test"), WAFER_E_SYNTAX},
    {PIECE("\xa0\x00"), WAFER_X509_DNS, PIECE("a.test"), WAFER_E_SYNTAX},
};

/* 1, 0 or an error, as a chain is judged. */
static int permits(const struct wafer_x509 *x509, enum wafer_x509_name kind, struct piece name)
{
    const struct wafer_der der = {(const uint8_t *)name.octets, name.len};
    struct wafer_x509_constraints constraints;
    int rc = wafer_x509_constraints(&constraints, x509);
    return rc <= 0 ? rc : wafer_x509_permits(&constraints, kind, &der);
}

static void names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof constraints_of_names / sizeof constraints_of_names[0]; i++) {
        struct wafer_x509 x509 =
            with_extension(WAFER_X509_NAME_CONSTRAINTS, constraints_of_names[i].value, 1);
        int result = permits(&x509, constraints_of_names[i].kind, constraints_of_names[i].name);
        if (result != constraints_of_names[i].result) {
            fail_msg("case %zu: %d", i, result);
        }
        x509 = with_extension(WAFER_X509_NAME_CONSTRAINTS, constraints_of_names[i].value, 2);
        assert_int_equal(permits(&x509, WAFER_X509_DNS, constraints_of_names[i].name), WAFER_E_SYNTAX);
    }
}

/* Nothing is read behind the end, wherever that is. */
static void cut_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof constraints_of_names / sizeof constraints_of_names[0]; i++) {
        struct wafer_x509 x509 =
            with_extension(WAFER_X509_NAME_CONSTRAINTS, constraints_of_names[i].value, 1);
        for (size_t len = 1; len < x509.extensions.len; len++) {
            struct guard guard = guard_copy(memory, len);
            struct wafer_x509 cut = x509;
            cut.extensions = (struct wafer_der){guard.data, len};
            assert_int_equal(permits(&cut, WAFER_X509_DNS, constraints_of_names[i].name), WAFER_E_SYNTAX);
            guard_free(&guard);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(purposes), cmocka_unit_test(names),
                                       cmocka_unit_test(cut_short)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
