/* The three sources of the time, and which of them is believed. */
#include "base/clock.h"

#define YEAR_10000 253402300800 /* a clock that says so is none; and sums of times can't overflow */

void wafer_clock_init(struct wafer_clock *clock, const struct wafer_port *port)
{
    clock->port = port;
    clock->floor = WAFER_BUILD_TIME;
    clock->base = 0;
    clock->warned = false;
}

void wafer_clock_raise(struct wafer_clock *clock, int64_t seconds)
{
    if (seconds > clock->floor) {
        clock->floor = seconds;
    }
}

int64_t wafer_clock_wall(const struct wafer_clock *clock)
{
    int64_t wall = clock->port->wall_time(clock->port->ctx);
    return wall >= WAFER_BUILD_TIME && wall < YEAR_10000 ? wall : WAFER_E_CLOCK;
}

void wafer_clock_set(struct wafer_clock *clock, int64_t seconds)
{
    if (seconds >= WAFER_BUILD_TIME) {
        clock->floor = clock->base = seconds;
        clock->base_wall = wafer_clock_wall(clock);
        clock->base_ms = clock->port->monotonic_ms(clock->port->ctx);
    }
}

static bool is_near(int64_t a, int64_t b)
{
    return (uint64_t)(a - b + WAFER_CLOCK_SKEW) <= 2 * WAFER_CLOCK_SKEW;
}

/* Moves what the CA told along, so that the milliseconds may wrap; ends it when the port's
 * clock has not gone on as they have. Returns whether it counts, and the port's clock says
 * another time, or none. */
static bool is_overruled(struct wafer_clock *clock, int64_t wall)
{
    uint32_t elapsed = (clock->port->monotonic_ms(clock->port->ctx) - clock->base_ms) / 1000;
    if (clock->base == 0) {
        return false;
    }
    clock->base += elapsed;
    clock->base_wall += elapsed;
    clock->base_ms += elapsed * 1000;
    if (is_near(wall, clock->base)) {
        return false;
    }
    if (wall > 0 && !is_near(wall, clock->base_wall)) {
        clock->base = 0;
    }
    return clock->base != 0;
}

int wafer_clock_now(struct wafer_clock *clock, int64_t *seconds)
{
    int64_t wall = wafer_clock_wall(clock);
    if (is_overruled(clock, wall)) {
        *seconds = clock->base;
        return 0;
    }
    if (wall >= clock->floor - WAFER_CLOCK_SKEW) {
        *seconds = wall;
        return 0;
    }
    *seconds = clock->floor;
    return WAFER_E_CLOCK;
}

int64_t wafer_clock_estimate(struct wafer_clock *clock)
{
    int64_t seconds;
    int rc = wafer_clock_now(clock, &seconds);
    (void)rc; /* unknown: *seconds is the floor */
    return seconds;
}

bool wafer_clock_is_told(const struct wafer_clock *clock)
{
    return clock->base != 0;
}

bool wafer_clock_is_wrong(struct wafer_clock *clock)
{
    return is_overruled(clock, wafer_clock_wall(clock));
}
