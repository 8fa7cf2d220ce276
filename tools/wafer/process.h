/* What whoever starts this program may have left undone: descriptors, mask of signals, limits. */
#ifndef TOOL_PROCESS_H
#define TOOL_PROCESS_H

#include <stdbool.h>

/* Sees that 0, 1 and 2 are open, so that no file that is opened later gets what goes to a person; that no file is open
 * to others; that signals arrive, and those of a write are its errors. Returns false where that can't be had. */
bool process_begin(void);

/* Has `handler` called for what asks this process to end: SIGINT, SIGTERM and SIGHUP, but those that it was started to
 * ignore (nohup). Any second one kills. */
void process_on_end_signal(void (*handler)(int number));

#endif
