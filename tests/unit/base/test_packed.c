/* The list of numbered texts: what is in front can be replaced, what is at the back never moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/packed.h"

#define SIZE WAFER_AUTHZ_SIZE

/* Between two guards. */
static struct {
    char before[16];
    struct wafer_packed list;
    char after[16];
} memory;
static struct wafer_packed *const list = &memory.list;

static int setup(void **state)
{
    (void)state;
    memset(&memory, 0x5a, sizeof memory);
    wafer_packed_clear(list);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof memory.before; i++) {
        assert_int_equal(memory.before[i], 0x5a);
        assert_int_equal(memory.after[i], 0x5a);
    }
    return 0;
}

/* The entries from `entry` to `end` as one text, "3:text ". */
static const char *show(char *entry, const char *end)
{
    static char text[512];
    size_t len = 0;
    text[0] = 0;
    for (; entry < end; entry = wafer_packed_next(entry)) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%u:%s ", wafer_packed_number(entry), wafer_packed_text(entry));
    }
    assert_ptr_equal(entry, end);
    return text;
}

static const char *front(void)
{
    return show(wafer_packed_front(list), wafer_packed_front_end(list));
}

static const char *back(void)
{
    return show(wafer_packed_back(list), wafer_packed_back_end(list));
}

/* Entry number `index` in front. */
static char *at(unsigned index)
{
    char *entry = wafer_packed_front(list);
    while (index-- > 0) {
        entry = wafer_packed_next(entry);
    }
    return entry;
}

static void test_append_and_replace(void **state)
{
    (void)state;
    assert_string_equal(front(), "");
    assert_int_equal(wafer_packed_append(list, 0, "one"), 0);
    assert_int_equal(wafer_packed_append(list, 255, "two"), 0);
    assert_int_equal(wafer_packed_append(list, 7, ""), 0);
    assert_string_equal(front(), "0:one 255:two 7: ");
    assert_int_equal(wafer_packed_replace(list, at(1), 1, "a longer one"), 0);
    assert_string_equal(front(), "0:one 1:a longer one 7: ");
    assert_int_equal(wafer_packed_replace(list, at(0), 2, ""), 0);
    assert_int_equal(wafer_packed_replace(list, at(2), 3, "last"), 0);
    assert_string_equal(front(), "2: 1:a longer one 3:last ");
    assert_int_equal(wafer_packed_replace(list, at(1), 4, "same length."), 0);
    assert_string_equal(front(), "2: 4:same length. 3:last ");
}

static void test_the_back_stays(void **state)
{
    (void)state;
    assert_int_equal(wafer_packed_append(list, 1, "url"), 0);
    assert_int_equal(wafer_packed_push(list, 1, "first"), 0);
    const char *first = wafer_packed_text(wafer_packed_back(list));
    assert_int_equal(wafer_packed_push(list, 2, "second"), 0);
    assert_string_equal(back(), "2:second 1:first ");
    assert_int_equal(wafer_packed_replace(list, at(0), 1, "a longer url"), 0);
    wafer_packed_rewind(list);
    assert_string_equal(front(), "");
    assert_int_equal(wafer_packed_append(list, 0, "another"), 0);
    assert_string_equal(back(), "2:second 1:first ");
    assert_string_equal(first, "first");
    wafer_packed_clear(list);
    assert_string_equal(back(), "");
    assert_string_equal(front(), "");
}

/* The last octet can be used, and what does not fit changes nothing. */
static void test_full(void **state)
{
    static char text[SIZE];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(wafer_packed_append(list, 1, text), WAFER_E_SPACE);
    assert_int_equal(wafer_packed_push(list, 1, text), WAFER_E_SPACE);
    assert_int_equal(wafer_packed_append(list, 1, text + 1), 0);
    assert_int_equal(wafer_packed_append(list, 1, ""), WAFER_E_SPACE);
    assert_int_equal(wafer_packed_push(list, 1, ""), WAFER_E_SPACE);
    assert_int_equal(wafer_packed_replace(list, at(0), 1, text), WAFER_E_SPACE);
    assert_int_equal(strlen(wafer_packed_text(at(0))), SIZE - 2);
    assert_int_equal(wafer_packed_replace(list, at(0), 1, text + 1 + 2 + 5), 0);
    assert_int_equal(wafer_packed_push(list, 9, "token"), 0);
    assert_ptr_equal(wafer_packed_front_end(list), wafer_packed_back(list));
    assert_string_equal(back(), "9:token ");
    assert_int_equal(wafer_packed_replace(list, at(0), 1, text + 1 + 2 + 4), WAFER_E_SPACE);
    assert_int_equal(strlen(wafer_packed_text(at(0))), SIZE - 2 - 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_append_and_replace, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_back_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full, setup, teardown),
    };
    return cmocka_run_group_tests_name("packed", tests, NULL, NULL);
}
