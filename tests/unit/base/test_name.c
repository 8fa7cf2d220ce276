/* Which names can be ordered, each fault of the others, and every octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "guard.h"
#include "base/url.h"
#include "wafer/name.h"

#define HOST_63 "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz"
#define NAME_253 \
    HOST_63 "." HOST_63 "." HOST_63 "." \
            "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuv.y"

static void test_names(void **state)
{
    static const struct {
        const char *name;
        enum wafer_name_fault fault;
    } cases[] = {
        {"example.com", WAFER_NAME_OK},
        {"EXAMPLE.com", WAFER_NAME_OK},
        {"localhost", WAFER_NAME_OK},
        {"xn--bcher-kva.example", WAFER_NAME_OK},
        {"a--b.c", WAFER_NAME_OK},
        {"1a.2b.3com", WAFER_NAME_OK},
        {"1.2.3.4.example", WAFER_NAME_OK},
        {"*.example.com", WAFER_NAME_OK},
        {HOST_63 ".example", WAFER_NAME_OK},
        {NAME_253, WAFER_NAME_OK},
        {"", WAFER_NAME_EMPTY},
        {NAME_253 "z", WAFER_NAME_TOO_LONG},
        {".", WAFER_NAME_EMPTY_LABEL},
        {"a..b", WAFER_NAME_EMPTY_LABEL},
        {".a", WAFER_NAME_EMPTY_LABEL},
        {"example.com.", WAFER_NAME_EMPTY_LABEL},
        {"*.", WAFER_NAME_EMPTY_LABEL},
        {HOST_63 "z.example", WAFER_NAME_LONG_LABEL},
        {"a b.example", WAFER_NAME_SPACE},
        {" example.com", WAFER_NAME_SPACE},
        {"example.com\n", WAFER_NAME_SPACE},
        {"my_host.example", WAFER_NAME_UNDERSCORE},
        {"b\xc3\xbc"
         "cher.example",
         WAFER_NAME_NOT_ASCII},
        {"a\xff", WAFER_NAME_NOT_ASCII},
        {"a/b", WAFER_NAME_CHARACTER},
        {"../a", WAFER_NAME_EMPTY_LABEL},
        {"a\x7f", WAFER_NAME_CHARACTER},
        {"a\x01", WAFER_NAME_CHARACTER},
        {"https://a", WAFER_NAME_CHARACTER},
        {"user@a.example", WAFER_NAME_CHARACTER},
        {"[::1]", WAFER_NAME_CHARACTER},
        {"a:80", WAFER_NAME_CHARACTER},
        {"-a.example", WAFER_NAME_HYPHEN},
        {"a-.example", WAFER_NAME_HYPHEN},
        {"a.-", WAFER_NAME_HYPHEN},
        {"*", WAFER_NAME_WILDCARD},
        {"*a.example", WAFER_NAME_WILDCARD},
        {"a*.example", WAFER_NAME_WILDCARD},
        {"a.*.example", WAFER_NAME_WILDCARD},
        {"*.*.example", WAFER_NAME_WILDCARD},
        {"192.0.2.1", WAFER_NAME_IP},
        {"2001:db8::1", WAFER_NAME_IP},
        {"1.2.3", WAFER_NAME_NUMERIC},
        {"1.2.3.256", WAFER_NAME_NUMERIC},
        {"example.1", WAFER_NAME_NUMERIC},
        {"*.1", WAFER_NAME_NUMERIC},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct guard guard = guard_copy(cases[i].name, strlen(cases[i].name) + 1);
        enum wafer_name_fault fault = wafer_name_check((const char *)guard.data);

        if (fault != cases[i].fault) {
            fail_msg("%s: %d", cases[i].name, (int)fault);
        }
        guard_free(&guard);
    }
}

/* A name that may be ordered is also the host of a URL. */
static void test_every_octet(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        char name[] = "axb.example", url_text[] = "https://axb.example/";
        struct wafer_url url;
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        name[1] = url_text[9] = (char)c;
        assert_int_equal(wafer_name_check(name) == WAFER_NAME_OK, alnum || c == '-' || c == '.');
        if (alnum || c == '-' || c == '.') {
            assert_int_equal(wafer_url_parse(url_text, &url), 0);
            assert_int_equal(url.host_len, 11);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_every_octet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
