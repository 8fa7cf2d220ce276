/* The three sources of the time, and which of them is believed. */
#include "base/clock.h"

void wafer_clock_init(struct wafer_clock *clock, const struct wafer_port *port)
{
    clock->port = port;
    clock->floor = WAFER_BUILD_TIME;
    clock->base = 0;
    clock->base_ms = 0;
}

void wafer_clock_raise(struct wafer_clock *clock, int64_t seconds)
{
    if (seconds > clock->floor) {
        clock->floor = seconds;
    }
}

void wafer_clock_set(struct wafer_clock *clock, int64_t seconds)
{
    if (seconds >= clock->floor) {
        clock->base = seconds;
        clock->base_ms = clock->port->monotonic_ms(clock->port->ctx);
    }
}

int wafer_clock_now(struct wafer_clock *clock, int64_t *seconds)
{
    uint32_t elapsed;

    *seconds = clock->port->wall_time(clock->port->ctx);
    if (*seconds >= clock->floor) {
        return 0;
    }
    if (clock->base == 0) {
        *seconds = clock->floor;
        return WAFER_E_CLOCK;
    }
    /* The base moves along, so that the milliseconds may wrap. */
    elapsed = (clock->port->monotonic_ms(clock->port->ctx) - clock->base_ms) / 1000;
    clock->base += elapsed;
    clock->base_ms += elapsed * 1000;
    *seconds = clock->base > clock->floor ? clock->base : clock->floor;
    return 0;
}

int64_t wafer_clock_estimate(struct wafer_clock *clock)
{
    int64_t seconds;
    int rc = wafer_clock_now(clock, &seconds);
    (void)rc; /* unknown: *seconds is the floor */
    return seconds;
}
