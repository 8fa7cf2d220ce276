/* Waits in slices, so that a watchdog is fed, a caller can cancel, and challenges are
 * answered meanwhile. */
#include "acme/poll.h"
#include "acme/event.h"
#include "acme/last.h"
#include "acme/retry.h"
#include "base/deadline.h"

#define SLICE_MS 1000 /* the port's idle is called at least this often */
#define SETTLE_MS 40  /* CAs fetch an answer from several places at once */

static uint32_t milliseconds(const struct wafer *w)
{
    const struct wafer_port *port = w->config->port;
    return port->monotonic_ms(port->ctx);
}

/* One slice of waiting. Returns how many answers were fetched in it. */
static int wait_slice(struct wafer *w, uint32_t ms)
{
    const struct wafer_solver *solver = w->config->solver;
    const struct wafer_port *port = w->config->port;
    if (port->idle != NULL) {
        int rc = port->idle(port->ctx);
        if (rc < 0) {
            return rc;
        }
    }
    if (wafer_deadline_left(&w->deadline, port) == 0) {
        return WAFER_E_TIMEOUT;
    }
    if (solver != NULL && solver->serve != NULL && w->order.presented > 0) {
        return solver->serve(solver->ctx, ms);
    }
    return port->wait(port->ctx, NULL, 0, ms);
}

/* Waits until `ms` have passed or answers are fetched: how many. */
static int wait_for_fetch(struct wafer *w, uint32_t ms)
{
    uint32_t start = milliseconds(w), passed = 0;
    int rc;
    do {
        uint32_t left = ms - passed;
        rc = wait_slice(w, left < SLICE_MS ? left : SLICE_MS);
        passed = milliseconds(w) - start;
    } while (rc == 0 && passed < ms);
    return rc;
}

int wafer_wait(struct wafer *w, uint32_t ms)
{
    int fetched = w->order.fetched; /* while it waited for an answer */
    int rc = fetched > 0 ? fetched : wait_for_fetch(w, ms);
    w->order.fetched = 0;
    fetched = rc;
    while (rc > 0) { /* until the CA is quiet */
        rc = wait_for_fetch(w, SETTLE_MS);
        fetched += rc;
    }
    if (rc < 0) {
        return wafer_fail(w, rc, NULL);
    }
    if (fetched > 0) {
        wafer_notify_value(w, WAFER_EVENT_FETCHED, NULL, NULL, fetched);
    }
    return 0;
}

void wafer_poll_begin(struct wafer *w, struct wafer_poll *poll)
{
    poll->start_ms = milliseconds(w);
    poll->attempt = 0;
}

int wafer_poll_wait(struct wafer *w, struct wafer_poll *poll, uint32_t first_ms, const char *subject)
{
    const struct wafer_config *config = w->config;
    uint32_t limit = config->wait_timeout_ms > 0 ? config->wait_timeout_ms : WAFER_WAIT_TOTAL_MS;
    uint32_t passed = milliseconds(w) - poll->start_ms;
    uint32_t ms = wafer_retry_poll_ms(w, poll->attempt, first_ms);
    poll->attempt++;
    if (passed >= limit || ms >= limit - passed || ms >= wafer_deadline_left(&w->deadline, config->port)) {
        return wafer_fail(w, WAFER_E_TIMEOUT, subject);
    }
    wafer_notify_value(w, WAFER_EVENT_WAIT, subject, NULL, (int32_t)ms);
    return wafer_wait(w, ms);
}
