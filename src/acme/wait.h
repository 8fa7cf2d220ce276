/* Waiting without standing still: the solver serves, the port's idle is called. */
#ifndef WAFER_WAIT_H
#define WAFER_WAIT_H

#include "wafer/wafer.h"

/* Waits `ms`; returns sooner when the CA has fetched an answer and nothing more was
 * fetched for a moment. Returns how many answers were fetched, or a negative error
 * (noted). */
int wafer_wait(struct wafer *w, uint32_t ms) WAFER_MUST_CHECK;

/* A limit for a series of waits. */
struct wafer_patience {
    uint32_t start_ms;
    uint32_t attempt;
};
void wafer_patience_init(struct wafer *w, struct wafer_patience *patience);

/* Waits before the next poll: as the CA asked in its last answer (Retry-After), or
 * by the backoff from `first_ms` on. Returns as wafer_wait, or WAFER_E_TIMEOUT
 * (noted, about `subject`) when that would take more than WAFER_WAIT_TOTAL_MS in
 * all. */
int wafer_patience_wait(struct wafer *w, struct wafer_patience *patience, uint32_t first_ms,
                        const char *subject) WAFER_MUST_CHECK;

#endif
