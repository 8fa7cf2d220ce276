/* Secrets in memory. */
#ifndef TOOL_WIPE_H
#define TOOL_WIPE_H

#include <stddef.h>

/* Writes zeros; the compiler cannot leave it out. */
void wipe(void *data, size_t len);

#endif
