/* base64url against the RFCs and against itself: each digit, each length, in place, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "format/base64url.h"
#include "guard.h"

/* RFC 4648 10 (padding removed), and RFC 7515 appendix C, which has the two digits
 * that base64 writes otherwise. */
static const struct {
    const char *data;
    size_t len;
    const char *text;
} vectors[] = {
    {"", 0, ""},
    {"f", 1, "Zg"},
    {"fo", 2, "Zm8"},
    {"foo", 3, "Zm9v"},
    {"foob", 4, "Zm9vYg"},
    {"fooba", 5, "Zm9vYmE"},
    {"foobar", 6, "Zm9vYmFy"},
    {"\x03\xec\xff\xe0\xc1", 5, "A-z_4ME"},
};

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char memory[32];
        struct wafer_buf buf;
        size_t text_len = strlen(vectors[i].text);

        wafer_buf_init(&buf, memory, sizeof memory);
        wafer_base64url_append(&buf, vectors[i].data, vectors[i].len);
        assert_string_equal(wafer_buf_string(&buf), vectors[i].text);
        assert_int_equal(WAFER_BASE64URL_LEN(vectors[i].len), text_len);
    }
}

/* Two characters take all 4096 values, so every digit is seen. */
static void test_all_digits(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    (void)state;
    for (int c = 0; c < 256; c++) {
        const char *at = c != 0 ? strchr(alphabet, c) : NULL;
        char text = (char)c;

        assert_int_equal(wafer_base64_value(text, "-_"), at != NULL ? at - alphabet : -1);
        assert_int_equal(wafer_base64url_valid(&text, 1), at != NULL);
        at = c == '+' ? alphabet + 62 : c == '/' ? alphabet + 63 : c == '-' || c == '_' ? NULL : at;
        assert_int_equal(wafer_base64_value(text, "+/"), at != NULL ? at - alphabet : -1);
    }
    for (unsigned value = 0; value < 65536; value++) {
        uint8_t data[2] = {(uint8_t)(value >> 8), (uint8_t)value};
        char memory[4];
        struct wafer_buf buf;

        wafer_buf_init(&buf, memory, sizeof memory);
        wafer_base64url_append(&buf, data, 2);
        assert_int_equal(buf.len, 3);
        assert_int_equal(memory[0], alphabet[value >> 10]);
        assert_int_equal(memory[1], alphabet[value >> 4 & 63]);
        assert_int_equal(memory[2], alphabet[value << 2 & 63]);
    }
}

static void test_valid(void **state)
{
    (void)state;
    assert_false(wafer_base64url_valid("", 0));
    assert_false(wafer_base64url_valid("ab\0c", 4));
    assert_false(wafer_base64url_valid("../x", 4));
    assert_false(wafer_base64url_valid("Zg==", 4));
    assert_false(wafer_base64url_valid("Z+8", 3));
    assert_false(wafer_base64url_valid("Zm9v\xc3\xa4", 6));
    assert_true(wafer_base64url_valid("A-z_4ME", 7));
}

/* Every length up to 200 at the size needed and below, in guarded memory; the octets read
 * back digit by digit. */
static void test_random_lengths(void **state)
{
    uint8_t data[200];

    (void)state;
    srand(4648);
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(rand() >> 8);
    }
    for (size_t len = 0; len <= sizeof data; len++) {
        size_t text_len = WAFER_BASE64URL_LEN(len);
        struct guard text = guard_copy(NULL, text_len);
        struct wafer_buf buf;

        wafer_buf_init(&buf, text.data, text_len);
        wafer_base64url_append(&buf, data, len);
        assert_int_equal(wafer_buf_status(&buf), text_len);
        for (size_t bit = 0; bit < text_len * 6; bit++) {
            int value = wafer_base64_value((char)text.data[bit / 6], "-_");
            int expected = bit < len * 8 ? data[bit / 8] >> (7 - bit % 8) & 1 : 0;

            assert_int_equal(value >> (5 - bit % 6) & 1, expected);
        }
        if (len > 0) {
            wafer_buf_init(&buf, text.data, text_len - 1);
            wafer_base64url_append(&buf, data, len);
            assert_int_equal(wafer_buf_status(&buf), WAFER_E_SPACE);
        }
        guard_free(&text);
    }
}

static void test_in_place(void **state)
{
    char memory[64];
    struct wafer_buf buf;

    (void)state;
    wafer_buf_init(&buf, memory, sizeof memory);
    wafer_buf_text(&buf, "head.foobar");
    wafer_base64url_in_place(&buf, 5);
    assert_string_equal(wafer_buf_string(&buf), "head.Zm9vYmFy");
    wafer_base64url_in_place(&buf, buf.len);
    assert_string_equal(wafer_buf_string(&buf), "head.Zm9vYmFy");
    wafer_buf_init(&buf, memory, 12);
    wafer_buf_text(&buf, "head.foobar");
    wafer_base64url_in_place(&buf, 5);
    assert_int_equal(wafer_buf_status(&buf), WAFER_E_SPACE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),  cmocka_unit_test(test_all_digits),
        cmocka_unit_test(test_valid),    cmocka_unit_test(test_random_lengths),
        cmocka_unit_test(test_in_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
