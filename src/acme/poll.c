/* Waits in slices, so that a watchdog is fed, a caller can cancel, and challenges are
 * answered meanwhile. */
#include "acme/poll.h"
#include "acme/event.h"
#include "acme/last.h"
#include "acme/retry.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "net/http.h"

#define SLICE_MS      1000 /* the port's idle is called at least this often */
#define END_MS        250  /* less is left: no time for another look */
#define LAST_MS       2000 /* less is left: one look shortly before the end will do */
#define UNSEEN        3    /* doublings that a solver waits for longer which would see the CA fetch */
#define SETTLE_ROUNDS 16   /* CAs fetch an answer from several places at once */
#define REACTIONS_MAX 100  /* whoever fetches more often makes no further polls */

static uint32_t milliseconds(const struct wafer *w)
{
    const struct wafer_port *port = w->config->port;
    return port->monotonic_ms(port->ctx);
}

/* What was believed of the server when the time was not known, or long ago, is looked at again. */
static void review_connection(struct wafer *w)
{
    int64_t now;
    int rc = wafer_clock_now(&w->clock, &now);
    if (rc < 0 || !wafer_tls_is_valid_at(&w->http.tls, now)) {
        wafer_http_forget(&w->http);
    }
}

void wafer_operation_begin(struct wafer *w)
{
    const struct wafer_config *config = w->config;
    uint32_t limit = config->operation_timeout_ms;
    wafer_error_clear(w);
    review_connection(w);
    w->waited_ms = 0;
    w->clock.warned = false;
    wafer_deadline_start(&w->deadline, config->port, limit > 0 ? limit : WAFER_OPERATION_TIMEOUT_MS);
}

/* Whether the solver tells when the CA has fetched an answer. */
static bool sees_fetches(const struct wafer *w)
{
    const struct wafer_solver *solver = w->config->solver;
    return solver != NULL && solver->serve != NULL && w->order.presented > 0;
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
    uint32_t left = wafer_deadline_left(&w->deadline, port);
    if (left == 0) {
        return WAFER_E_TIMEOUT;
    }
    ms = wafer_shorter(wafer_shorter(ms, SLICE_MS), left);
    return sees_fetches(w) ? solver->serve(solver->ctx, ms) : port->wait(port->ctx, NULL, 0, ms);
}

/* Waits until `ms` have passed or, if it is to react, answers are fetched: how many. */
static int wait_for_fetch(struct wafer *w, uint32_t ms, bool reacts)
{
    uint32_t start = milliseconds(w), passed = 0;
    int fetched = 0, rc;
    do {
        rc = wait_slice(w, ms - passed);
        passed = milliseconds(w) - start;
        fetched += rc > 0 ? rc : 0;
    } while (rc >= 0 && passed < ms && !(reacts && fetched > 0));
    return rc < 0 ? rc : fetched;
}

/* The same, and then until the CA is quiet. */
static int wait_and_settle(struct wafer *w, uint32_t ms, bool reacts)
{
    int fetched = w->order.fetched; /* while it waited for an answer */
    int rc = reacts && fetched > 0 ? fetched : wait_for_fetch(w, ms, reacts);
    w->order.fetched = 0;
    fetched = rc;
    for (int round = 0; reacts && rc > 0 && round < SETTLE_ROUNDS; round++) {
        rc = wait_for_fetch(w, wafer_retry_first_ms(w), true);
        fetched += rc;
    }
    if (rc < 0) {
        return rc;
    }
    if (fetched > 0) {
        wafer_notify_value(w, WAFER_EVENT_FETCHED, NULL, NULL, fetched);
    }
    return fetched;
}

int wafer_wait(struct wafer *w, uint32_t ms)
{
    int rc = wait_for_fetch(w, ms, false);
    if (rc > 0) {
        w->order.fetched = 1;
    }
    return wafer_check(w, rc, NULL);
}

/* Milliseconds that polls may yet wait for. */
static uint32_t waits_left(const struct wafer *w)
{
    const struct wafer_config *config = w->config;
    uint32_t limit = config->wait_timeout_ms > 0 ? config->wait_timeout_ms : WAFER_WAIT_TOTAL_MS;
    uint32_t left = limit > w->waited_ms ? limit - w->waited_ms : 0;
    return wafer_shorter(left, wafer_deadline_left(&w->deadline, config->port));
}

void wafer_poll_begin(struct wafer *w, struct wafer_poll *poll)
{
    poll->attempt = sees_fetches(w) && w->order.fetched == 0 ? UNSEEN : 0;
    poll->reactions = 0;
}

/* How long to wait now. Where the time that is left is shorter, there is still a look before its end. */
static uint32_t next_wait(struct wafer *w, struct wafer_poll *poll, uint32_t left)
{
    uint32_t ms = wafer_retry_poll_ms(w, poll->attempt);
    if (poll->attempt < UINT8_MAX) {
        poll->attempt++;
    }
    if (ms < left) {
        return ms;
    }
    return left > LAST_MS ? left / 2 : left - left / 8;
}

/* One wait of a series; returns as wait_and_settle. */
static int wait_once(struct wafer *w, struct wafer_poll *poll, const char *subject)
{
    uint32_t left = waits_left(w), start = milliseconds(w);
    int32_t asked = wafer_retry_asked_s(w);
    if (left <= END_MS) {
        return WAFER_E_TIMEOUT;
    }
    if (asked >= 0) {
        wafer_notify_value(w, WAFER_EVENT_ASKED, subject, NULL, asked);
    }
    uint32_t ms = next_wait(w, poll, left);
    wafer_notify_value(w, WAFER_EVENT_WAIT, subject, NULL, (int32_t)ms);
    int rc = wait_and_settle(w, ms, poll->reactions < REACTIONS_MAX);
    w->waited_ms += milliseconds(w) - start;
    return wafer_deadline_left(&w->deadline, w->config->port) == 0 ? WAFER_E_TIMEOUT : rc;
}

int wafer_poll_wait(struct wafer *w, struct wafer_poll *poll, const char *subject)
{
    int rc = wait_once(w, poll, subject);
    if (rc > 0) {
        poll->attempt = 0; /* the CA is at it */
        poll->reactions++;
    }
    if (rc == WAFER_E_TIMEOUT) {
        w->last.retry_after = w->session.response.retry_after;
    }
    return wafer_check(w, rc, subject);
}
