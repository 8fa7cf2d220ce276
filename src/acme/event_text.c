/* The texts of steps and reasons, for logs and people. */
#include "base/wordlist.h"
#include "wafer/wafer.h"

#define STEP(name, text) text "\0"
#define REASON(name, text) text "\0"
static const char steps[] = WAFER_STEPS(STEP);
static const char reasons[] = WAFER_REASONS(REASON);

const char *wafer_step_text(enum wafer_step step)
{
    return wafer_word(steps, (unsigned)step);
}

const char *wafer_event_text(const struct wafer_event *event)
{
    if (event->reason == WAFER_REASON_NONE) {
        return event->text != NULL ? event->text : "";
    }
    return wafer_word(reasons, (unsigned)event->reason - 1);
}
