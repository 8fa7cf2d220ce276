/* Reads problem documents into w->last: texts as far as they fit, the type, its action. */
#include "acme/problem.h"
#include <string.h>
#include "acme/last.h"
#include "base/wordlist.h"

#define URN "urn:ietf:params:acme:error:"

/* The problem types behind URN, and what to do. The first one is no word. */
#define TYPE(name, text, action) text "\0"
#define ACTION(name, text, action) WAFER_ACTION_##action,
static const char types[] = WAFER_PROBLEMS(TYPE);
static const uint8_t actions[] = {WAFER_PROBLEMS(ACTION)};

/* Packs a string member, "" when there is none; `most` keeps room for others. */
static void pack_member(struct wafer_last *last, const struct wafer_json *json, int object, const char *name,
                        size_t most)
{
    size_t room = sizeof last->text - last->len;
    char *to = last->text + last->len;
    if (room == 0) {
        return;
    }
    int len = wafer_json_string(json, wafer_json_member(json, object, name), to, room < most ? room : most);
    if (len < 0) { /* it has "", or what fits */
        len = (int)strlen(to);
    }
    last->len = (uint16_t)(last->len + len + 1);
}

static enum wafer_problem problem_type(const char *type)
{
    if (type[0] == 0) {
        return WAFER_PROBLEM_NONE;
    }
    if (strncmp(type, URN, sizeof URN - 1) == 0) {
        int other = wafer_word_index(types + 1, type + sizeof URN - 1);
        if (other >= 0) {
            return (enum wafer_problem)(WAFER_PROBLEM_OTHER + other);
        }
    }
    return WAFER_PROBLEM_OTHER;
}

/* Of two actions for parts of one problem the stricter: stop before wait before back off. */
static enum wafer_action stricter(enum wafer_action a, enum wafer_action b)
{
    if (a == WAFER_ACTION_STOP || (b != WAFER_ACTION_LATER && b != WAFER_ACTION_BACKOFF)) {
        return WAFER_ACTION_STOP;
    }
    return a == WAFER_ACTION_LATER ? a : b;
}

/* The subproblems (RFC 8555 6.7.1). The action of a compound problem is theirs. */
static void pack_subproblems(struct wafer_last *last, const struct wafer_json *json, int problem)
{
    int list = wafer_json_member(json, problem, "subproblems");
    unsigned type_index = WAFER_LAST_SUBPROBLEMS + 1;
    bool compound = list >= 0 && last->problem == WAFER_PROBLEM_COMPOUND;
    if (compound) {
        last->action = WAFER_ACTION_BACKOFF;
    }
    for (int sub = wafer_json_first(json, list); sub >= 0; sub = wafer_json_next(json, list, sub)) {
        pack_member(last, json, wafer_json_member(json, sub, "identifier"), "value", 128);
        pack_member(last, json, sub, "type", 64);
        pack_member(last, json, sub, "detail", 160);
        if (compound) {
            enum wafer_problem type = problem_type(wafer_last_string(last, type_index));
            last->action = stricter(last->action, (enum wafer_action)actions[type]);
        }
        type_index += 3;
    }
}

/* What the status adds to what the type says. Returns the error to report. */
static int judge_status(struct wafer_last *last, int error, int http_status)
{
    if (http_status >= 500 && (last->action == WAFER_ACTION_STOP || last->action == WAFER_ACTION_PLAIN)) {
        last->action = WAFER_ACTION_BACKOFF;
    }
    if (last->problem != WAFER_PROBLEM_RATE_LIMITED) {
        return error;
    }
    if (http_status == 429 && last->retry_after < 0) { /* Let's Encrypt's pause: a person must end it */
        last->action = WAFER_ACTION_STOP;
    }
    return WAFER_E_RATE_LIMITED;
}

int wafer_fail_problem(struct wafer *w, int error, const char *subject, int http_status,
                       const struct wafer_json *json, int value)
{
    struct wafer_last *last = &w->last;
    if (last->error != 0) {
        return error;
    }
    last->http_status = http_status;
    wafer_last_subject(last, subject);
    pack_member(last, json, value, "type", 96);
    pack_member(last, json, value, "detail", 256);
    pack_member(last, json, value, "instance", 96);
    last->problem = problem_type(wafer_last_string(last, WAFER_LAST_TYPE));
    last->action = (enum wafer_action)actions[last->problem];
    pack_subproblems(last, json, value);
    return wafer_fail(w, judge_status(last, error, http_status), subject);
}
