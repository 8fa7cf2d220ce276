/* The events of an operation as lines that a person likes to watch, as JSON lines, or
 * (-v) as a protocol trace. */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include "wafer/wafer.h"

/* The event callback of struct wafer_config. */
void progress_event(void *ctx, const struct wafer_event *event);

/* Called about once a second while wafer waits: keeps the live line's seconds. */
void progress_tick(void);

/* Ends the live line of an operation: nothing stays of it. */
void progress_end(void);

#endif
