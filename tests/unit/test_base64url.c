#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base64url.h"
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
        uint8_t data[8];
        struct wafer_buf buf;
        size_t text_len = strlen(vectors[i].text);

        wafer_buf_init(&buf, memory, sizeof memory);
        wafer_base64url_append(&buf, vectors[i].data, vectors[i].len);
        assert_string_equal(wafer_buf_string(&buf), vectors[i].text);
        assert_int_equal(WAFER_BASE64URL_LEN(vectors[i].len), text_len);
        assert_int_equal(wafer_base64url_decode(vectors[i].text, text_len, data, sizeof data),
                         vectors[i].len);
        assert_memory_equal(data, vectors[i].data, vectors[i].len);
    }
}

/* Two characters take all 4096 values, so every digit is seen in both directions. */
static void test_all_digits(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    (void)state;
    for (int c = 0; c < 256; c++) {
        const char *at = c != 0 ? strchr(alphabet, c) : NULL;
        char text = (char)c;

        assert_int_equal(wafer_base64_value((uint8_t)c, WAFER_BASE64_URL), at != NULL ? at - alphabet : -1);
        assert_int_equal(wafer_base64url_valid(&text, 1), at != NULL);
        at = c == '+' ? alphabet + 62 : c == '/' ? alphabet + 63 : c == '-' || c == '_' ? NULL : at;
        assert_int_equal(wafer_base64_value((uint8_t)c, WAFER_BASE64_PEM), at != NULL ? at - alphabet : -1);
    }
    for (unsigned value = 0; value < 65536; value++) {
        uint8_t data[2] = {(uint8_t)(value >> 8), (uint8_t)value}, again[2];
        char memory[4];
        struct wafer_buf buf;

        wafer_buf_init(&buf, memory, sizeof memory);
        wafer_base64url_append(&buf, data, 2);
        assert_int_equal(buf.len, 3);
        assert_int_equal(memory[0], alphabet[value >> 10]);
        assert_int_equal(memory[1], alphabet[value >> 4 & 63]);
        assert_int_equal(memory[2], alphabet[value << 2 & 63]);
        assert_int_equal(wafer_base64url_decode(memory, 3, again, 2), 2);
        assert_memory_equal(again, data, 2);
    }
}

static void test_refused(void **state)
{
    /* Lengths that cannot be, padding, the other alphabet, white space, set unused bits. */
    static const char *const cases[] = {"A",    "AAAAA",        "Zg==",  "Zg=",    "Z+8",    "Z/8",
                                        "Zm 9", "Zm9\n",        "Zh",    "Zv",     "Zm9",    "Zm-",
                                        "Z.9v", "Zm9v\xc3\xa4", "\x80g", "Zm9vYh", "Zm9vYmF"};
    uint8_t data[16];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(wafer_base64url_decode(cases[i], strlen(cases[i]), data, sizeof data),
                         WAFER_E_SYNTAX);
    }
    assert_int_equal(wafer_base64url_decode("Zm\0v", 4, data, sizeof data), WAFER_E_SYNTAX);
    assert_false(wafer_base64url_valid("", 0));
    assert_false(wafer_base64url_valid("ab\0c", 4));
    assert_false(wafer_base64url_valid("../x", 4));
    assert_true(wafer_base64url_valid("A-z_4ME", 7));
}

/* Every length up to 200 at every size around what is needed, in guarded memory. */
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
        struct guard text = guard_copy(NULL, text_len), back = guard_copy(NULL, len);
        struct wafer_buf buf;

        wafer_buf_init(&buf, text.data, text_len);
        wafer_base64url_append(&buf, data, len);
        assert_int_equal(wafer_buf_status(&buf), text_len);
        assert_int_equal(wafer_base64url_decode((char *)text.data, text_len, back.data, len), len);
        assert_memory_equal(back.data, data, len);
        if (len > 0) {
            struct wafer_buf small;
            uint8_t other[300];

            assert_int_equal(wafer_base64url_decode((char *)text.data, text_len, back.data, len - 1),
                             WAFER_E_SPACE);
            wafer_buf_init(&small, other, text_len - 1);
            wafer_base64url_append(&small, data, len);
            assert_int_equal(wafer_buf_status(&small), WAFER_E_SPACE);
        }
        /* over itself */
        assert_int_equal(wafer_base64url_decode((char *)text.data, text_len, text.data, len), len);
        assert_memory_equal(text.data, data, len);
        guard_free(&text);
        guard_free(&back);
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
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_random_lengths),
        cmocka_unit_test(test_in_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
