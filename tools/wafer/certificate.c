/* Reads certificates, and orders that are to become some, out of the store. */
#include "certificate.h"

#include <string.h>
#include "ca.h"
#include "console.h"
#include "json.h"
#include "live.h"
#include "wafer/csr.h"

int certificate_find(struct state *state, const char *name)
{
    return state->empty ? WAFER_E_NOT_FOUND : wafer_certificate_find(&state->store, name);
}

/* What tells of a certificate: itself, or else what an issuance that is not done has left. */
static const enum wafer_kind kinds[] = {WAFER_KIND_CERT, WAFER_KIND_ORDER, WAFER_KIND_SCHEDULE};
#define KINDS (sizeof kinds / sizeof kinds[0])

int certificate_next(struct state *state, int slot)
{
    struct wafer_value value;
    int next = WAFER_E_NOT_FOUND;
    for (size_t i = 0; i < KINDS && !state->empty; i++) {
        int found = wafer_store_next(&state->store, kinds[i], slot, &value);
        if (found >= 0 && (next < 0 || found < next)) {
            next = found;
        }
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

/* Whether the slot's first name is `name`. What cannot be read has another. */
static bool has_first_name(struct state *state, uint8_t slot, const char *name)
{
    struct wafer_certificate certificate;
    char first[NAME_SIZE];
    int rc = open_any(state, slot, &certificate);
    if (rc < 0) {
        return false;
    }
    rc = names_read(&state->store, &certificate, 0, first);
    return rc >= 0 && strcmp(first, name) == 0;
}

int certificate_find_any(struct state *state, const char *name)
{
    int slot = -1;
    while ((slot = certificate_next(state, slot)) >= 0) {
        if (has_first_name(state, (uint8_t)slot, name)) {
            return slot;
        }
    }
    return WAFER_E_NOT_FOUND;
}

enum status certificate_unknown(const char *name)
{
    complain("%s: no certificate has this first name; `wafer status` lists them", name);
    return STATUS_FAILED;
}

static enum certificate_state judge(const struct certificate *cert, int64_t now)
{
    if (now == 0) {
        return CERTIFICATE_UNKNOWN_TIME;
    }
    if (now < cert->not_before) {
        return CERTIFICATE_FUTURE;
    }
    if (now > cert->not_after) {
        return CERTIFICATE_EXPIRED;
    }
    return now >= cert->renewal ? CERTIFICATE_DUE : CERTIFICATE_VALID;
}

/* One that is due already may have to wait until it is an hour old. */
static void take_rest(struct certificate *cert, int64_t rest)
{
    bool due = cert->state == CERTIFICATE_DUE || cert->state == CERTIFICATE_EXPIRED;
    if (due && rest > cert->next_try) {
        cert->next_try = rest;
        cert->young = true;
    }
}

static int load_names(struct state *state, const struct wafer_certificate *certificate, struct names *names)
{
    char name[NAME_SIZE];
    names->count = 0;
    for (unsigned i = 0;; i++) {
        int rc = names_read(&state->store, certificate, i, name);
        if (rc == WAFER_E_NOT_FOUND) {
            return i > 0 ? 0 : WAFER_E_DAMAGED;
        }
        if (rc < 0) {
            return rc;
        }
        if (!names_add(names, name)) {
            return WAFER_E_SPACE;
        }
    }
}

static int load_texts(struct state *state, const struct wafer_certificate *certificate,
                      struct certificate *cert)
{
    int rc = wafer_certificate_text(&state->store, certificate, WAFER_CERTIFICATE_DIRECTORY, cert->directory,
                                    sizeof cert->directory);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_certificate_text(&state->store, certificate, WAFER_CERTIFICATE_PROFILE, cert->profile,
                                sizeof cert->profile);
    if (rc < 0) {
        return rc;
    }
    return wafer_certificate_text(&state->store, certificate, WAFER_CERTIFICATE_CHAIN, cert->chain,
                                  sizeof cert->chain);
}

static int load(struct state *state, int64_t now, struct certificate *cert)
{
    struct wafer_certificate certificate;
    char link[NAME_SIZE];
    int rc = open_any(state, cert->slot, &certificate);
    if (rc < 0) {
        return rc;
    }
    rc = load_names(state, &certificate, &cert->names);
    if (rc < 0) {
        return rc;
    }
    rc = load_texts(state, &certificate, cert);
    if (rc < 0) {
        return rc;
    }
    cert->next_try = wafer_certificate_wait(&state->store, &certificate, now);
    if (certificate.sequence == 0) {
        cert->state = CERTIFICATE_PENDING;
        return 0;
    }
    cert->own_key = certificate.key.length > 0;
    cert->not_before = certificate.not_before;
    cert->not_after = certificate.not_after;
    cert->renewal = wafer_certificate_renewal(&certificate, now > 0 ? now : WAFER_E_CLOCK);
    cert->state = judge(cert, now);
    take_rest(cert, wafer_certificate_rest(&certificate, now));
    live_link_name(cert->names.list[0], link, sizeof link);
    (void)text_format(cert->live, sizeof cert->live, "%s/live/%s", state->path, link);
    return 0;
}

bool certificate_load(struct state *state, uint8_t slot, int64_t now, struct certificate *cert)
{
    memset(cert, 0, sizeof *cert);
    cert->slot = slot;
    int rc = load(state, now, cert);
    if (rc < 0) {
        complain("certificate %u of %s: %s; `wafer store check` shows more", slot, state->store_path,
                 wafer_error_text(rc));
    }
    return rc == 0;
}

bool certificate_has_key_of(struct state *state, const struct certificate *cert, const struct csr_file *csr)
{
    static uint8_t der[8192];
    struct wafer_certificate certificate;
    struct wafer_csr request;
    uint32_t offset = 0;
    if (cert->own_key || csr == NULL) {
        return cert->own_key == (csr == NULL);
    }
    int rc = wafer_certificate_open(&state->store, cert->slot, &certificate);
    int len = rc < 0 ? rc : wafer_certificate_der(&state->store, &certificate, &offset, der, sizeof der);
    rc = len < 0 ? len : wafer_csr_open(&request, csr->der, csr->len);
    return rc < 0 || wafer_csr_fits(&request, der, (size_t)len) != 0;
}

const char *certificate_state_text(enum certificate_state state)
{
    static const char *const texts[] = {
        [CERTIFICATE_VALID] = "valid",           [CERTIFICATE_DUE] = "due",
        [CERTIFICATE_EXPIRED] = "expired",       [CERTIFICATE_FUTURE] = "not yet valid",
        [CERTIFICATE_UNKNOWN_TIME] = "no clock", [CERTIFICATE_PENDING] = "pending",
    };
    return texts[state];
}

void certificate_json(const char *event, const struct certificate *cert)
{
    json_begin(event);
    json_text("name", cert->names.list[0]);
    json_list("names", cert->names.list, cert->names.count);
    json_text("state", certificate_state_text(cert->state));
    json_text("ca", ca_name(cert->directory));
    json_text("directory", cert->directory);
    json_time("not_before", cert->not_before);
    json_time("not_after", cert->not_after);
    json_time("renewal", cert->renewal);
    json_time("next_try", cert->next_try);
    if (cert->state != CERTIFICATE_PENDING) {
        json_text("live", cert->live);
    }
    json_text("files", cert->files);
    json_end();
}
