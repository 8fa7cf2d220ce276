/* Times and durations as text. */
#ifndef TOOL_CALENDAR_H
#define TOOL_CALENDAR_H

#include <stdint.h>

#define TIME_TEXT_MAX 24

/* Each returns `text`. */
const char *time_text(int64_t seconds, char text[TIME_TEXT_MAX]);     /* "2026-05-01 12:00 UTC" */
const char *time_rfc3339(int64_t seconds, char text[TIME_TEXT_MAX]);  /* "2026-05-01T12:00:00Z" */
const char *duration_text(int64_t seconds, char text[TIME_TEXT_MAX]); /* "59 days", "5 hours" */

#endif
