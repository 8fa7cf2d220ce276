/* What happens, told to the caller while it happens. */
#ifndef WAFER_EVENT_H
#define WAFER_EVENT_H

#include "wafer/wafer.h"

/* Tells about the current step. `name` and `text` may be NULL. */
void wafer_notify(struct wafer *w, enum wafer_event_type type, const char *name, const char *text);

/* The same with a number. */
void wafer_notify_value(struct wafer *w, enum wafer_event_type type, const char *name, const char *text,
                        int32_t value);

/* Tells that something is tried again after `ms`, or what is odd but went on, and why. */
void wafer_notify_retry(struct wafer *w, enum wafer_reason why, uint32_t ms);
void wafer_notify_warning(struct wafer *w, enum wafer_reason why, const char *name);

/* Warns of the port's clock, once in an operation. */
void wafer_notify_clock(struct wafer *w);

/* Begins a step: later errors and events belong to it. */
void wafer_step(struct wafer *w, enum wafer_step step, const char *name, const char *text);

#endif
