/* How long to wait before the next try: what the CA asked for (Retry-After, RFC 8555 6.6,
 * 7.5.1, RFC 9110 10.2.3), within limits, else wafer's own schedules. Nothing else makes a wait
 * of it. */
#ifndef WAFER_RETRY_H
#define WAFER_RETRY_H

#include "wafer/wafer.h"

/* Milliseconds before quick try number `attempt` (0: the first repetition) after a 5xx, or, for
 * WAFER_REASON_EARLY, when the CA is not that far, which takes one more and begins sooner.
 * WAFER_E_TIMEOUT when no quick try is left, or the CA asks for more than is quick while nothing
 * has been presented: answers that are up now would be missed later. */
int32_t wafer_retry_quick_ms(struct wafer *w, unsigned attempt, enum wafer_reason why) WAFER_MUST_CHECK;

/* Milliseconds before poll number `attempt` (0: the first) of what the CA is working on: as it
 * asked, but at least every minute, for the answers that it may yet fetch stand only
 * while wafer waits; else the backoff that begins with the round trip. */
uint32_t wafer_retry_poll_ms(struct wafer *w, unsigned attempt);

/* The shortest of these waits, also the quiet after which the CA has fetched all it wants. */
uint32_t wafer_retry_first_ms(const struct wafer *w);

/* Seconds that the last answer asked to wait for, where that is more than wafer waits between
 * polls; else -1. */
int32_t wafer_retry_asked_s(const struct wafer *w);

/* Seconds before the next run after the failure in w->last, the last of `failures` in a row;
 * a minute or so at least and `longest` at most, whatever the CA asks for. */
int32_t wafer_retry_schedule_s(struct wafer *w, uint32_t failures, int32_t longest);

#endif
