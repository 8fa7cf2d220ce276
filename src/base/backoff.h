/* Schedules, as pure functions: the randomness is an argument. */
#ifndef WAFER_BACKOFF_H
#define WAFER_BACKOFF_H

#include <stdint.h>

/* Milliseconds before poll number `attempt` (0: the first) while the CA works:
 * grows from 250 ms by half each time, up to 10 s, and +-10 % by `random`. */
uint32_t wafer_backoff_poll_ms(uint32_t attempt, uint32_t random);

/* Milliseconds before quick try number `attempt` (0: the first repetition) after
 * a 5xx: 1, 4, 16 s, +-25 % by `random`. */
uint32_t wafer_backoff_retry_ms(uint32_t attempt, uint32_t random);

/* Seconds before the next run after `failures` failed ones in a row (1 or more):
 * 1, 10, 100 minutes, then a day, +-10 % by `random`. */
uint32_t wafer_backoff_schedule_s(uint32_t failures, uint32_t random);

#endif
