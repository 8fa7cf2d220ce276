/* How long a wait may be; certificate.h has the rest. */
#ifndef WAFER_RENEWAL_H
#define WAFER_RENEWAL_H

#include "wafer/certificate.h"

#define WAFER_WAIT_LONGEST  95040 /* seconds: a day, and what the schedule adds to it so that devices differ */
#define WAFER_WAIT_SHORTEST 60

/* Whether it is not valid yet: this time is wrong, or the CA's was when it issued it, and only the CA can
 * tell. */
bool wafer_certificate_is_early(const struct wafer_certificate *certificate, int64_t now);

/* Whether it is to be renewed: its time has come, or is yet to come. */
bool wafer_certificate_is_due(const struct wafer_certificate *certificate, int64_t now);

/* The longest wait after a failure, in seconds, for the holder of this certificate (sequence
 * 0: of none): half of what is left of it, if it is valid still, within the two bounds. */
int32_t wafer_longest_wait(const struct wafer_certificate *certificate, int64_t now);

#endif
