/* Schedules, as pure functions: the randomness is an argument. */
#ifndef WAFER_BACKOFF_H
#define WAFER_BACKOFF_H

#include <stdint.h>

/* Milliseconds to wait before poll number `attempt` (0: the first) while the CA works, on a
 * connection with this round trip (not above INT32_MAX). From an answer of the CA until the next
 * request reaches it, a round trip passes anyway: so long is the first interval, but 10 ms or
 * more, and each next one is twice as long, up to 10 s, less up to a fifth by `random`. */
uint32_t wafer_backoff_poll_ms(uint32_t rtt_ms, uint32_t attempt, uint32_t random);

/* Milliseconds before quick try number `attempt` (0: the first repetition) after
 * a 5xx: 1, 4, 16 s, +-25 % by `random`. */
uint32_t wafer_backoff_retry_ms(uint32_t attempt, uint32_t random);

#define WAFER_BACKOFF_DAILY 4 /* failures in a row after which a run is a day away */

/* Seconds before the next run after `failures` failed ones in a row (1 or more):
 * 1, 10, 100 minutes, then a day, +-10 % by `random`. */
uint32_t wafer_backoff_schedule_s(uint32_t failures, uint32_t random);

#endif
