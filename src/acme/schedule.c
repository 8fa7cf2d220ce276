/* Keeps in the store when the next try is allowed, so that a reboot does not reset it. */
#include "acme/schedule.h"
#include "acme/event.h"
#include "acme/last.h"
#include "acme/leaf.h"
#include "acme/origin.h"
#include "acme/retry.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "record/fields.h"
#include "record/lineage.h"
#include "record/renewal.h"

#define ORDER_TRIES 3 /* runs that go on with an order in vain before it is forgotten */

/* The present certificate of the slot, sequence 0: there is none that can be read. */
static void open_present(struct wafer *w, struct wafer_certificate *present)
{
    int rc = wafer_certificate_open(w->config->store, w->order.slot, present);
    if (rc < 0) {
        present->sequence = 0;
    }
}

/* Whether it is what the request asks for. */
static bool is_what_is_asked_for(struct wafer *w, const struct wafer_request *request,
                                 const struct wafer_certificate *present)
{
    const struct wafer_preferred_chain *chain = request->preferred_chain;
    return wafer_lineage_is_for(w, request, &present->info) && wafer_leaf_may_stay(w, request, present) &&
           wafer_field_equals(w->config->store, &present->info, WAFER_FIELD_CHAIN, 0, chain == NULL ? "" : chain->root);
}

/* Until when a certificate that is there is left alone, 0: it is not. Whether it is due is the
 * caller's to say, but not by a clock that the CA has shown to be wrong. Nor by one that alone speaks
 * against a certificate that is not valid yet, when the CA was asked and does not tell the time. */
static int64_t rest_of(struct wafer *w, const struct wafer_certificate *present, int64_t now,
                       enum wafer_schedule_moment moment)
{
    if (wafer_clock_is_wrong(&w->clock) && !wafer_certificate_is_due(present, now)) {
        return wafer_certificate_renewal(present, now);
    }
    if (moment == WAFER_SCHEDULE_ASKED && !wafer_clock_is_told(&w->clock) && wafer_certificate_is_early(present, now)) {
        return present->not_before;
    }
    return wafer_certificate_rest(present, now);
}

static int fail_until(struct wafer *w, const struct wafer_request *request, int error, int64_t wait_s)
{
    w->last.retry_after = wait_s > INT32_MAX ? INT32_MAX : (int32_t)wait_s;
    return wafer_fail(w, error, request->names[0]);
}

/* Whether an earlier failure asks to wait. */
static int check_failures(struct wafer *w, const struct wafer_request *request, const struct wafer_certificate *present,
                          int64_t now)
{
    struct wafer_store *store = w->config->store;
    struct wafer_value value;
    uint8_t none;
    int rc = wafer_store_find(store, WAFER_KIND_SCHEDULE, w->order.slot, 0, &value);
    if (rc < 0 || !wafer_field_equals(store, &value, WAFER_FIELD_DIRECTORY, 0, w->config->directory)) {
        return 0;
    }
    int64_t next = wafer_certificate_wait(store, present, now);
    bool told = wafer_field_get(store, &value, WAFER_FIELD_TOLD, 0, &none, 0) >= 0;
    bool ignored = told ? request->ignore_rate_limit : request->ignore_schedule || request->ignore_failures;
    if (next == 0 || ignored) {
        return 0;
    }
    if (told) {
        w->last.action = WAFER_ACTION_LATER;
    }
    return fail_until(w, request, told ? WAFER_E_RATE_LIMITED : WAFER_E_TOO_EARLY, next - now);
}

int wafer_schedule_check(struct wafer *w, const struct wafer_request *request, enum wafer_schedule_moment moment)
{
    struct wafer_certificate present;
    int64_t now;
    open_present(w, &present);
    bool is_there = present.sequence != 0 && !request->ignore_schedule && is_what_is_asked_for(w, request, &present);
    int rc = wafer_clock_now(&w->clock, &now);
    if (rc < 0) { /* nobody can say that what is there is due */
        return is_there && moment == WAFER_SCHEDULE_ASKED ? wafer_fail(w, rc, w->config->directory) : 0;
    }
    if (is_there) {
        int64_t rest = rest_of(w, &present, now, moment);
        if (rest > now) {
            return fail_until(w, request, WAFER_E_TOO_EARLY, rest - now);
        }
    }
    return check_failures(w, request, &present, now);
}

/* Whether the CA was asked in vain. A rate limit without an answer is one of an earlier run; and without a time
 * there is none for the next try. */
static bool is_scheduled(const struct wafer *w, int error)
{
    enum wafer_error_kind kind = wafer_error_kind(error);
    return kind != WAFER_ERROR_LOCAL && kind != WAFER_ERROR_PAUSED &&
           error != WAFER_E_CLOCK && !(error == WAFER_E_RATE_LIMITED && w->last.http_status == 0);
}

static bool has_order_ended(const struct wafer *w, int error)
{
    enum wafer_problem problem = w->last.problem;
    return error == WAFER_E_VALIDATION || error == WAFER_E_ORDER || error == WAFER_E_CHAIN ||
           problem == WAFER_PROBLEM_BAD_CSR || problem == WAFER_PROBLEM_BAD_PUBLIC_KEY;
}

/* A number of the schedule that is stored, 0 without one. */
static uint32_t stored_count(struct wafer *w, enum wafer_field tag)
{
    struct wafer_store *store = w->config->store;
    struct wafer_value value;
    int rc = wafer_store_find(store, WAFER_KIND_SCHEDULE, w->order.slot, 0, &value);
    return rc < 0 ? 0 : (uint32_t)wafer_field_get_number(store, &value, tag);
}

bool wafer_schedule_is_daily(struct wafer *w)
{
    return stored_count(w, WAFER_FIELD_FAILURES) + 1 >= WAFER_BACKOFF_DAILY;
}

/* How many runs in a row went on with the stored order in vain, with this one: not one in which the CA
 * could not be reached. */
static uint32_t count_order_failures(struct wafer *w, int error)
{
    if (w->order.origin == WAFER_ORDER_NEW) {
        return 0;
    }
    bool is_one = w->order.origin == WAFER_ORDER_RESUMED && error != WAFER_E_RESOLVE && error != WAFER_E_CONNECT;
    return is_one + stored_count(w, WAFER_FIELD_ORDER_FAILURES);
}

static int store_schedule(struct wafer *w, const struct wafer_request *request, int error)
{
    struct wafer_store *store = w->config->store;
    uint32_t failures = 1 + stored_count(w, WAFER_FIELD_FAILURES), of_order = count_order_failures(w, error);
    int64_t now = wafer_clock_estimate(&w->clock);
    struct wafer_certificate present;
    open_present(w, &present);
    int32_t wait = wafer_retry_schedule_s(w, failures, wafer_longest_wait(&present, now));
    w->last.retry_after = w->last.retry_after > wait ? wait : w->last.retry_after;
    int rc = wafer_store_begin(store);
    if (rc < 0) {
        return rc;
    }
    wafer_fields_begin(store, WAFER_KIND_SCHEDULE, w->order.slot);
    wafer_lineage_describe(w, request);
    wafer_field_put_number(store, WAFER_FIELD_FAILURES, failures);
    wafer_field_put_number(store, WAFER_FIELD_NEXT_TRY, now + wait);
    if (w->last.action == WAFER_ACTION_LATER) {
        wafer_field_put(store, WAFER_FIELD_TOLD, NULL, 0);
    }
    /* A day is too long for a second try with the same order. */
    uint32_t tries = failures < WAFER_BACKOFF_DAILY ? ORDER_TRIES : 1;
    if (has_order_ended(w, error) || of_order >= tries) {
        wafer_value_delete(store, WAFER_KIND_ORDER, w->order.slot);
    } else if (of_order > 0) {
        wafer_field_put_number(store, WAFER_FIELD_ORDER_FAILURES, of_order);
    }
    return wafer_store_commit(store);
}

void wafer_schedule_failure(struct wafer *w, const struct wafer_request *request, int error)
{
    if (is_scheduled(w, error)) {
        int rc = store_schedule(w, request, error);
        if (rc < 0) {
            wafer_notify_warning(w, WAFER_REASON_SCHEDULE, request->names[0]);
        }
    }
}
