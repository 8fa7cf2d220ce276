#include "certs.h"

#include <string.h>
#include "cas.h"
#include "export.h"

int cert_find(struct state *state, const char *name)
{
    return state->empty ? WAFER_E_NOT_FOUND : wafer_certificate_find(&state->store, name);
}

/* What tells of a certificate: itself, or else what an issuance that is not done has left. */
static const enum wafer_kind kinds[] = {WAFER_KIND_CERT, WAFER_KIND_ORDER, WAFER_KIND_SCHEDULE};
#define KINDS (sizeof kinds / sizeof kinds[0])

int cert_next(struct state *state, int slot)
{
    struct wafer_value record;
    int next = WAFER_E_NOT_FOUND;
    for (size_t i = 0; i < KINDS && !state->empty; i++) {
        int found = wafer_store_next(&state->store, kinds[i], slot, &record);
        next = found >= 0 && (next < 0 || found < next) ? found : next;
    }
    return next;
}

/* Opens it, or what has its names when there is none yet: `sequence` is 0 then. */
static int open_any(struct state *state, uint8_t slot, struct wafer_certificate *certificate)
{
    int rc = wafer_certificate_open(&state->store, slot, certificate);
    for (size_t i = 1; i < KINDS && rc == WAFER_E_NOT_FOUND; i++) {
        rc = wafer_store_find(&state->store, kinds[i], slot, 0, &certificate->info);
    }
    return rc;
}

bool cert_is_known(struct state *state, const char *name)
{
    struct wafer_certificate certificate;
    char first[NAME_SIZE];
    for (int slot = -1; (slot = cert_next(state, slot)) >= 0;) {
        if (open_any(state, (uint8_t)slot, &certificate) >= 0 &&
            wafer_certificate_name(&state->store, &certificate, 0, first, sizeof first) >= 0 &&
            strcmp(first, name) == 0) {
            return true;
        }
    }
    return false;
}

static enum cert_state judge(const struct cert *cert, int64_t now)
{
    if (now == 0) {
        return CERT_UNKNOWN_TIME;
    }
    if (now < cert->not_before) {
        return CERT_FUTURE;
    }
    return now > cert->not_after ? CERT_EXPIRED : now >= cert->renewal ? CERT_DUE : CERT_VALID;
}

static int load_names(struct state *state, const struct wafer_certificate *certificate, struct names *names)
{
    char name[NAME_SIZE];
    int rc;
    names->count = 0;
    for (unsigned i = 0; (rc = wafer_certificate_name(&state->store, certificate, i, name, sizeof name)) >= 0;
         i++) {
        if (!names_add(names, name)) {
            return WAFER_E_SPACE;
        }
    }
    return rc != WAFER_E_NOT_FOUND ? rc : names->count > 0 ? 0 : WAFER_E_DAMAGED;
}

static int load_texts(struct state *state, const struct wafer_certificate *certificate, struct cert *cert)
{
    int rc = wafer_certificate_text(&state->store, certificate, WAFER_CERTIFICATE_DIRECTORY, cert->directory,
                                    sizeof cert->directory);
    if (rc >= 0) {
        rc = wafer_certificate_text(&state->store, certificate, WAFER_CERTIFICATE_PROFILE, cert->profile,
                                    sizeof cert->profile);
    }
    return rc < 0 ? rc
                  : wafer_certificate_text(&state->store, certificate, WAFER_CERTIFICATE_CHAIN, cert->chain,
                                           sizeof cert->chain);
}

bool cert_load(struct state *state, uint8_t slot, int64_t now, struct cert *cert)
{
    struct wafer_certificate certificate;
    char link[NAME_SIZE];
    memset(cert, 0, sizeof *cert);
    cert->slot = slot;
    int rc = open_any(state, slot, &certificate);
    if (rc >= 0) {
        rc = load_names(state, &certificate, &cert->names);
    }
    if (rc >= 0) {
        rc = load_texts(state, &certificate, cert);
    }
    if (rc < 0) {
        complain("certificate %u of %s: %s; `wafer store check` shows more", slot, state->store_path,
                 wafer_error_text(rc));
        return false;
    }
    cert->next_try = wafer_certificate_next_try(&state->store, slot);
    if (certificate.sequence == 0) {
        cert->state = CERT_PENDING;
        return true;
    }
    cert->not_before = certificate.not_before;
    cert->not_after = certificate.not_after;
    cert->renewal = wafer_renewal_time(certificate.not_before, certificate.not_after);
    cert->state = judge(cert, now);
    export_link_name(cert->names.list[0], link, sizeof link);
    (void)text_format(cert->live, sizeof cert->live, "%s/live/%s", state->path, link);
    return true;
}

const char *cert_state_text(enum cert_state state)
{
    static const char *const texts[] = {
        [CERT_VALID] = "valid",           [CERT_DUE] = "due",
        [CERT_EXPIRED] = "expired",       [CERT_FUTURE] = "not yet valid",
        [CERT_UNKNOWN_TIME] = "no clock", [CERT_PENDING] = "pending",
    };
    return texts[state];
}

void cert_json(const char *event, const struct cert *cert)
{
    json_begin(event);
    json_text("name", cert->names.list[0]);
    json_list("names");
    for (size_t i = 0; i < cert->names.count; i++) {
        json_item(cert->names.list[i]);
    }
    json_list_end();
    json_text("state", cert_state_text(cert->state));
    json_text("ca", ca_name(cert->directory));
    json_text("directory", cert->directory);
    json_time("not_before", cert->not_before);
    json_time("not_after", cert->not_after);
    json_time("renewal", cert->renewal);
    json_time("next_try", cert->next_try);
    if (cert->state != CERT_PENDING) {
        json_text("live", cert->live);
    }
    json_end();
}
