#include "report.h"
#include <string.h>

#define URN "urn:ietf:params:acme:error:"

struct problem_row {
    const char *text;
    uint8_t action;
};

static const struct problem_row problems[WAFER_PROBLEM_COUNT] = {
#define ROW(name, text, action) {text, WAFER_ACTION_##action},
    WAFER_PROBLEMS(ROW)
#undef ROW
};

/* Errors that may pass by themselves. */
static const int8_t temporary[] = {
    WAFER_E_TIMEOUT, WAFER_E_CLOSED, WAFER_E_RESOLVE, WAFER_E_CONNECT, WAFER_E_NETWORK, WAFER_E_TLS,
    WAFER_E_HTTP, WAFER_E_JSON, WAFER_E_CANCELLED, WAFER_E_TOO_EARLY,
};

void wafer_tell(struct wafer *w, enum wafer_event_type type, const char *name, const char *text, int32_t value)
{
    if (w->config->event != NULL) {
        struct wafer_event event = {type, w->step, name, text, value};
        w->config->event(w->config->event_ctx, &event);
    }
}

void wafer_step(struct wafer *w, enum wafer_step step, const char *name, const char *text)
{
    w->step = step;
    wafer_tell(w, WAFER_EVENT_BEGIN, name, text, 0);
}

/* Packs one more string of at most `size` octets with its NUL. */
static void pack(struct wafer_last *last, const char *text)
{
    size_t room = sizeof last->text - last->len;
    size_t len = strlen(text);
    if (room == 0) {
        return;
    }
    if (len > room - 1) {
        len = room - 1;
    }
    memcpy(last->text + last->len, text, len);
    last->len = (uint16_t)(last->len + len + 1);
    last->text[last->len - 1] = 0;
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
    *to = 0;
    if (wafer_json_string(json, wafer_json_member(json, object, name), to, room < most ? room : most) ==
        WAFER_E_JSON) {
        *to = 0;
    }
    last->len = (uint16_t)(last->len + strlen(to) + 1);
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
}

int wafer_fail(struct wafer *w, int error, const char *subject)
{
    if (w->last.error == 0) {
        w->last.error = error;
        w->last.step = w->step;
        if (error == WAFER_E_TLS || error == WAFER_E_UNTRUSTED || error == WAFER_E_WRONG_NAME ||
            error == WAFER_E_CERT_TIME) {
            w->last.tls_error = w->http.tls.engine_error;
        }
        if (w->last.len == 0) {
            pack(&w->last, subject == NULL ? "" : subject);
        }
    }
    return error;
}

static enum wafer_problem problem_type(const char *type)
{
    if (type[0] == 0) {
        return WAFER_PROBLEM_NONE;
    }
    if (strncmp(type, URN, sizeof URN - 1) == 0) {
        for (int i = WAFER_PROBLEM_OTHER + 1; i < WAFER_PROBLEM_COUNT; i++) {
            if (strcmp(type + sizeof URN - 1, problems[i].text) == 0) {
                return (enum wafer_problem)i;
            }
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
        uint8_t action = problems[problem_type(wafer_last_string(last, type_index))].action;
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
    last->len = 0;
    last->http_status = http_status;
    pack(last, subject == NULL ? "" : subject);
    pack_member(last, json, value, "type", 96);
    pack_member(last, json, value, "detail", 256);
    pack_member(last, json, value, "instance", 96);
    last->problem = problem_type(wafer_last_string(last, WAFER_LAST_TYPE));
    last->action = (enum wafer_action)problems[last->problem].action;
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
    return last->error < 0 && memchr(temporary, (uint8_t)last->error, sizeof temporary) != NULL;
}
