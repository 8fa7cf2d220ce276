/* How long to wait: the three schedules. */
#include "base/backoff.h"

#define POLL_MIN_MS 10
#define POLL_MAX_MS 10000

/* value +-(1/divisor), so that many devices don't come at once */
static uint32_t spread(uint32_t value, uint32_t divisor, uint32_t random)
{
    uint32_t range = value / divisor;

    return value - range + random % (2 * range + 1);
}

uint32_t wafer_backoff_poll_ms(uint32_t rtt_ms, uint32_t attempt, uint32_t random)
{
    uint32_t way = rtt_ms < POLL_MIN_MS ? 0 : rtt_ms, ms = rtt_ms < POLL_MIN_MS ? POLL_MIN_MS : rtt_ms;

    while (attempt-- > 0 && ms < POLL_MAX_MS) {
        ms *= 2;
    }
    ms = ms < POLL_MAX_MS ? ms : POLL_MAX_MS;
    ms -= random % (ms / 5 + 1);
    if (way == 0 && ms < POLL_MIN_MS) {
        return POLL_MIN_MS;
    }
    return ms > way ? ms - way : 0;
}

uint32_t wafer_backoff_retry_ms(uint32_t attempt, uint32_t random)
{
    return spread((uint32_t)1000 << (attempt < 2 ? attempt * 2 : 4), 4, random);
}

uint32_t wafer_backoff_schedule_s(uint32_t failures, uint32_t random)
{
    static const uint32_t seconds[WAFER_BACKOFF_DAILY + 1] = {60, 60, 600, 6000, 86400};

    return spread(seconds[failures < WAFER_BACKOFF_DAILY ? failures : WAFER_BACKOFF_DAILY], 10, random);
}
