/* Reads problem documents into w->last: texts as far as they fit, the type, its action. */
#include "acme/problem.h"
#include <string.h>
#include "acme/last.h"
#include "base/wordlist.h"

#define URN "urn:ietf:params:acme:error:"

/* The problem types behind URN, and what to do. The first one is no word. */
#define TYPE(name, text, action)   text "\0"
#define ACTION(name, text, action) WAFER_ACTION_##action,
static const char types[] = WAFER_PROBLEMS(TYPE);
static const uint8_t actions[] = {WAFER_PROBLEMS(ACTION)};

/* Ends a text of `size` octets with its NUL that did not fit: on "..." for the words that are cut or
 * missing. What has no blanks stays as far as it goes, unless it is a URL. */
static size_t end_whole(char *text, size_t size)
{
    size_t len = strlen(text), words = len;
    while (words > 0 && (text[words - 1] != ' ' || words + sizeof "..." > size)) {
        words--;
    }
    if (words > 0) {
        memcpy(text + words, "...", sizeof "...");
        return words + sizeof "..." - 1;
    }
    bool is_url = strncmp(text, "http", len < 4 ? len : 4) == 0;
    text[is_url ? 0 : len] = 0;
    return is_url ? 0 : len;
}

void wafer_last_member(struct wafer_last *last, const struct wafer_json *json, int object, const char *name,
                       size_t most)
{
    size_t room = sizeof last->text - last->len;
    char *to = last->text + last->len;
    if (room == 0) {
        return;
    }
    room = room < most ? room : most;
    int len = wafer_json_string(json, wafer_json_member(json, object, name), to, room);
    if (len == WAFER_E_SPACE) {
        len = (int)end_whole(to, room);
    }
    last->len = (uint16_t)(last->len + (len > 0 ? len : 0) + 1);
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

enum wafer_action wafer_problem_action(const char *type)
{
    return (enum wafer_action)actions[problem_type(type)];
}

bool wafer_is_problem(const struct wafer_json *json)
{
    char type[sizeof URN];
    int rc = wafer_json_string(json, wafer_json_member(json, 0, "type"), type, sizeof type);
    return (rc >= 0 || rc == WAFER_E_SPACE) && strcmp(type, URN) == 0;
}

/* Whether an HTTP status of failure may pass by itself: the server's own, and that which blames
 * the connection or the moment. */
static bool status_passes(int http_status)
{
    return http_status >= 500 || http_status == 408 || http_status == 421 || http_status == 425;
}

/* What the status adds to what the type says. Returns the error to report. */
static int judge_status(struct wafer_last *last, int error, int http_status)
{
    if (status_passes(http_status) &&
        (last->action == WAFER_ACTION_STOP || last->action == WAFER_ACTION_PLAIN)) {
        last->action = WAFER_ACTION_BACKOFF;
    }
    if (last->problem != WAFER_PROBLEM_RATE_LIMITED && http_status != 429) {
        return error;
    }
    /* Without a time, it is Let's Encrypt's pause: a person must end it. */
    last->action = http_status == 429 && last->retry_after < 0 ? WAFER_ACTION_STOP : WAFER_ACTION_LATER;
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
    wafer_last_member(last, json, value, "type", WAFER_TEXT_MOST(96));
    wafer_last_member(last, json, value, "detail", WAFER_TEXT_MOST(256));
    wafer_last_member(last, json, value, "instance", WAFER_TEXT_MOST(96));
    last->problem = problem_type(wafer_last_string(last, WAFER_LAST_TYPE));
    last->action = (enum wafer_action)actions[last->problem];
    if (w->config->subproblems != NULL) {
        w->config->subproblems(last, json, value);
    }
    return wafer_fail(w, judge_status(last, error, http_status), subject);
}

int wafer_fail_status(struct wafer *w, const char *subject, int http_status)
{
    struct wafer_last *last = &w->last;
    last->http_status = http_status;
    last->action = WAFER_ACTION_STOP;
    return wafer_fail(w, judge_status(last, WAFER_E_HTTP_STATUS, http_status), subject);
}
