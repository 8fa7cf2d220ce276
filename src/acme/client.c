#include <string.h>
#include "acme/account.h"
#include "acme/authorize.h"
#include "base/backoff.h"
#include "acme/chain.h"
#include "base/clock.h"
#include "acme/directory.h"
#include "crypto/drbg.h"
#include "record/fields.h"
#include "net/http.h"
#include "record/lineage.h"
#include "acme/order.h"
#include "acme/report.h"
#include "base/url.h"
#include "wafer/name.h"
#include "base/wipe.h"

int wafer_init_with(struct wafer *w, const struct wafer_config *config, uint32_t fingerprint)
{
    if (fingerprint != wafer_fingerprint()) {
        return WAFER_E_KNOBS; /* *w has another size than it has here */
    }
    memset(w, 0, sizeof *w);
    w->config = config;
    wafer_http_init(&w->http);
    wafer_forgive(w);
    if (config->port == NULL || config->store == NULL || config->directory == NULL ||
        strlen(config->directory) >= WAFER_URL_MAX) {
        return WAFER_E_ARGUMENT;
    }
    wafer_clock_init(&w->clock, config->port);
    wafer_lineage_raise_clock(w);
    return wafer_drbg_init(&w->drbg, config->port);
}

static int check_request(struct wafer *w, const struct wafer_request *request)
{
    uint8_t address[16];
    wafer_step(w, WAFER_STEP_START, request->name_count > 0 ? request->names[0] : NULL, NULL);
    if (request->name_count == 0) {
        return wafer_fail(w, WAFER_E_ARGUMENT, "no names");
    }
    for (size_t i = 0; i < request->name_count; i++) {
        const char *name = request->names[i];
        if (wafer_ip_parse(name, strlen(name), address) < 0 && wafer_name_check(name) != WAFER_NAME_OK) {
            return wafer_fail(w, WAFER_E_ARGUMENT, name);
        }
    }
    int slot = wafer_lineage_slot(w->config->store, request->names[0]);
    if (slot == WAFER_E_NOT_FOUND) {
        slot = wafer_lineage_free_slot(w->config->store);
    }
    if (slot < 0) {
        return wafer_fail(w, slot, "the certificate's place in the store");
    }
    w->order.slot = (uint8_t)slot;
    return 0;
}

/* Whether an earlier failure asks to wait still. Says so only when the time is
 * known: a device without a clock asks again when the CA has told it. */
static int check_schedule(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_store *store = w->config->store;
    struct wafer_record record;
    uint8_t none;
    int64_t now;
    if (wafer_clock_now(&w->clock, &now) < 0 ||
        wafer_store_find(store, WAFER_KIND_SCHEDULE, w->order.slot, 0, &record) < 0 ||
        !wafer_field_equals(store, &record, WAFER_FIELD_DIRECTORY, 0, w->config->directory)) {
        return 0;
    }
    int64_t next = wafer_field_get_number(store, &record, WAFER_FIELD_NEXT_TRY);
    bool told = wafer_field_get(store, &record, WAFER_FIELD_TOLD, 0, &none, 0) >= 0;
    if (next <= now || (told ? request->ignore_rate_limit : request->ignore_schedule)) {
        return 0;
    }
    w->last.retry_after = next - now > INT32_MAX ? INT32_MAX : (int32_t)(next - now);
    w->last.action = told ? WAFER_ACTION_LATER : WAFER_ACTION_NONE;
    return wafer_fail(w, told ? WAFER_E_RATE_LIMITED : WAFER_E_TOO_EARLY, request->names[0]);
}

/* Errors after which nothing is scheduled: the CA was not asked in vain. */
static bool is_unscheduled(int error)
{
    static const int8_t errors[] = {
        WAFER_E_ARGUMENT, WAFER_E_CANCELLED, WAFER_E_TOO_EARLY, WAFER_E_ENTROPY, WAFER_E_TERMS, WAFER_E_FLASH,
        WAFER_E_STORE_FULL, WAFER_E_DAMAGED, WAFER_E_LOCKED, WAFER_E_ADDRESS_IN_USE,
        WAFER_E_ADDRESS_DENIED, WAFER_E_WORN,
    };
    return memchr(errors, (uint8_t)error, sizeof errors) != NULL;
}

/* Persists when to try again, so that a reboot does not reset the schedule; an order
 * that can't go on is forgotten. The error that led here stays the one reported. */
static void record_failure(struct wafer *w, const struct wafer_request *request, int error)
{
    struct wafer_store *store = w->config->store;
    struct wafer_last *last = &w->last;
    struct wafer_record record;
    uint32_t failures = 1;
    bool order_ended = error == WAFER_E_VALIDATION || error == WAFER_E_ORDER || error == WAFER_E_CHAIN ||
                       last->problem == WAFER_PROBLEM_BAD_CSR || last->problem == WAFER_PROBLEM_BAD_PUBLIC_KEY;
    if (is_unscheduled(error) || (error == WAFER_E_RATE_LIMITED && last->http_status == 0)) {
        return;
    }
    if (wafer_store_find(store, WAFER_KIND_SCHEDULE, w->order.slot, 0, &record) == 0) {
        failures += (uint32_t)wafer_field_get_number(store, &record, WAFER_FIELD_FAILURES);
    }
    int32_t wait = (int32_t)wafer_backoff_schedule_s(failures, wafer_drbg_uint32(&w->drbg));
    if (last->retry_after >= 0 && (last->action == WAFER_ACTION_LATER || last->retry_after > wait)) {
        wait = last->retry_after;
    }
    int rc = wafer_store_begin(store);
    if (rc == 0) {
        wafer_record_begin(store, WAFER_KIND_SCHEDULE, w->order.slot);
        wafer_lineage_describe(w, request);
        wafer_field_put_number(store, WAFER_FIELD_FAILURES, failures);
        wafer_field_put_number(store, WAFER_FIELD_NEXT_TRY, wafer_now(w) + wait);
        if (last->action == WAFER_ACTION_LATER) {
            wafer_field_put(store, WAFER_FIELD_TOLD, NULL, 0);
        }
        if (order_ended) {
            wafer_record_delete(store, WAFER_KIND_ORDER, w->order.slot);
        }
        rc = wafer_store_commit(store);
    }
    if (rc < 0) {
        wafer_tell(w, WAFER_EVENT_WARNING, request->names[0], "the time of the next try could not be stored");
    }
}

/* RFC 8555 7.1: the flow. */
static int issue(struct wafer *w, const struct wafer_request *request)
{
    int rc;
    if ((rc = wafer_directory_open(w)) < 0 ||
        (rc = check_schedule(w, request)) < 0 ||
        (rc = wafer_account_open(w)) < 0) {
        return rc;
    }
    rc = wafer_order_open(w, request);
    if (rc < 0 && w->last.action == WAFER_ACTION_REGISTER) {
        wafer_forgive(w);
        if ((rc = wafer_account_renew(w)) == 0) {
            rc = wafer_order_open(w, request);
        }
    }
    if (rc == 0 && w->order.status == WAFER_ORDER_PENDING) {
        rc = wafer_authorize(w);
    }
    if (rc == 0) {
        rc = wafer_order_finalize(w, request);
    }
    return rc < 0 ? rc : wafer_chain_download(w, request);
}

int wafer_issue(struct wafer *w, const struct wafer_request *request)
{
    wafer_forgive(w);
    int rc = check_request(w, request);
    if (rc == 0) {
        rc = check_schedule(w, request);
    }
    if (rc == 0) {
        rc = issue(w, request);
        if (rc < 0) {
            record_failure(w, request, rc);
        }
    }
    wafer_key_wipe(&w->order.key);
    if (rc == 0) {
        wafer_step(w, WAFER_STEP_DONE, request->names[0], NULL);
    }
    return rc;
}

int64_t wafer_now(struct wafer *w)
{
    return wafer_clock_estimate(&w->clock);
}

void wafer_close(struct wafer *w)
{
    wafer_http_close(&w->http);
    wafer_wipe(&w->drbg, sizeof *w - offsetof(struct wafer, drbg));
    wafer_http_init(&w->http);
}
