/* Limits of time: they count what has passed, so the milliseconds may wrap. */
#include "base/deadline.h"

static uint32_t now_ms(const struct wafer_port *port)
{
    return port->monotonic_ms(port->ctx);
}

void wafer_deadline_start(struct wafer_deadline *deadline, const struct wafer_port *port, uint32_t limit_ms)
{
    deadline->start_ms = now_ms(port);
    deadline->limit_ms = limit_ms;
}

uint32_t wafer_deadline_left(const struct wafer_deadline *deadline, const struct wafer_port *port)
{
    uint32_t passed;

    if (deadline == NULL || deadline->limit_ms == 0) {
        return WAFER_UNLIMITED;
    }
    passed = now_ms(port) - deadline->start_ms;
    return passed < deadline->limit_ms ? deadline->limit_ms - passed : 0;
}
