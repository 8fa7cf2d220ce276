/* Texts for the system's errors. */
#ifndef TOOL_SYSTEM_ERROR_H
#define TOOL_SYSTEM_ERROR_H

/* What an errno means, as strerror says it with glibc. In static memory, until the next call. */
const char *system_error_text(int number);

#endif
