/* Waiting without standing still: the solver serves, the port's idle is called. */
#ifndef WAFER_POLL_H
#define WAFER_POLL_H

#include "wafer/wafer.h"

/* Begins an operation: no error yet, no wait so far, and its time runs from now on. A connection is kept only
 * from a server whose certificate is valid at the time, which must be known. */
void wafer_operation_begin(struct wafer *w);

/* Waits `ms`, or until the operation's time is over. Returns 0 or a negative error (noted). */
int wafer_wait(struct wafer *w, uint32_t ms) WAFER_MUST_CHECK;

/* A series of polls. */
struct wafer_poll {
    uint8_t attempt;
    uint8_t reactions; /* polls that came sooner because the CA had fetched an answer */
};

void wafer_poll_begin(struct wafer *w, struct wafer_poll *poll);

/* Waits before the next poll: as the CA asked in its last answer (Retry-After, see retry.h), or by
 * the backoff; less when the CA has fetched an answer and nothing more for a moment. Returns 0,
 * or a negative error (noted, about `subject`): WAFER_E_TIMEOUT when the configuration allows
 * no more waits, of this series and those before it in the operation; then w->last tells what the
 * CA asked for. */
int wafer_poll_wait(struct wafer *w, struct wafer_poll *poll, const char *subject) WAFER_MUST_CHECK;

#endif
