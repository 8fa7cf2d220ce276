/* Times for who shows or compares them: wafer counts seconds since 1970-01-01 UTC. */
#ifndef WAFER_TIME_H
#define WAFER_TIME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Splits a time into days since 1970-01-01, rounded down, and the second of that day (0 to
 * 86399). Without a 64-bit division, which takes kilobytes where the processor has none.
 * For the years -43,000 to 1,000,000; for times beyond the days are meaningless. A pure function. */
int32_t wafer_days(int64_t seconds, int32_t *second);

#ifdef __cplusplus
}
#endif

#endif
