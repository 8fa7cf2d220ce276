#include "acme/report.h"
#include <string.h>
#include "base/wordlist.h"

#define URN "urn:ietf:params:acme:error:"

/* The problem types behind URN, and what to do. The first one is no word. */
#define TYPE(name, text, action) text "\0"
#define ACTION(name, text, action) WAFER_ACTION_##action,
static const char types[] = WAFER_PROBLEMS(TYPE);
static const uint8_t actions[] = {WAFER_PROBLEMS(ACTION)};

void wafer_tell_value(struct wafer *w, enum wafer_event_type type, const char *name, const char *text,
                      int32_t value)
{
    if (w->config->event != NULL) {
        struct wafer_event event = {type, w->step, name, text, value};
        w->config->event(w->config->event_ctx, &event);
    }
}

void wafer_tell(struct wafer *w, enum wafer_event_type type, const char *name, const char *text)
{
    wafer_tell_value(w, type, name, text, 0);
}

void wafer_step(struct wafer *w, enum wafer_step step, const char *name, const char *text)
{
    w->step = step;
    wafer_tell(w, WAFER_EVENT_BEGIN, name, text);
}

/* Packs the first string, cut where it does not fit; NULL is "". */
static void pack_subject(struct wafer_last *last, const char *subject)
{
    if (subject == NULL) {
        subject = "";
    }
    size_t len = strlen(subject);
    if (len > sizeof last->text - 1) {
        len = sizeof last->text - 1;
    }
    memcpy(last->text, subject, len);
    last->text[len] = 0;
    last->len = (uint16_t)(len + 1);
}

/* Packs a string member, "" when there is none; `most` keeps room for others. */
static void pack_member(struct wafer_last *last, const struct wafer_json *json, int object,
                        const char *name, size_t most)
{
    size_t room = sizeof last->text - last->len;
    char *to = last->text + last->len;
    if (room == 0) {
        return;
    }
    most = room < most ? room : most;
    int len = wafer_json_string(json, wafer_json_member(json, object, name), to, most);
    if (len < 0) { /* it has "", or what fits */
        len = (int)strlen(to);
    }
    last->len = (uint16_t)(last->len + len + 1);
}

const char *wafer_last_string(const struct wafer_last *last, unsigned index)
{
    size_t at = 0;
    while (at < last->len) {
        if (index-- == 0) {
            return last->text + at;
        }
        at += strlen(last->text + at) + 1;
    }
    return "";
}

void wafer_forgive(struct wafer *w)
{
    memset(&w->last, 0, sizeof w->last);
    w->last.retry_after = -1;
    w->http.tls.engine_error = 0;
}

int wafer_fail(struct wafer *w, int error, const char *subject)
{
    if (w->last.error == 0) {
        w->last.error = error;
        w->last.step = w->step;
        w->last.tls_error = w->http.tls.engine_error;
        if (w->last.len == 0) {
            pack_subject(&w->last, subject);
        }
    }
    return error;
}

int wafer_check(struct wafer *w, int result, const char *subject)
{
    return result < 0 ? wafer_fail(w, result, subject) : 0;
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

/* The subproblems (RFC 8555 6.7.1). Of a compound problem the strictest action
 * wins: stop before wait before back off. */
static void pack_subproblems(struct wafer_last *last, const struct wafer_json *json, int problem)
{
    int list = wafer_json_member(json, problem, "subproblems");
    unsigned type_index = WAFER_LAST_SUBPROBLEMS + 1;
    if (list >= 0 && last->problem == WAFER_PROBLEM_COMPOUND) {
        last->action = WAFER_ACTION_BACKOFF;
    }
    for (int sub = wafer_json_first(json, list); sub >= 0; sub = wafer_json_next(json, list, sub)) {
        pack_member(last, json, wafer_json_member(json, sub, "identifier"), "value", 128);
        pack_member(last, json, sub, "type", 64);
        pack_member(last, json, sub, "detail", 160);
        uint8_t action = actions[problem_type(wafer_last_string(last, type_index))];
        type_index += 3;
        if (last->problem != WAFER_PROBLEM_COMPOUND || last->action == WAFER_ACTION_STOP) {
            continue;
        }
        if (action == WAFER_ACTION_LATER) {
            last->action = WAFER_ACTION_LATER;
        } else if (action != WAFER_ACTION_BACKOFF) {
            last->action = WAFER_ACTION_STOP;
        }
    }
}

int wafer_fail_problem(struct wafer *w, int error, const char *subject, int http_status,
                       const struct wafer_json *json, int value)
{
    struct wafer_last *last = &w->last;
    if (last->error != 0) {
        return error;
    }
    last->http_status = http_status;
    pack_subject(last, subject);
    pack_member(last, json, value, "type", 96);
    pack_member(last, json, value, "detail", 256);
    pack_member(last, json, value, "instance", 96);
    last->problem = problem_type(wafer_last_string(last, WAFER_LAST_TYPE));
    last->action = (enum wafer_action)actions[last->problem];
    pack_subproblems(last, json, value);
    if (http_status >= 500 && (last->action == WAFER_ACTION_STOP || last->action == WAFER_ACTION_PLAIN)) {
        last->action = WAFER_ACTION_BACKOFF;
    }
    if (last->problem == WAFER_PROBLEM_RATE_LIMITED) {
        error = WAFER_E_RATE_LIMITED;
        /* LE's pause comes without Retry-After and waits for a person. */
        if (http_status == 429 && last->retry_after < 0) {
            last->action = WAFER_ACTION_STOP;
        }
    }
    return wafer_fail(w, error, subject);
}

const struct wafer_last *wafer_last(const struct wafer *w)
{
    return &w->last;
}

int wafer_last_is_temporary(const struct wafer_last *last)
{
    if (last->action != WAFER_ACTION_NONE) {
        return last->action != WAFER_ACTION_STOP && last->action != WAFER_ACTION_PLAIN;
    }
    enum wafer_error_kind kind = wafer_error_kind(last->error);
    return kind == WAFER_ERROR_PASSES || kind == WAFER_ERROR_PAUSED;
}
