/* A certificate of the store, or one on its way, as the commands show it. */
#ifndef TOOL_CERTIFICATE_H
#define TOOL_CERTIFICATE_H

#include "csr_file.h"
#include "names.h"
#include "state.h"

/* PENDING: asked for and not issued yet; it has no times and no files. */
enum certificate_state {
    CERTIFICATE_VALID,
    CERTIFICATE_DUE,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_FUTURE,
    CERTIFICATE_UNKNOWN_TIME,
    CERTIFICATE_PENDING
};

struct certificate {
    uint8_t slot;
    struct names names;
    char directory[WAFER_URL_MAX];
    char profile[128], chain[128]; /* as ordered, "" when none */
    int64_t not_before, not_after;
    int64_t renewal;  /* when it is due */
    int64_t next_try; /* when the schedule allows the next try, 0: now */
    bool young;       /* that is because it is not an hour old, and not after failures */
    enum certificate_state state;
    bool own_key; /* its key is in the store */
    char live[600]; /* path of its PEM files */
    const char *files; /* how they are (live_files_text); NULL: nobody has looked */
};

/* Reads one; `now` 0: the time is not known. Complains about a damaged one. */
bool certificate_load(struct state *state, uint8_t slot, int64_t now, struct certificate *cert);

/* The smallest slot above `slot` (-1: of all) with a certificate, or one on its way; negative after the last. */
int certificate_next(struct state *state, int slot);

/* The one of them whose first name is `name`. Returns WAFER_E_NOT_FOUND or the slot. */
int certificate_find_any(struct state *state, const char *name);

/* Complains that no certificate has this first name. */
enum status certificate_unknown(const char *name);

/* The certificate whose first name is `name`. Returns WAFER_E_NOT_FOUND or the slot. */
int certificate_find(struct state *state, const char *name);

/* Whether it is for the key of a request (--csr; NULL: for one of wafer's own). What can't be read is not said to have
 * another. */
bool certificate_has_key_of(struct state *state, const struct certificate *cert, const struct csr_file *csr);

/* "valid", "due", "expired", "not yet valid", "no clock", "pending" */
const char *certificate_state_text(enum certificate_state state);

/* Writes it as a JSON object: {"event": EVENT, "name": ...}. */
void certificate_json(const char *event, const struct certificate *cert);

#endif
