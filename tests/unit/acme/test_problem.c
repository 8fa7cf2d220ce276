/* Problem documents and what is to be done with them (RFC 8555 6.7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "acme/last.h"
#include "acme/problem.h"

static struct wafer w;
static struct wafer_config config = {.subproblems = wafer_subproblems};
static char tokens[4096];

static int problem(const char *text, int status, int32_t retry_after)
{
    struct wafer_json json;
    w.config = &config;
    wafer_error_clear(&w);
    w.last.retry_after = retry_after;
    w.step = WAFER_STEP_ORDER;
    assert_true(wafer_json_parse(&json, text, strlen(text), tokens, sizeof tokens) > 0);
    return wafer_fail_problem(&w, WAFER_E_PROBLEM, "subject", status, &json, 0);
}

static const char *string(unsigned index)
{
    return wafer_last_string(&w.last, index);
}

static void test_strings(void **state)
{
    (void)state;
    assert_int_equal(problem("{\"type\":\"urn:ietf:params:acme:error:rejectedIdentifier\",\"detail\":\"no\","
                             "\"instance\":\"https://ca/x\",\"subproblems\":["
                             "{\"type\":\"urn:ietf:params:acme:error:malformed\",\"detail\":\"bad label\","
                             "\"identifier\":{\"type\":\"dns\",\"value\":\"_x.test\"}},"
                             "{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"forbidden\","
                             "\"identifier\":{\"type\":\"dns\",\"value\":\"y.test\"}}]}",
                             403, -1),
                     WAFER_E_PROBLEM);
    assert_int_equal(w.last.problem, WAFER_PROBLEM_REJECTED_IDENTIFIER);
    assert_int_equal(w.last.action, WAFER_ACTION_STOP);
    assert_int_equal(w.last.step, WAFER_STEP_ORDER);
    assert_int_equal(w.last.http_status, 403);
    assert_string_equal(string(WAFER_LAST_SUBJECT), "subject");
    assert_string_equal(string(WAFER_LAST_TYPE), "urn:ietf:params:acme:error:rejectedIdentifier");
    assert_string_equal(string(WAFER_LAST_DETAIL), "no");
    assert_string_equal(string(WAFER_LAST_INSTANCE), "https://ca/x");
    assert_string_equal(string(WAFER_LAST_SUBPROBLEMS), "_x.test");
    assert_string_equal(string(WAFER_LAST_SUBPROBLEMS + 2), "bad label");
    assert_string_equal(string(WAFER_LAST_SUBPROBLEMS + 3), "y.test");
    assert_string_equal(string(WAFER_LAST_SUBPROBLEMS + 5), "forbidden");
    assert_string_equal(string(WAFER_LAST_SUBPROBLEMS + 6), "");
    assert_false(wafer_last_is_temporary(&w.last));
}

/* What is to be done, for each type of the table and the conditions that change it. */
static void test_actions(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        int status;
        int32_t retry_after;
        int error, action, temporary;
    } rows[] = {
        {"badNonce", 400, -1, WAFER_E_PROBLEM, WAFER_ACTION_NONCE, 1},
        {"rateLimited", 429, 60, WAFER_E_RATE_LIMITED, WAFER_ACTION_LATER, 1},
        {"rateLimited", 429, -1, WAFER_E_RATE_LIMITED, WAFER_ACTION_STOP, 0},
        {"rateLimited", 503, 60, WAFER_E_RATE_LIMITED, WAFER_ACTION_LATER, 1},
        {"rateLimited", 503, -1, WAFER_E_RATE_LIMITED, WAFER_ACTION_LATER, 1},
        {"serverInternal", 500, -1, WAFER_E_PROBLEM, WAFER_ACTION_BACKOFF, 1},
        {"malformed", 500, -1, WAFER_E_PROBLEM, WAFER_ACTION_BACKOFF, 1},
        {"neverHeardOf", 503, -1, WAFER_E_PROBLEM, WAFER_ACTION_BACKOFF, 1},
        {"neverHeardOf", 400, -1, WAFER_E_PROBLEM, WAFER_ACTION_STOP, 0},
        {"orderNotReady", 403, -1, WAFER_E_PROBLEM, WAFER_ACTION_POLL, 1},
        {"accountDoesNotExist", 400, -1, WAFER_E_PROBLEM, WAFER_ACTION_REGISTER, 1},
        {"connection", 400, -1, WAFER_E_PROBLEM, WAFER_ACTION_BACKOFF, 1},
        {"caa", 403, -1, WAFER_E_PROBLEM, WAFER_ACTION_STOP, 0},
        {"externalAccountRequired", 401, -1, WAFER_E_PROBLEM, WAFER_ACTION_STOP, 0},
        {"alreadyRevoked", 400, -1, WAFER_E_PROBLEM, WAFER_ACTION_STOP, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[128] = "{\"type\":\"urn:ietf:params:acme:error:";
        strcat(text, rows[i].type);
        strcat(text, "\"}");
        assert_int_equal(problem(text, rows[i].status, rows[i].retry_after), rows[i].error);
        assert_int_equal(w.last.action, rows[i].action);
        assert_int_equal(wafer_last_is_temporary(&w.last), rows[i].temporary);
    }
}

/* The strictest action of a compound problem wins. */
static void test_compound(void **state)
{
    (void)state;
#define SUB(type)      "{\"type\":\"urn:ietf:params:acme:error:" type "\",\"detail\":\"d\"}"
#define COMPOUND(subs) "{\"type\":\"urn:ietf:params:acme:error:compound\",\"subproblems\":[" subs "]}"
    problem(COMPOUND(SUB("dns") "," SUB("connection")), 400, -1);
    assert_int_equal(w.last.action, WAFER_ACTION_BACKOFF);
    problem(COMPOUND(SUB("dns") "," SUB("rateLimited")), 400, -1);
    assert_int_equal(w.last.action, WAFER_ACTION_LATER);
    problem(COMPOUND(SUB("caa") "," SUB("rateLimited") "," SUB("dns")), 400, -1);
    assert_int_equal(w.last.action, WAFER_ACTION_STOP);
    problem(COMPOUND(""), 400, -1);
    assert_int_equal(w.last.action, WAFER_ACTION_STOP);
    problem("{\"type\":\"urn:ietf:params:acme:error:compound\"}", 400, -1);
    assert_int_equal(w.last.action, WAFER_ACTION_STOP);
}

/* Who does not read them is told of the whole alone, and a person has to look. */
static void test_without_subproblems(void **state)
{
    (void)state;
    config.subproblems = NULL;
    problem(COMPOUND(SUB("dns") "," SUB("rateLimited")), 400, -1);
    config.subproblems = wafer_subproblems;
    assert_int_equal(w.last.action, WAFER_ACTION_STOP);
    assert_false(wafer_last_is_temporary(&w.last));
    assert_string_equal(string(WAFER_LAST_TYPE), "urn:ietf:params:acme:error:compound");
    assert_string_equal(string(WAFER_LAST_SUBPROBLEMS + 1), "");
}

/* The first error sticks, whatever follows from it. */
static void test_first_sticks(void **state)
{
    (void)state;
    problem("{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"first\"}", 403, -1);
    assert_int_equal(wafer_fail(&w, WAFER_E_STORE_FULL, "second"), WAFER_E_STORE_FULL);
    assert_int_equal(w.last.error, WAFER_E_PROBLEM);
    assert_string_equal(string(WAFER_LAST_DETAIL), "first");
    wafer_error_clear(&w);
    assert_int_equal(wafer_fail(&w, WAFER_E_STORE_FULL, "third"), WAFER_E_STORE_FULL);
    assert_string_equal(string(WAFER_LAST_SUBJECT), "third");
    assert_string_equal(string(WAFER_LAST_DETAIL), "");
}

/* A CA that writes books and odd types cannot write past the buffer. */
static void test_hostile(void **state)
{
    (void)state;
    static char text[40000];
    strcpy(text, "{\"type\":7,\"detail\":\"");
    for (size_t i = 0; i < 3000; i++) {
        strcat(text, "\\u00e9");
    }
    strcat(text, "\",\"subproblems\":[");
    for (int i = 0; i < 100; i++) {
        strcat(text, i == 0
                         ? "{\"detail\":\"0123456789012345678901234567890123456789\"}"
                         : ",{\"detail\":\"0123456789012345678901234567890123456789\",\"identifier\":null}");
    }
    strcat(text, "]}");
    static char many[65536];
    struct wafer_json json;
    w.config = &config;
    wafer_error_clear(&w);
    assert_true(wafer_json_parse(&json, text, strlen(text), many, sizeof many) > 0);
    assert_int_equal(wafer_fail_problem(&w, WAFER_E_PROBLEM, "s", 400, &json, 0), WAFER_E_PROBLEM);
    assert_true(w.last.len <= sizeof w.last.text);
    assert_int_equal(w.last.text[w.last.len - 1], 0);
    assert_int_equal(w.last.problem, WAFER_PROBLEM_NONE);
    assert_true(strlen(string(WAFER_LAST_DETAIL)) < WAFER_TEXT_MOST(256));
}

#define MOST   WAFER_TEXT_MOST(256)
#define URL    "https://portal.ca/sfe/unpause?jwt=0123456789"
#define LENGTH (sizeof URL - 1)

/* The detail that is kept of `before` octets of words, then the URL, then `after`. */
static const char *kept(size_t before, const char *after)
{
    static char text[MOST + 1024];
    strcpy(text, "{\"type\":\"t\",\"detail\":\"");
    for (size_t n = before; n > 0; n--) {
        strcat(text, n % 5 == 1 ? " " : "w");
    }
    strcat(strcat(strcat(text, URL), after), "\",\"instance\":\"https://ca/\"}");
    problem(text, 400, -1);
    assert_string_equal(string(WAFER_LAST_INSTANCE), "https://ca/");
    return string(WAFER_LAST_DETAIL);
}

/* Nobody opens half a URL, wherever a text is cut: it ends behind a whole word. */
static void test_cut(void **state)
{
    (void)state;
    for (size_t before = 1; before < MOST + 10; before++) {
        const char *detail = kept(before, ""), *url = strchr(detail, 'h'), *dots = strstr(detail, "...");
        bool fits = before + LENGTH < MOST;
        assert_int_equal(url != NULL, fits);
        assert_int_equal(dots == NULL, fits);
        assert_string_equal(fits ? url : dots, fits ? URL : "...");
        assert_true(fits || dots == detail || dots[-1] == ' ');
        detail = kept(before, " ends.");
        url = strchr(detail, 'h');
        assert_true(url == NULL || strncmp(url, URL " ", LENGTH + 1) == 0);
        assert_int_equal(strstr(detail, "...") == NULL, before + LENGTH + 6 < MOST);
    }
}

/* A text without blanks goes as far as there is room, a URL not even so. */
static void test_cut_unbroken(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        size_t kept;
    } rows[] = {{"x", MOST - 1}, {"https://ca/", 0}, {"http:", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static char text[MOST + 64];
        strcpy(text, "{\"type\":\"t\",\"detail\":\"");
        while (strlen(text) < MOST + 32) {
            strcat(text, rows[i].unit);
        }
        problem(strcat(text, "\"}"), 400, -1);
        assert_int_equal(strlen(string(WAFER_LAST_DETAIL)), rows[i].kept);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),  cmocka_unit_test(test_actions),
        cmocka_unit_test(test_compound), cmocka_unit_test(test_first_sticks),
        cmocka_unit_test(test_hostile),  cmocka_unit_test(test_without_subproblems),
        cmocka_unit_test(test_cut),      cmocka_unit_test(test_cut_unbroken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
