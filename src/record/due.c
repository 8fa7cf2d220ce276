/* What is to be done for a request, by what the store has: the first question of a firmware. */
#include <string.h>
#include "record/lineage.h"
#include "record/renewal.h"
#include "wafer/wafer.h"

/* Opens the certificate of a slot. Returns whether there is one for exactly the request's
 * names, or a negative error. One that cannot be read (damage) is none. */
static int find_certificate(struct wafer_store *store, const struct wafer_request *request, uint8_t slot,
                            struct wafer_certificate *certificate)
{
    int rc = wafer_certificate_open(store, slot, certificate);
    if (rc == WAFER_E_NOT_FOUND || rc == WAFER_E_DAMAGED) {
        certificate->sequence = 0;
        return 0;
    }
    if (rc < 0) {
        return rc;
    }
    return wafer_lineage_has_names(store, &certificate->info, request->names, request->name_count);
}

/* What there is to do with the certificate that is there, but for earlier failures. */
static enum wafer_due_state judge(struct wafer_due *due, int64_t now)
{
    const struct wafer_certificate *c = &due->certificate;
    if (now < 0) {
        return WAFER_DUE_CLOCK;
    }
    if (!wafer_certificate_is_due(c, now)) {
        due->when = wafer_certificate_renewal(c, now);
        return WAFER_DUE_VALID;
    }
    due->when = wafer_certificate_rest(c, now);
    return due->when != 0 ? WAFER_DUE_BACKOFF : WAFER_DUE_RENEWAL;
}

int wafer_due(struct wafer_store *store, const struct wafer_request *request, int64_t now, struct wafer_due *due)
{
    memset(due, 0, sizeof *due);
    if (request->name_count == 0) {
        return WAFER_E_ARGUMENT;
    }
    int slot = wafer_lineage_slot(store, request->names[0]);
    if (slot == WAFER_E_NOT_FOUND) {
        due->state = WAFER_DUE_MISSING;
        return 1;
    }
    if (slot < 0) {
        return slot;
    }
    int rc = find_certificate(store, request, (uint8_t)slot, &due->certificate);
    if (rc < 0) {
        return rc;
    }
    due->state = rc > 0 ? judge(due, now) : WAFER_DUE_MISSING;
    if (due->state == WAFER_DUE_VALID || due->state == WAFER_DUE_CLOCK) {
        return 0;
    }
    int64_t wait = wafer_certificate_wait(store, &due->certificate, now);
    if (wait > due->when) {
        due->when = wait;
    }
    if (due->when == 0) {
        return 1;
    }
    due->state = WAFER_DUE_BACKOFF;
    return 0;
}
