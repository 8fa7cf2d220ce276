/* Limits of time on the port's milliseconds: of one wait, one exchange, one operation. */
#ifndef WAFER_DEADLINE_H
#define WAFER_DEADLINE_H

#include "wafer/context.h"

#define WAFER_UNLIMITED UINT32_MAX

/* The shorter of two times. */
static inline uint32_t wafer_shorter(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Starts a limit of limit_ms from now on; 0: there is no limit. */
void wafer_deadline_start(struct wafer_deadline *deadline, const struct wafer_port *port, uint32_t limit_ms);

/* Milliseconds that are left, 0 when the time is over. WAFER_UNLIMITED when there is no
 * limit: also for NULL. To be asked at least once in the 49 days in which milliseconds
 * wrap: later the time seems to have begun anew. */
uint32_t wafer_deadline_left(const struct wafer_deadline *deadline, const struct wafer_port *port);

#endif
