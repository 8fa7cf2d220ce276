/* Names as they are given: normalised, a set in order, not too many. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

/* The command is no library: its files come in as they are. */
#include "../../../tools/wafer/character.c"
#include "../../../tools/wafer/output.c"
#include "../../../tools/wafer/calendar.c"
#include "../../../tools/wafer/json.c"
#include "../../../tools/wafer/console.c"
#include "../../../tools/wafer/names.c"

static struct names names, others;

static void names_are_normalised(void **state)
{
    static const struct {
        char *given;
        const char *taken;
    } cases[] = {{"A.Example", "a.example"},
                 {"*.A.example", "*.a.example"},
                 {"192.0.2.1", "192.0.2.1"},
                 {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},    /* RFC 5952 4.2.3 */
                 {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* 4.2.2 */
                 {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
                 {"1:0:0:0:0:0:0:0", "1::"},
                 {"0::1", "::1"},
                 {"::", "::"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(names_take(&names, &cases[i].given, 1));
        assert_int_equal(names.count, 1);
        assert_string_equal(names.list[0], cases[i].taken);
    }
}

static void names_are_sets_in_order(void **state)
{
    char *one[] = {"a.test", "B.test", "A.TEST", "b.test"}, *two[] = {"b.test", "a.test"},
         *three[] = {"b.test"};
    (void)state;
    assert_true(names_take(&names, one, 4) && names_take(&others, two, 2));
    assert_int_equal(names.count, 2);
    assert_string_equal(names.list[0], "a.test");
    assert_true(names_equal(&names, &others));
    assert_true(names_take(&others, three, 1));
    assert_false(names_equal(&names, &others));
    assert_false(names_equal(&others, &names));
    names_copy(&others, &names);
    assert_true(names_equal(&others, &names) && others.list[0] == others.text[0]);
}

static void too_many_names(void **state)
{
    char text[NAMES_MAX + 1][16], *list[NAMES_MAX + 1], said[200];
    struct output saved = standard_error;
    (void)state;
    for (int i = 0; i <= NAMES_MAX; i++) {
        (void)text_format(text[i], sizeof text[i], "n%d.test", i);
        list[i] = text[i];
    }
    assert_true(names_take(&names, list, NAMES_MAX));
    standard_error = (struct output){-1, said, sizeof said, 0, false, 0};
    assert_false(names_take(&names, list, NAMES_MAX + 1));
    assert_true(standard_error.len > 0);
    standard_error = saved;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_normalised),
        cmocka_unit_test(names_are_sets_in_order),
        cmocka_unit_test(too_many_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
