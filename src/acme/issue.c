/* The flow (RFC 8555 7.1), from a request to a certificate in the store. */
#include "acme/account.h"
#include "acme/authorize.h"
#include "acme/chain.h"
#include "acme/directory.h"
#include "acme/event.h"
#include "acme/finalize.h"
#include "acme/last.h"
#include "acme/order.h"
#include "acme/poll.h"
#include "acme/schedule.h"
#include "base/name.h"
#include "record/lineage.h"

static int check_names(struct wafer *w, const struct wafer_request *request)
{
    uint8_t address[16];
    if (request->name_count == 0) {
        return wafer_fail(w, WAFER_E_ARGUMENT, "no names");
    }
    for (size_t i = 0; i < request->name_count; i++) {
        const char *name = request->names[i];
        bool is_ip = wafer_name_address(w->config->ip, name, address) > 0;
        if (!is_ip && wafer_name_check_dns(name) != WAFER_NAME_OK) {
            return wafer_fail(w, WAFER_E_ARGUMENT, name);
        }
    }
    return 0;
}

/* Finds the lineage's slot in the store, or a free one. */
static int choose_slot(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_store *store = w->config->store;
    int slot = wafer_lineage_slot(store, request->names[0]);
    if (slot == WAFER_E_NOT_FOUND) {
        slot = wafer_lineage_free_slot(store);
    }
    if (slot < 0) {
        return wafer_fail(w, slot, "the certificate's place in the store");
    }
    w->order.slot = (uint8_t)slot;
    return 0;
}

/* The order of this request. A CA that does not know the account any more (RFC 8555 6.7)
 * gets the same key once more. */
static int open_order(struct wafer *w, const struct wafer_request *request)
{
    int rc = wafer_order_open(w, request);
    if (rc == 0 || w->last.action != WAFER_ACTION_REGISTER) {
        return rc;
    }
    wafer_error_clear(w);
    rc = wafer_account_register_again(w);
    if (rc < 0) {
        return rc;
    }
    return wafer_order_open(w, request);
}

static int prove_names(struct wafer *w)
{
    return w->order.status == WAFER_ORDER_PENDING ? wafer_authorize(w) : 0;
}

/* Proves the names and finalizes, until the CA agrees that all are proven. */
static int prove_and_finalize(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_poll poll;
    int rc = prove_names(w);
    wafer_poll_begin(w, &poll);
    while (rc == 0) {
        rc = wafer_finalize(w, request, &poll);
        if (rc != WAFER_NOT_READY) {
            return rc;
        }
        rc = wafer_order_poll(w, &poll, WAFER_ORDER_WITH_AUTHORIZATIONS);
        if (rc == 0) {
            rc = prove_names(w);
        }
    }
    return rc;
}

static int order_certificate(struct wafer *w, const struct wafer_request *request)
{
    int rc = wafer_directory_open(w);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_schedule_check(w, request); /* again: the CA may have told the time */
    if (rc < 0) {
        return rc;
    }
    rc = wafer_account_open(w);
    if (rc < 0) {
        return rc;
    }
    rc = open_order(w, request);
    if (rc < 0) {
        return rc;
    }
    rc = prove_and_finalize(w, request);
    if (rc < 0) {
        return rc;
    }
    return wafer_chain_download(w, request);
}

/* What can be found wrong before anybody is asked. */
static int prepare(struct wafer *w, const struct wafer_request *request)
{
    wafer_step(w, WAFER_STEP_START, request->name_count > 0 ? request->names[0] : NULL, NULL);
    int rc = check_names(w, request);
    if (rc < 0) {
        return rc;
    }
    rc = choose_slot(w, request);
    if (rc < 0) {
        return rc;
    }
    return wafer_schedule_check(w, request);
}

int wafer_issue(struct wafer *w, const struct wafer_request *request)
{
    wafer_operation_begin(w);
    int rc = prepare(w, request);
    if (rc < 0) {
        return rc;
    }
    rc = order_certificate(w, request);
    wafer_key_wipe(&w->order.key);
    if (rc < 0) {
        wafer_schedule_failure(w, request, rc);
        return rc;
    }
    wafer_step(w, WAFER_STEP_DONE, request->names[0], NULL);
    return 0;
}
