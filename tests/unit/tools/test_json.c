/* JSON lines: members, escapes, lists, and silence without --json. */
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

static void json_lines(void **state)
{
    static const char *const items[] = {"x", "y"};
    char text[400];
    struct output saved = standard_output;
    (void)state;
    standard_output = (struct output){-1, text, sizeof text - 1, 0, false, 0};
    json_begin("silent");
    json_end();
    assert_int_equal(standard_output.len, 0); /* without --json */
    json_enable();
    json_begin("one");
    json_text("quoted", "a\"b\\c\n\x1b");
    json_text("odd", "\x7f\xc2\x85\xe2\x80\xae\x9b\xc3\xbc\xe2\x82");
    json_text("none", NULL);
    json_list("list", items, 2);
    json_list("empty", items, 0);
    json_number("number", -5);
    json_bool("yes", true);
    json_time("time", 1767225600);
    json_time("no_time", 0);
    json_end();
    text[standard_output.len] = 0;
    standard_output = saved;
    assert_string_equal(text,
                        "{\"event\":\"one\",\"quoted\":\"a\\\"b\\\\c\\u000a\\u001b\","
                        "\"odd\":\"\\u007f\\u0085\\u202e\\ufffd\xc3\xbc\\ufffd\\ufffd\",\"list\":[\"x\",\"y\"],"
                        "\"empty\":[],\"number\":-5,\"yes\":true,\"time\":\"2026-01-01T00:00:00Z\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
