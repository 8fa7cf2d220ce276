/* What -v shows of the protocol. */
#ifndef TOOL_TRACE_H
#define TOOL_TRACE_H

#include "wafer/wafer.h"

/* Writes an event of type WAFER_EVENT_REQUEST, _RESPONSE or _BODY. */
void trace_event(const struct wafer_event *event);

#endif
