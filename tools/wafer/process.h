/* What whoever starts this program may have left undone: descriptors, mask of signals, limits. */
#ifndef TOOL_PROCESS_H
#define TOOL_PROCESS_H

#include <stdbool.h>

/* Sees that 0, 1 and 2 are open, so that no file that is opened later gets what goes to a person; that no file is open
 * to others; that signals arrive, and those of a write are its errors. Returns false where that can't be had. */
bool process_begin(void);

/* From now on SIGINT, SIGTERM and SIGHUP, but those that it was started to ignore (nohup), ask this process to end, and
 * any second one kills. */
void process_take_end_signals(void);

/* Whether one has asked. */
bool process_ends(void);

#endif
