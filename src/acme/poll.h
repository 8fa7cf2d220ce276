/* Waiting without standing still: the solver serves, the port's idle is called. */
#ifndef WAFER_POLL_H
#define WAFER_POLL_H

#include "wafer/wafer.h"

/* Waits `ms`; returns sooner when the CA has fetched an answer and nothing more was
 * fetched for a moment. Returns 0 or a negative error (noted). */
int wafer_wait(struct wafer *w, uint32_t ms) WAFER_MUST_CHECK;

/* A series of polls with one limit for all waits between them. */
struct wafer_poll {
    uint32_t start_ms;
    unsigned attempt;
};
void wafer_poll_begin(struct wafer *w, struct wafer_poll *poll);

/* Waits before the next poll: as the CA asked in its last answer (Retry-After), or by the
 * backoff from `first_ms` on. Returns 0, or a negative error (noted, about `subject`):
 * WAFER_E_TIMEOUT when all waits together would take longer than the configuration allows. */
int wafer_poll_wait(struct wafer *w, struct wafer_poll *poll, uint32_t first_ms, const char *subject) WAFER_MUST_CHECK;

#endif
