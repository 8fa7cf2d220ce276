/* The library's texts for the steps of an order. */
#ifndef TOOL_STEPS_H
#define TOOL_STEPS_H

#include "wafer/wafer.h"

const char *step_text(enum wafer_step step);

#endif
