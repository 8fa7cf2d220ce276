/* The time, where a device may not know it. There are three sources:
 *
 *   base   what a CA told in this client's life: the Date of an answer over a verified
 *          connection. It goes on with the port's milliseconds
 *   wall   the port's clock, when it is not below WAFER_BUILD_TIME
 *   floor  the newest time that a CA told in any run, never below WAFER_BUILD_TIME
 *
 * The base is believed where the wall clock differs from it by more than WAFER_CLOCK_SKEW, or
 * there is none; else the wall clock is, where it does not lie before the floor by more than
 * that; else the time is not known. Nothing else raises the floor: neither a wall clock nor
 * what was written with one. A CA that tells an earlier time lowers it, so that no assertion,
 * however wrong, outlives the next one.
 *
 * A base that is not asked for is wrong after the 49 days in which milliseconds wrap. That
 * hurts nobody: the wall clock has gone on for longer than the milliseconds then. Whenever it
 * has not gone on as they have (they have wrapped, somebody has set it, the device slept), the
 * base ends, the wall clock is all that there is, and the next answer of a CA tells the time
 * anew. A device without a wall clock has only the base, and must ask at least once in 49 days. */
#ifndef WAFER_CLOCK_H
#define WAFER_CLOCK_H

#include "wafer/context.h"

/* Seconds that two clocks may differ by and both be right. */
#define WAFER_CLOCK_SKEW 3600

void wafer_clock_init(struct wafer_clock *clock, const struct wafer_port *port);

/* Raises the floor to the time that a CA told in an earlier run. */
void wafer_clock_raise(struct wafer_clock *clock, int64_t seconds);

/* Takes the time that a CA tells, and its caller has verified: for the base, and the new
 * floor. One before the build is not believed. */
void wafer_clock_set(struct wafer_clock *clock, int64_t seconds);

/* Gives the time. Returns 0 when it is known, WAFER_E_CLOCK when *seconds is only the floor. */
int wafer_clock_now(struct wafer_clock *clock, int64_t *seconds);

/* The same where the floor will do: the time as far as it is known. */
int64_t wafer_clock_estimate(struct wafer_clock *clock);

/* The port's clock as it is, or WAFER_E_CLOCK when it can't be right. */
int64_t wafer_clock_wall(const struct wafer_clock *clock);

/* Whether a CA has told the time, and it still counts. */
bool wafer_clock_is_told(const struct wafer_clock *clock);

/* Whether a CA has told the time, and the port's clock says another, or none. */
bool wafer_clock_is_wrong(struct wafer_clock *clock);

#endif
