/* Writing JSON: texts with places for strings, which are escaped. */
#ifndef WAFER_JSON_WRITER_H
#define WAFER_JSON_WRITER_H

#include "base/buf.h"

#if defined(__GNUC__)
#define WAFER_LIKE_PRINTF(text, strings) __attribute__((format(printf, text, strings)))
#else
#define WAFER_LIKE_PRINTF(text, strings)
#endif

/* Appends the text; each "%s" in it becomes a whole JSON string with its quotation
 * marks. There is no other conversion. Errors stick in the buffer (wafer_buf_status). */
void wafer_jsonw(struct wafer_buf *out, const char *text, ...) WAFER_LIKE_PRINTF(2, 3);

#endif
