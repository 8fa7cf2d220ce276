/* The schedule after failures: when the next try is allowed, over reboots. */
#ifndef WAFER_SCHEDULE_H
#define WAFER_SCHEDULE_H

#include "wafer/wafer.h"

enum wafer_schedule_moment {
    WAFER_SCHEDULE_FIRST, /* nobody was asked yet */
    WAFER_SCHEDULE_ASKED  /* the CA was asked, and has told the time if it ever does */
};

/* Whether an earlier failure at this CA asks to wait still, or the present certificate is what
 * is asked for and not an hour old, or due only by a clock that is wrong or may be: 0, or
 * WAFER_E_TOO_EARLY, WAFER_E_RATE_LIMITED (noted). Says so only when the time is known: a device
 * without a clock asks again when the CA has told it, and if it has not, WAFER_E_CLOCK leaves alone
 * what is there. */
int wafer_schedule_check(struct wafer *w, const struct wafer_request *request,
                         enum wafer_schedule_moment moment) WAFER_MUST_CHECK;

/* Whether earlier runs have failed so often that after this one the next try is a day away. */
bool wafer_schedule_is_daily(struct wafer *w);

/* Persists when to try again after the failure in w->last, if the CA was asked in vain; an
 * order that can't go on is forgotten. */
void wafer_schedule_failure(struct wafer *w, const struct wafer_request *request, int error);

#endif
