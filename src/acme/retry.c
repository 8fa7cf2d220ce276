/* Waits between tries, in three sizes: quick tries, polls, and the schedule between runs. */
#include "acme/retry.h"
#include "base/backoff.h"
#include "crypto/drbg.h"
#include "record/renewal.h"

#define QUICK_TRIES 3  /* repetitions after a 5xx */
#define EARLY_MS    250
#define QUICK_S     30 /* a Retry-After of a failure that is worth waiting for */
#define POLL_S      60 /* longest wait before the next poll, whatever the CA asks for */

int32_t wafer_retry_quick_ms(struct wafer *w, unsigned attempt, enum wafer_reason why)
{
    int32_t asked = w->session.response.retry_after;
    unsigned sooner = why == WAFER_REASON_EARLY;
    if (attempt >= QUICK_TRIES + sooner || (asked > QUICK_S && w->order.presented == 0)) {
        return WAFER_E_TIMEOUT;
    }
    if (asked >= 0) {
        return (asked < QUICK_S ? asked : QUICK_S) * 1000;
    }
    if (attempt < sooner) {
        return EARLY_MS;
    }
    return (int32_t)wafer_backoff_retry_ms(attempt - sooner, wafer_drbg_uint32(&w->drbg));
}

uint32_t wafer_retry_first_ms(const struct wafer *w)
{
    return wafer_backoff_poll_ms(w->http.rtt_ms, 0, 0);
}

int32_t wafer_retry_asked_s(const struct wafer *w)
{
    int32_t asked = w->session.response.retry_after;
    return asked > POLL_S ? asked : -1;
}

uint32_t wafer_retry_poll_ms(struct wafer *w, unsigned attempt)
{
    int32_t asked = w->session.response.retry_after;
    if (asked > 0) {
        return (uint32_t)(asked < POLL_S ? asked : POLL_S) * 1000;
    }
    return wafer_backoff_poll_ms(w->http.rtt_ms, attempt, wafer_drbg_uint32(&w->drbg));
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
