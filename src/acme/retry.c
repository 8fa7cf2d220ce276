/* Waits between tries, in three sizes: quick tries, polls, and the schedule between runs. */
#include "acme/retry.h"
#include "base/backoff.h"
#include "crypto/drbg.h"
#include "record/renewal.h"

#define QUICK_TRIES 3  /* repetitions after a 5xx */
#define QUICK_S     30 /* a Retry-After of a 5xx that is worth waiting for */

int32_t wafer_retry_quick_ms(struct wafer *w, unsigned attempt)
{
    int32_t asked = w->session.response.retry_after;
    if (attempt >= QUICK_TRIES || asked > QUICK_S) {
        return WAFER_E_TIMEOUT;
    }
    if (asked >= 0) {
        return asked * 1000;
    }
    return (int32_t)wafer_backoff_retry_ms(attempt, wafer_drbg_uint32(&w->drbg));
}

uint32_t wafer_retry_poll_ms(struct wafer *w, unsigned attempt, uint32_t first_ms)
{
    int32_t asked = w->session.response.retry_after;
    if (asked > 0) {
        return asked > INT32_MAX / 1000 ? INT32_MAX : (uint32_t)asked * 1000;
    }
    return attempt == 0 ? first_ms : wafer_backoff_poll_ms(attempt - 1, wafer_drbg_uint32(&w->drbg));
}

int32_t wafer_retry_schedule_s(struct wafer *w, uint32_t failures, int32_t longest)
{
    const struct wafer_last *last = &w->last;
    int32_t wait = (int32_t)wafer_backoff_schedule_s(failures, wafer_drbg_uint32(&w->drbg));
    if (last->retry_after >= 0 && (last->action == WAFER_ACTION_LATER || last->retry_after > wait)) {
        wait = last->retry_after > WAFER_WAIT_SHORTEST ? last->retry_after : WAFER_WAIT_SHORTEST;
    }
    return wait < longest ? wait : longest;
}
