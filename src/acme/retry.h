/* How long to wait before the next try: what the CA asked for (Retry-After, RFC 8555 6.6,
 * 7.5.1, RFC 9110 10.2.3), else wafer's own schedules. Nothing else makes a wait of it. */
#ifndef WAFER_RETRY_H
#define WAFER_RETRY_H

#include "wafer/wafer.h"

/* Milliseconds before quick try number `attempt` (0: the first repetition) after a 5xx,
 * or WAFER_E_TIMEOUT when no quick try is left or the CA asks for more than is quick. */
int32_t wafer_retry_quick_ms(struct wafer *w, unsigned attempt) WAFER_MUST_CHECK;

/* Milliseconds before poll number `attempt` (0: the first, after `first_ms`) of what the CA
 * is working on. */
uint32_t wafer_retry_poll_ms(struct wafer *w, unsigned attempt, uint32_t first_ms);

/* Seconds before the next run after the failure in w->last, the last of `failures` in a row;
 * a minute or so at least and `longest` at most, whatever the CA asks for. */
int32_t wafer_retry_schedule_s(struct wafer *w, uint32_t failures, int32_t longest);

#endif
