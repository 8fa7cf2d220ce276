/* Keeps in the store when the next try is allowed, so that a reboot does not reset it. */
#include "acme/schedule.h"
#include "acme/event.h"
#include "acme/last.h"
#include "acme/retry.h"
#include "base/clock.h"
#include "record/fields.h"
#include "record/lineage.h"

int wafer_schedule_check(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_store *store = w->config->store;
    struct wafer_value value;
    uint8_t none;
    int64_t now;
    int rc = wafer_clock_now(&w->clock, &now);
    if (rc < 0) {
        return 0;
    }
    rc = wafer_store_find(store, WAFER_KIND_SCHEDULE, w->order.slot, 0, &value);
    if (rc < 0 || !wafer_field_equals(store, &value, WAFER_FIELD_DIRECTORY, 0, w->config->directory)) {
        return 0;
    }
    int64_t next = wafer_field_get_number(store, &value, WAFER_FIELD_NEXT_TRY);
    bool told = wafer_field_get(store, &value, WAFER_FIELD_TOLD, 0, &none, 0) >= 0;
    if (next <= now || (told ? request->ignore_rate_limit : request->ignore_schedule)) {
        return 0;
    }
    w->last.retry_after = next - now > INT32_MAX ? INT32_MAX : (int32_t)(next - now);
    if (!told) {
        return wafer_fail(w, WAFER_E_TOO_EARLY, request->names[0]);
    }
    w->last.action = WAFER_ACTION_LATER;
    return wafer_fail(w, WAFER_E_RATE_LIMITED, request->names[0]);
}

/* Whether the CA was asked in vain. A rate limit without an answer is one of an earlier run. */
static bool is_scheduled(const struct wafer *w, int error)
{
    enum wafer_error_kind kind = wafer_error_kind(error);
    return kind != WAFER_ERROR_LOCAL && kind != WAFER_ERROR_PAUSED &&
           !(error == WAFER_E_RATE_LIMITED && w->last.http_status == 0);
}

static bool has_order_ended(const struct wafer *w, int error)
{
    enum wafer_problem problem = w->last.problem;
    return error == WAFER_E_VALIDATION || error == WAFER_E_ORDER || error == WAFER_E_CHAIN ||
           problem == WAFER_PROBLEM_BAD_CSR || problem == WAFER_PROBLEM_BAD_PUBLIC_KEY;
}

/* How many failures in a row there are with this one. */
static uint32_t count_failures(struct wafer *w)
{
    struct wafer_store *store = w->config->store;
    struct wafer_value value;
    int rc = wafer_store_find(store, WAFER_KIND_SCHEDULE, w->order.slot, 0, &value);
    if (rc < 0) {
        return 1;
    }
    return 1 + (uint32_t)wafer_field_get_number(store, &value, WAFER_FIELD_FAILURES);
}

static int store_schedule(struct wafer *w, const struct wafer_request *request, int error)
{
    struct wafer_store *store = w->config->store;
    uint32_t failures = count_failures(w);
    int rc = wafer_store_begin(store);
    if (rc < 0) {
        return rc;
    }
    wafer_fields_begin(store, WAFER_KIND_SCHEDULE, w->order.slot);
    wafer_lineage_describe(w, request);
    wafer_field_put_number(store, WAFER_FIELD_FAILURES, failures);
    wafer_field_put_number(store, WAFER_FIELD_NEXT_TRY, wafer_clock_estimate(&w->clock) + wafer_retry_schedule_s(w, failures));
    if (w->last.action == WAFER_ACTION_LATER) {
        wafer_field_put(store, WAFER_FIELD_TOLD, NULL, 0);
    }
    if (has_order_ended(w, error)) {
        wafer_value_delete(store, WAFER_KIND_ORDER, w->order.slot);
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
