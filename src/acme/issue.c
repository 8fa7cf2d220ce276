/* The flow (RFC 8555 7.1), from a request to a certificate in the store. */
#include <string.h>
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
#include "base/buf.h"
#include "base/name.h"
#include "record/lineage.h"

/* The least that a name takes of the order in the work buffer, besides itself: an identifier, a URL, and
 * their six tokens of 16 octets; and of w->order.authz: a URL and a token of 128 bits, each with its number
 * and NUL. */
#define LEAST_IDENTIFIER    (sizeof "{\"type\":\"dns\",\"value\":\"\"},\"https://h/x\"," + 6 * 16)
#define LEAST_AUTHORIZATION (sizeof "https://h/x" + 1 + 22 + 2)

/* All names in a request for the certificate, which is in the work buffer as DER and, twice in base64, signed. */
#define LARGEST_NAMES (WAFER_WORK_SIZE * 9 / 25)

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

/* Says how many names there is memory for, and which knob is in the way. */
static int fail_size(struct wafer *w, size_t fits, const char *knob)
{
    struct wafer_buf text;
    wafer_buf_init(&text, w->order.scratch, sizeof w->order.scratch);
    wafer_buf_text(&text, "more than ");
    wafer_buf_uint(&text, (uint32_t)fits);
    wafer_buf_text(&text, " names: ");
    wafer_buf_text(&text, knob);
    return wafer_fail(w, WAFER_E_SPACE, wafer_buf_string(&text));
}

/* Sees that the names fit, were the CA's URLs as short as they can be. */
static int check_size(struct wafer *w, const struct wafer_request *request)
{
    size_t order = 0, csr = 0, authz = 0;
    for (size_t i = 0; i < request->name_count; i++) {
        size_t len = strlen(request->names[i]);
        order += LEAST_IDENTIFIER + len;
        csr += len + 2; /* GeneralName */
        authz += LEAST_AUTHORIZATION;
        if (order > WAFER_WORK_SIZE || csr > LARGEST_NAMES) {
            return fail_size(w, i, "WAFER_WORK_SIZE");
        }
        if (authz > WAFER_AUTHZ_SIZE) {
            return fail_size(w, i, "WAFER_AUTHZ_SIZE");
        }
        if (i > UINT8_MAX) { /* their numbers have an octet */
            return fail_size(w, i, "no order may have more");
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

static int prove_names(struct wafer *w, const struct wafer_request *request)
{
    return w->order.status == WAFER_ORDER_PENDING ? wafer_authorize(w, request) : 0;
}

/* Proves the names and finalizes, until the CA agrees that all are proven. */
static int prove_and_finalize(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_poll poll;
    int rc = prove_names(w, request);
    wafer_poll_begin(w, &poll);
    while (rc == 0) {
        rc = wafer_finalize(w, request, &poll);
        if (rc != WAFER_NOT_READY) {
            return rc;
        }
        rc = wafer_order_poll(w, &poll, WAFER_ORDER_WITH_AUTHORIZATIONS);
        if (rc == 0) {
            rc = prove_names(w, request);
        }
    }
    return rc;
}

/* From the order, of an earlier run or new, to its certificate. */
static int obtain_certificate(struct wafer *w, const struct wafer_request *request, enum wafer_order_origin origin)
{
    int rc = wafer_order_open(w, request, origin);
    if (rc < 0) {
        return rc;
    }
    rc = prove_and_finalize(w, request);
    if (rc < 0) {
        return rc;
    }
    return wafer_chain_download(w, request);
}

/* The same, where order and account are of an earlier run and the CA knows nothing of them: each is replaced
 * once. */
static int obtain_in_spite_of_the_past(struct wafer *w, const struct wafer_request *request,
                                       enum wafer_account_state account)
{
    enum wafer_order_origin origin = WAFER_ORDER_RESUMED;
    bool asked = false;
    int rc;
    while ((rc = obtain_certificate(w, request, origin)) < 0) {
        if (wafer_order_is_lost(w, request)) {
            wafer_error_clear(w);
            wafer_notify_retry(w, WAFER_REASON_ORDER, 0);
            origin = WAFER_ORDER_NEW;
        } else if (!asked && wafer_account_may_be_gone(w, account)) {
            asked = true;
            rc = wafer_account_register_again(w);
            if (rc < 0) {
                return rc;
            }
        } else {
            return rc;
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
    rc = wafer_schedule_check(w, request, WAFER_SCHEDULE_ASKED);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_account_open(w);
    if (rc < 0) {
        return rc;
    }
    return obtain_in_spite_of_the_past(w, request, (enum wafer_account_state)rc);
}

/* What can be found wrong before anybody is asked. */
static int prepare(struct wafer *w, const struct wafer_request *request)
{
    wafer_step(w, WAFER_STEP_START, request->name_count > 0 ? request->names[0] : NULL, NULL);
    int rc = check_names(w, request);
    if (rc < 0) {
        return rc;
    }
    rc = check_size(w, request);
    if (rc < 0) {
        return rc;
    }
    rc = choose_slot(w, request);
    if (rc < 0) {
        return rc;
    }
    return wafer_schedule_check(w, request, WAFER_SCHEDULE_FIRST);
}

int wafer_issue(struct wafer *w, const struct wafer_request *request)
{
    wafer_operation_begin(w);
    w->order.origin = WAFER_ORDER_NONE;
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
