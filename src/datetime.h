/* Times as text, to and from seconds since 1970-01-01 UTC. Years 1970 to 9999. */
#ifndef WAFER_DATETIME_H
#define WAFER_DATETIME_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

/* The days before a civil date, counted from 1970-01-01; month 1..12, day 1... */
int32_t wafer_days_from_civil(int32_t year, uint32_t month, uint32_t day);

/* RFC 3339: "2026-01-02T03:04:05Z", fractions ignored, offsets taken into
 * account, "t" and "z" in either case, second 60 counted as 59.
 * Returns 0, or WAFER_E_SYNTAX. */
int wafer_time_rfc3339(const char *text, size_t len, int64_t *seconds) WAFER_MUST_CHECK;

/* HTTP date (RFC 9110 5.6.7), all three forms: IMF-fixdate, RFC 850, asctime. */
int wafer_time_http(const char *text, size_t len, int64_t *seconds) WAFER_MUST_CHECK;

/* Content octets of an ASN.1 UTCTime (len 13) or GeneralizedTime (len 15), as
 * RFC 5280 4.1.2.5 restricts them. */
int wafer_time_asn1(const char *text, size_t len, int64_t *seconds) WAFER_MUST_CHECK;

/* Writes "2026-01-02T03:04:05Z" and a NUL. */
#define WAFER_TIME_TEXT 21
void wafer_time_format(int64_t seconds, char text[WAFER_TIME_TEXT]);

#endif
