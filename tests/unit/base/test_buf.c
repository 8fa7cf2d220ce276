/* The bounded buffer: what fits is written, what does not is an error that stays, and nothing is
 * written outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/buf.h"
#include "guard.h"
#include "base/wipe.h"

static void test_append(void **state)
{
    uint8_t memory[16];
    struct wafer_buf buf;

    (void)state;
    wafer_buf_init(&buf, memory, sizeof memory);
    assert_int_equal(wafer_buf_status(&buf), 0);
    wafer_buf_append(&buf, "ab", 2);
    wafer_buf_byte(&buf, 'c');
    wafer_buf_text(&buf, "def");
    wafer_buf_append(&buf, NULL, 0);
    assert_int_equal(wafer_buf_status(&buf), 6);
    assert_string_equal(wafer_buf_string(&buf), "abcdef");
    assert_int_equal(wafer_buf_status(&buf), 6);
}

static void test_uint(void **state)
{
    static const struct {
        uint32_t value;
        const char *text;
    } cases[] = {{0, "0"}, {9, "9"}, {10, "10"}, {65535, "65535"}, {4294967295u, "4294967295"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char memory[11];
        struct wafer_buf buf;

        wafer_buf_init(&buf, memory, sizeof memory);
        wafer_buf_uint(&buf, cases[i].value);
        assert_string_equal(wafer_buf_string(&buf), cases[i].text);
    }
}

/* Every size from nothing to enough: nothing is written outside, and what did not fit
 * stays refused even if something shorter would. */
static void test_overflow_sticks(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 12; size++) {
        struct guard guard = guard_copy(NULL, size);
        struct wafer_buf buf;

        wafer_buf_init(&buf, guard.data, size);
        wafer_buf_text(&buf, "1234567");
        wafer_buf_uint(&buf, 890);
        if (size >= 10) {
            assert_int_equal(wafer_buf_status(&buf), 10);
            assert_memory_equal(guard.data, "1234567890", 10);
        } else {
            assert_int_equal(wafer_buf_status(&buf), WAFER_E_SPACE);
            assert_true(buf.len <= size);
            wafer_buf_append(&buf, NULL, 0);
            assert_string_equal(wafer_buf_string(&buf), "");
            assert_int_equal(wafer_buf_status(&buf), WAFER_E_SPACE);
        }
        guard_free(&guard);
    }
}

static void test_string_needs_room_for_nul(void **state)
{
    char memory[4] = {'x', 'x', 'x', 'x'};
    struct wafer_buf buf;

    (void)state;
    wafer_buf_init(&buf, memory, 3);
    wafer_buf_text(&buf, "abc");
    assert_int_equal(wafer_buf_status(&buf), 3);
    assert_string_equal(wafer_buf_string(&buf), "");
    assert_int_equal(wafer_buf_status(&buf), WAFER_E_SPACE);
    assert_int_equal(memory[3], 'x');
}

static void test_huge_length(void **state)
{
    uint8_t memory[4];
    struct wafer_buf buf;

    (void)state;
    wafer_buf_init(&buf, memory, sizeof memory);
    wafer_buf_text(&buf, "ab");
    wafer_buf_append(&buf, memory, SIZE_MAX);
    assert_int_equal(wafer_buf_status(&buf), WAFER_E_SPACE);
}

static void test_copy_string(void **state)
{
    char to[4];

    (void)state;
    assert_int_equal(wafer_copy_string(to, sizeof to, "abcdef", 3), 0);
    assert_string_equal(to, "abc");
    assert_int_equal(wafer_copy_string(to, sizeof to, "abcdef", 4), WAFER_E_SPACE);
    assert_string_equal(to, "");
    assert_int_equal(wafer_copy_string(to, sizeof to, "abcdef", 0), 0);
    assert_string_equal(to, "");
    to[0] = 'x';
    assert_int_equal(wafer_copy_string(to, 0, "", 0), WAFER_E_SPACE);
    assert_int_equal(to[0], 'x');
}

static void test_wipe(void **state)
{
    uint8_t memory[9];
    static const uint8_t wiped[9] = {1, 0, 0, 0, 0, 0, 0, 0, 1};

    (void)state;
    memset(memory, 1, sizeof memory);
    wafer_wipe(memory + 1, 7);
    assert_memory_equal(memory, wiped, sizeof memory);
    wafer_wipe(memory, 0);
    assert_memory_equal(memory, wiped, sizeof memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_uint),
        cmocka_unit_test(test_overflow_sticks),
        cmocka_unit_test(test_string_needs_room_for_nul),
        cmocka_unit_test(test_huge_length),
        cmocka_unit_test(test_copy_string),
        cmocka_unit_test(test_wipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
