/* What is to be done for a request, by what the store has: the first question of a firmware. */
#include <string.h>
#include "record/lineage.h"
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

/* What there is to do, but for earlier failures. */
static enum wafer_due_state judge(struct wafer_due *due, bool is_there, int64_t now)
{
    const struct wafer_certificate *c = &due->certificate;
    if (!is_there) {
        return WAFER_DUE_MISSING;
    }
    if (now < 0) {
        return WAFER_DUE_CLOCK;
    }
    int64_t renewal = wafer_renewal_time(c->not_before, c->not_after);
    if (now >= renewal) {
        return WAFER_DUE_RENEWAL;
    }
    due->when = renewal;
    return WAFER_DUE_VALID;
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
    due->state = judge(due, rc > 0, now);
    if (due->state > WAFER_DUE_RENEWAL) {
        return 0;
    }
    int64_t next_try = wafer_certificate_next_try(store, (uint8_t)slot);
    if (now < 0 || next_try <= now) {
        return 1;
    }
    due->state = WAFER_DUE_BACKOFF;
    due->when = next_try;
    return 0;
}
