/* Times as text, to seconds since 1970-01-01 UTC. Years 1970 to 9999. */
#ifndef WAFER_DATETIME_H
#define WAFER_DATETIME_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

/* HTTP date (RFC 9110 5.6.7), all three forms: IMF-fixdate, RFC 850, asctime. Second
 * 60 counts as 59. Returns 0, or WAFER_E_SYNTAX. */
int wafer_time_http(const char *text, size_t len, int64_t *seconds) WAFER_MUST_CHECK;

/* Content octets of an ASN.1 UTCTime (len 13) or GeneralizedTime (len 15), as
 * RFC 5280 4.1.2.5 restricts them. A UTCTime before 1970 counts as the begin of 1970. */
int wafer_time_asn1(const char *text, size_t len, int64_t *seconds) WAFER_MUST_CHECK;

/* The date-time of RFC 3339 5.6, as JSON has it: "2026-11-26T08:30:00.25+01:00". A fraction is
 * left away. Returns 0, or WAFER_E_SYNTAX. */
int wafer_time_rfc3339(const char *text, size_t len, int64_t *seconds) WAFER_MUST_CHECK;

#endif
