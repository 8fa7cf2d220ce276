#include "acme/wait.h"
#include "base/backoff.h"
#include "crypto/drbg.h"
#include "acme/report.h"

#define SLICE_MS 1000 /* the port's idle is called at least this often */
#define SETTLE_MS 40  /* CAs fetch an answer from several places at once */

/* One slice of waiting. Returns how many answers were fetched in it. */
static int wait_slice(struct wafer *w, uint32_t ms)
{
    const struct wafer_solver *solver = w->config->solver;
    const struct wafer_port *port = w->config->port;
    int rc = port->idle == NULL ? 0 : port->idle(port->ctx);
    if (rc < 0) {
        return rc;
    }
    if (solver != NULL && solver->serve != NULL && w->order.presented > 0) {
        return solver->serve(solver->ctx, ms);
    }
    return port->wait(port->ctx, NULL, 0, ms);
}

int wafer_wait(struct wafer *w, uint32_t ms)
{
    const struct wafer_port *port = w->config->port;
    uint32_t start = port->monotonic_ms(port->ctx);
    uint32_t passed = 0;
    int fetched = w->order.fetched;
    w->order.fetched = 0;
    if (fetched > 0 && ms > SETTLE_MS) {
        ms = SETTLE_MS;
    }
    do {
        uint32_t left = ms - passed;
        int rc = wait_slice(w, left < SLICE_MS ? left : SLICE_MS);
        if (rc < 0) {
            return wafer_fail(w, rc, NULL);
        }
        if (rc > 0) { /* go on only until the CA is quiet */
            fetched += rc;
            start = port->monotonic_ms(port->ctx);
            ms = SETTLE_MS;
        }
        passed = port->monotonic_ms(port->ctx) - start;
    } while (passed < ms);
    if (fetched > 0) {
        wafer_tell_value(w, WAFER_EVENT_FETCHED, NULL, NULL, fetched);
    }
    return fetched;
}

void wafer_patience_init(struct wafer *w, struct wafer_patience *patience)
{
    patience->start_ms = w->config->port->monotonic_ms(w->config->port->ctx);
    patience->attempt = 0;
}

int wafer_patience_wait(struct wafer *w, struct wafer_patience *patience, uint32_t first_ms, const char *subject)
{
    uint32_t passed = w->config->port->monotonic_ms(w->config->port->ctx) - patience->start_ms;
    int32_t asked = w->session.response.retry_after;
    uint32_t ms = first_ms;
    if (patience->attempt > 0) {
        ms = wafer_backoff_poll_ms(patience->attempt - 1, wafer_drbg_uint32(&w->drbg));
    }
    patience->attempt++;
    if (asked > 0) {
        ms = asked > WAFER_WAIT_TOTAL_MS / 1000 ? WAFER_WAIT_TOTAL_MS : (uint32_t)asked * 1000;
    }
    if (passed + ms >= WAFER_WAIT_TOTAL_MS) {
        return wafer_fail(w, WAFER_E_TIMEOUT, subject);
    }
    wafer_tell_value(w, WAFER_EVENT_WAIT, subject, NULL, (int32_t)ms);
    return wafer_wait(w, ms);
}
