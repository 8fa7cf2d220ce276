/* The time, where a device may not know it: the port's clock when it is believable,
 * else what the CA said, else the floor. */
#ifndef WAFER_CLOCK_H
#define WAFER_CLOCK_H

#include "wafer/context.h"

void wafer_clock_init(struct wafer_clock *clock, const struct wafer_port *port);

/* Raises the floor (a time found in the store). */
void wafer_clock_raise(struct wafer_clock *clock, int64_t seconds);

/* Takes the Date of an authenticated response. Only used while the port has no
 * believable clock. */
void wafer_clock_set(struct wafer_clock *clock, int64_t seconds);

/* Gives the time. Returns 0 when it is known, WAFER_E_CLOCK when *seconds is only
 * the floor. A time that the CA told goes on with the port's milliseconds: this must
 * be called at least once in the 49 days in which they wrap. */
int wafer_clock_now(struct wafer_clock *clock, int64_t *seconds);

/* The same where the floor will do: the time as far as it is known. */
int64_t wafer_clock_estimate(struct wafer_clock *clock);

#endif
