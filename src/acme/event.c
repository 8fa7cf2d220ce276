/* Events go to the function of the configuration, if there is one; their texts stand in
 * tables that only who asks for a text links. */
#include "acme/event.h"

static void send_event(struct wafer *w, const struct wafer_event *event)
{
    if (w->config->event != NULL) {
        w->config->event(w->config->event_ctx, event);
    }
}

void wafer_notify_value(struct wafer *w, enum wafer_event_type type, const char *name, const char *text,
                        int32_t value)
{
    const struct wafer_event event = {.type = type, .step = w->step, .name = name, .text = text, .value = value};
    send_event(w, &event);
}

void wafer_notify(struct wafer *w, enum wafer_event_type type, const char *name, const char *text)
{
    wafer_notify_value(w, type, name, text, 0);
}

void wafer_notify_retry(struct wafer *w, enum wafer_reason why, uint32_t ms)
{
    const struct wafer_event event = {
        .type = WAFER_EVENT_RETRY, .step = w->step, .reason = why, .value = (int32_t)ms};
    send_event(w, &event);
}

void wafer_notify_warning(struct wafer *w, enum wafer_reason why, const char *name)
{
    const struct wafer_event event = {.type = WAFER_EVENT_WARNING, .step = w->step, .reason = why, .name = name};
    send_event(w, &event);
}

void wafer_notify_clock(struct wafer *w)
{
    if (!w->clock.warned) {
        w->clock.warned = true;
        wafer_notify_warning(w, WAFER_REASON_CLOCK, NULL);
    }
}

void wafer_step(struct wafer *w, enum wafer_step step, const char *name, const char *text)
{
    w->step = step;
    wafer_notify(w, WAFER_EVENT_BEGIN, name, text);
}
