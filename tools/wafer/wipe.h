/* Secrets in memory. */
#ifndef TOOL_WIPE_H
#define TOOL_WIPE_H

#include <stddef.h>

/* Writes zeros; the compiler cannot leave it out. */
void wipe(void *data, size_t len);

/* Wipes memory, which must be static, and the stack, when the process ends by returning from main or by
 * exit(). May be called again for the same memory. */
void wipe_at_end(void *data, size_t len);

#endif
