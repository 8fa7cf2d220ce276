/* Forgetting secrets in a way that the compiler cannot drop. */
#ifndef WAFER_WIPE_H
#define WAFER_WIPE_H

#include <stddef.h>

void wafer_wipe(void *data, size_t len);

#endif
