/* Keeps the first error with its step and subject, and answers what the caller asks of it. */
#include "acme/last.h"
#include <stddef.h>
#include <string.h>

void wafer_last_subject(struct wafer_last *last, const char *subject)
{
    size_t len = subject == NULL ? 0 : strlen(subject);
    if (len > sizeof last->text - 1) {
        len = sizeof last->text - 1;
    }
    if (len > 0) {
        memcpy(last->text, subject, len);
    }
    last->text[len] = 0;
    last->len = (uint16_t)(len + 1);
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

void wafer_error_clear(struct wafer *w)
{
    memset(&w->last, 0, offsetof(struct wafer_last, text)); /* len 0: no text counts */
    w->last.retry_after = -1;
    w->http.tls.engine_error = 0;
}

int wafer_fail(struct wafer *w, int error, const char *subject)
{
    if (w->last.error != 0) {
        return error;
    }
    w->last.error = error;
    w->last.step = w->step;
    w->last.tls_error = w->http.tls.engine_error;
    if (w->last.len == 0) {
        wafer_last_subject(&w->last, subject);
    }
    return error;
}

int wafer_check(struct wafer *w, int rc, const char *subject)
{
    return rc < 0 ? wafer_fail(w, rc, subject) : 0;
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
