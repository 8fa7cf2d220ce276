/* What happened, for the caller: events while it happens, and the last error. */
#ifndef WAFER_REPORT_H
#define WAFER_REPORT_H

#include "format/json.h"
#include "wafer/wafer.h"

/* Tells the caller something about the current step. */
void wafer_tell(struct wafer *w, enum wafer_event_type type, const char *name, const char *text);
void wafer_tell_value(struct wafer *w, enum wafer_event_type type, const char *name, const char *text,
                      int32_t value);

/* Begins a step: later errors and events belong to it. */
void wafer_step(struct wafer *w, enum wafer_step step, const char *name, const char *text);

/* Notes an error of the current step and what it is about. The first one sticks
 * until wafer_forgive. Returns the error. */
int wafer_fail(struct wafer *w, int error, const char *subject);

/* The same when `result` is negative. Returns it then, else 0. */
int wafer_check(struct wafer *w, int result, const char *subject);

/* Notes a problem document (RFC 7807) or the like of it in a challenge or order,
 * `value` in json. Returns `error`, or WAFER_E_RATE_LIMITED when that is what it
 * says. */
int wafer_fail_problem(struct wafer *w, int error, const char *subject, int http_status,
                       const struct wafer_json *json, int value);

/* Forgets the last error: it was dealt with. */
void wafer_forgive(struct wafer *w);

#endif
