/* URLs and references: what is taken and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "guard.h"
#include "base/url.h"

#define HOST_63 "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz"
#define NAME_253 \
    HOST_63 "." HOST_63 "." HOST_63 "." \
            "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuv.y"

static void test_parse(void **state)
{
    static const struct {
        const char *text, *host;
        bool ipv6, has_port;
        uint16_t port;
        const char *target;
    } cases[] = {
        {"https://acme.example.com/directory", "acme.example.com", false, false, 443, "/directory"},
        {"https://example.com", "example.com", false, false, 443, ""},
        {"HttpS://Example.COM:14000/a/b?c=d&e=%20f", "Example.COM", false, true, 14000, "/a/b?c=d&e=%20f"},
        {"https://192.0.2.1/", "192.0.2.1", false, false, 443, "/"},
        {"https://[2001:db8::1]:8443/dir", "2001:db8::1", true, true, 8443, "/dir"},
        {"https://[::ffff:192.0.2.1]", "::ffff:192.0.2.1", true, false, 443, ""},
        {"https://a_b.c-d:00443/", "a_b.c-d", false, true, 443, "/"},
        {"https://h:65535", "h", false, true, 65535, ""},
        {"https://h:1//x:y@z[]!$&'()*+,;=~?a?b", "h", false, true, 1, "//x:y@z[]!$&'()*+,;=~?a?b"},
        {"https://" NAME_253 "/", NAME_253, false, false, 443, "/"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wafer_url url;

        assert_int_equal(wafer_url_parse(cases[i].text, &url), 0);
        assert_int_equal(url.host_len, strlen(cases[i].host));
        assert_memory_equal(url.host, cases[i].host, url.host_len);
        assert_int_equal(url.host_is_ipv6, cases[i].ipv6);
        assert_int_equal(url.has_port, cases[i].has_port);
        assert_int_equal(url.tcp_port, cases[i].port);
        assert_string_equal(url.target, cases[i].target);
    }
}

static void test_parse_refused(void **state)
{
    static const char *const cases[] = {"",
                                        "https",
                                        "https:",
                                        "https:/",
                                        "https://",
                                        "https:///",
                                        "http://a/",
                                        "httpss://a",
                                        "ftp://a/",
                                        "//a/",
                                        "/a",
                                        "a",
                                        " https://a",
                                        "https://a ",
                                        "https://a b/",
                                        "https://a/ b",
                                        "https://a/\n",
                                        "https://a\r\n",
                                        "https://a/\tb",
                                        "https://a/\x7f",
                                        "https://a/\xc3\xa4",
                                        "https://\xc3\xa4/",
                                        "https://user@a/",
                                        "https://user:pw@a/",
                                        "https://a/#f",
                                        "https://a#f",
                                        "https://a?q",
                                        "https://a:/",
                                        "https://a:",
                                        "https://a:0/",
                                        "https://a:65536/",
                                        "https://a:4294967739/",
                                        "https://a:99999999999999999999/",
                                        "https://a:-1/",
                                        "https://a:+1/",
                                        "https://a:1a/",
                                        "https://a:1:2/",
                                        "https://:443/",
                                        "https://[]/",
                                        "https://[::1",
                                        "https://[::1/",
                                        "https://[1.2.3.4]/",
                                        "https://[::1]x/",
                                        "https://[::1%25eth0]/",
                                        "https://[fe80::1%eth0]/",
                                        "https://::1/",
                                        "https://a,b/",
                                        "https://a\\b/",
                                        "https://a%2fb/",
                                        "https://" NAME_253 "z/"};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct guard guard = guard_copy(cases[i], strlen(cases[i]) + 1);
        struct wafer_url url;

        if (wafer_url_parse((const char *)guard.data, &url) != WAFER_E_SYNTAX) {
            fail_msg("%s", cases[i]);
        }
        guard_free(&guard);
    }
}

static void test_same_origin(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"https://a.example/x", "https://A.EXAMPLE:443/y", true},
        {"https://a/", "https://a:444/", false},
        {"https://a/", "https://b/", false},
        {"https://a.b/", "https://a.b.c/", false},
        {"https://[::a]/", "https://[::A]:443", true},
        {"https://a@b/", "https://a@b/", false},
        {"https://a[/", "https://a{/", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wafer_url a, b;
        int parsed = wafer_url_parse(cases[i].a, &a) | wafer_url_parse(cases[i].b, &b);

        assert_int_equal(parsed == 0 && wafer_url_same_origin(&a, &b), cases[i].same);
    }
}

static void test_resolve(void **state)
{
    static const struct {
        const char *base, *reference, *out; /* NULL: refused */
    } cases[] = {
        {"https://ca.example:8443/dir?x", "/acct/1", "https://ca.example:8443/acct/1"},
        {"https://ca.example", "/", "https://ca.example/"},
        {"https://[::1]:1/dir", "/a?b", "https://[::1]:1/a?b"},
        {"https://ca.example/dir", "https://other.example/x", "https://other.example/x"},
        {"https://ca.example/dir", "//other.example/x", NULL},
        {"https://ca.example/dir", "http://ca.example/x", NULL},
        {"https://ca.example/dir", "relative", NULL},
        {"https://ca.example/dir", "../x", NULL},
        {"https://ca.example/dir", "?x", NULL},
        {"https://ca.example/dir", "", NULL},
        {"https://ca.example/dir", "/a b", NULL},
        {"https://ca.example/dir", "/a\r\nb", NULL},
        {"https://ca.example/dir", "/a#b", NULL},
        {"http://ca.example/dir", "/a", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = strlen(cases[i].reference);
        struct guard reference = guard_copy(cases[i].reference, len); /* without a NUL */
        char out[64] = "before";
        int status = wafer_url_resolve(cases[i].base, (const char *)reference.data, len, out, sizeof out);

        assert_int_equal(status, cases[i].out != NULL ? 0 : WAFER_E_SYNTAX);
        assert_string_equal(out, cases[i].out != NULL ? cases[i].out : "");
        guard_free(&reference);
    }
    char out[64] = "before";
    assert_int_equal(wafer_url_resolve("https://a/", "/b\0c", 4, out, sizeof out), WAFER_E_SYNTAX);
    assert_string_equal(out, "");
}

static void test_resolve_sizes(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 13; size++) {
        struct guard out = guard_copy("xxxxxxxxxxxxxx", size);
        int status = wafer_url_resolve("https://a/bcd", "/ef", 3, (char *)out.data, size);

        assert_int_equal(status, size >= 13 ? 0 : WAFER_E_SPACE);
        if (size > 0) {
            assert_string_equal((char *)out.data, size >= 13 ? "https://a/ef" : "");
        }
        guard_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_refused),
        cmocka_unit_test(test_same_origin),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_resolve_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
