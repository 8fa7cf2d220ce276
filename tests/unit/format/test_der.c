/* Writing and reading DER: lengths, numbers, nesting, memory that is too small, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "format/der.h"

/* X.690 8.1.3: the length of a length changes at these content sizes. */
static void test_lengths(void **state)
{
    static const struct {
        size_t len;
        uint8_t header[5];
        size_t header_len;
    } cases[] = {{0, {0x04, 0x00}, 2},
                 {1, {0x04, 0x01}, 2},
                 {127, {0x04, 0x7f}, 2},
                 {128, {0x04, 0x81, 0x80}, 3},
                 {255, {0x04, 0x81, 0xff}, 3},
                 {256, {0x04, 0x82, 0x01, 0x00}, 4},
                 {65535, {0x04, 0x82, 0xff, 0xff}, 4},
                 {65536, {0x04, 0x83, 0x01, 0x00, 0x00}, 5}};
    uint8_t *content = calloc(1, 65536), *out = malloc(65600);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wafer_der_writer w;
        struct wafer_der in, got;
        int len;

        wafer_der_begin(&w, out, 65600);
        wafer_der_primitive(&w, WAFER_DER_OCTET_STRING, content, cases[i].len);
        len = wafer_der_end(&w);
        assert_int_equal(len, cases[i].len + cases[i].header_len);
        assert_memory_equal(out, cases[i].header, cases[i].header_len);

        in = (struct wafer_der){out, (size_t)len};
        assert_int_equal(wafer_der_next(&in, &got), WAFER_DER_OCTET_STRING);
        assert_int_equal(got.len, cases[i].len);
        assert_ptr_equal(got.data, out + cases[i].header_len);
        assert_int_equal(in.len, 0);
        assert_int_equal(wafer_der_next(&in, &got), WAFER_E_NOT_FOUND);
    }
    free(content);
    free(out);
}

/* X.690 8.3: minimal two's complement. */
static void test_unsigned(void **state)
{
    static const struct {
        uint8_t in[5];
        size_t len;
        uint8_t out[8];
        size_t out_len;
    } cases[] = {{{0}, 0, {2, 1, 0}, 3},
                 {{0, 0, 0}, 3, {2, 1, 0}, 3},
                 {{1}, 1, {2, 1, 1}, 3},
                 {{0x7f}, 1, {2, 1, 0x7f}, 3},
                 {{0x80}, 1, {2, 2, 0, 0x80}, 4},
                 {{0, 0, 0x80, 1}, 4, {2, 3, 0, 0x80, 1}, 5},
                 {{0, 0x7f, 0xff}, 3, {2, 2, 0x7f, 0xff}, 4},
                 {{0xff, 0, 0, 0, 0}, 5, {2, 6, 0, 0xff, 0, 0, 0, 0}, 8}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wafer_der_writer w;
        uint8_t out[16];

        wafer_der_begin(&w, out, sizeof out);
        wafer_der_unsigned(&w, cases[i].in, cases[i].len);
        assert_int_equal(wafer_der_end(&w), cases[i].out_len);
        assert_memory_equal(out, cases[i].out, cases[i].out_len);
    }
}

static int write_nested(uint8_t *out, size_t size)
{
    struct wafer_der_writer w;
    size_t mark;

    wafer_der_begin(&w, out, size);
    wafer_der_raw(&w, "tail", 4);
    mark = w.pos;
    wafer_der_primitive(&w, WAFER_DER_UTF8_STRING, "b", 1);
    wafer_der_primitive(&w, WAFER_DER_UTF8_STRING, "a", 1);
    wafer_der_wrap(&w, WAFER_DER_SEQUENCE, mark);
    wafer_der_wrap(&w, WAFER_DER_CONTEXT_CONSTRUCTED(3), mark);
    return wafer_der_end(&w);
}

/* Every size that is too small says so, and nothing outside the buffer is touched. */
static void test_nested_and_overflow(void **state)
{
    static const uint8_t expected[] = {0xa3, 8, 0x30, 6, 0x0c, 1, 'a', 0x0c, 1, 'b', 't', 'a', 'i', 'l'};

    (void)state;
    for (size_t size = 0; size <= 20; size++) {
        uint8_t *out = malloc(size + 1);
        out[size] = 0xee;
        if (size < sizeof expected) {
            assert_int_equal(write_nested(out, size), WAFER_E_SPACE);
        } else {
            assert_int_equal(write_nested(out, size), sizeof expected);
            assert_memory_equal(out, expected, sizeof expected);
        }
        assert_int_equal(out[size], 0xee);
        free(out);
    }
}

static void test_refused(void **state)
{
    static const struct {
        uint8_t der[8];
        size_t len;
        const char *why;
    } cases[] = {{{0x30}, 1, "no length"},
                 {{0x30, 0x01}, 2, "content missing"},
                 {{0x30, 0x80, 0, 0}, 4, "indefinite length"},
                 {{0x30, 0x81}, 2, "length cut"},
                 {{0x30, 0x81, 0x01, 0}, 4, "long form of a short length"},
                 {{0x30, 0x81, 0x00}, 3, "length with leading zero"},
                 {{0x30, 0x82, 0x00, 0x01, 0}, 5, "length with leading zero"},
                 {{0x30, 0x82, 0x01}, 3, "length cut"},
                 {{0x30, 0x84, 1, 0, 0, 0}, 6, "length of four octets"},
                 {{0x30, 0xff, 1}, 3, "reserved length"},
                 {{0x1f, 0x01, 0x00}, 3, "tag of several octets"},
                 {{0xbf, 0x81, 0x01, 0}, 4, "tag of several octets"},
                 {{0x00, 0x00}, 2, "end of contents"},
                 {{0x04, 0x03, 1, 2}, 4, "content cut"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *copy = malloc(cases[i].len);
        struct wafer_der in = {copy, cases[i].len}, content;

        memcpy(copy, cases[i].der, cases[i].len);
        if (wafer_der_next(&in, &content) != WAFER_E_SYNTAX) {
            fail_msg("taken: %s", cases[i].why);
        }
        free(copy);
    }
}

static void test_expect(void **state)
{
    static const uint8_t der[] = {0x02, 0x01, 0x05, 0x04, 0x00};
    struct wafer_der in = {der, sizeof der}, content, both[2];

    (void)state;
    assert_int_equal(wafer_der_expect(&in, WAFER_DER_INTEGER, &content), 0);
    assert_int_equal(content.len, 1);
    assert_int_equal(content.data[0], 5);
    assert_int_equal(wafer_der_expect(&in, WAFER_DER_INTEGER, &content), WAFER_E_SYNTAX);
    assert_int_equal(in.len, 0);
    assert_int_equal(wafer_der_expect(&in, WAFER_DER_INTEGER, &content), WAFER_E_SYNTAX);

    in = (struct wafer_der){der, sizeof der};
    assert_int_equal(wafer_der_sequence(&in, "\x02\x04", both), 0);
    assert_int_equal(both[0].data[0], 5);
    assert_int_equal(both[1].len, 0);
    assert_int_equal(in.len, 0);
    in = (struct wafer_der){der, sizeof der};
    assert_int_equal(wafer_der_sequence(&in, "\x02\x02", both), WAFER_E_SYNTAX);
    in = (struct wafer_der){der, 3};
    assert_int_equal(wafer_der_sequence(&in, "\x02\x04", both), WAFER_E_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lengths), cmocka_unit_test(test_unsigned),
                                       cmocka_unit_test(test_nested_and_overflow),
                                       cmocka_unit_test(test_refused), cmocka_unit_test(test_expect)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
