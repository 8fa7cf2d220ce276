/* Texts for the system's errors. */
#ifndef TOOL_SYSTEM_ERROR_H
#define TOOL_SYSTEM_ERROR_H

/* What an errno means, as strerror says it with glibc. In static memory, until the next call. */
const char *system_error_text(int number);

/* What to do about it where the state directory and the files in it are concerned. */
const char *system_error_remedy(int number);

#endif
