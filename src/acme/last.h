/* The last error of an operation, for the caller (wafer_last). */
#ifndef WAFER_LAST_H
#define WAFER_LAST_H

#include "wafer/wafer.h"

/* Notes an error of the current step and what it is about (NULL: nothing to name). The
 * first one sticks until wafer_error_clear. Returns the error. */
int wafer_fail(struct wafer *w, int error, const char *subject);

/* The same when `rc` is negative. Returns it then, else 0. */
int wafer_check(struct wafer *w, int rc, const char *subject);

/* Packs the subject, the first string of w->last.text; cut where it does not fit. */
void wafer_last_subject(struct wafer_last *last, const char *subject);

/* Forgets the last error: it was dealt with. */
void wafer_error_clear(struct wafer *w);

#endif
