/* From options to what the library takes: CAs, roots, contact, account binding, solver. */
#ifndef TOOL_PLAN_H
#define TOOL_PLAN_H

#include "console.h"
#include "csrfile.h"
#include "names.h"
#include "wafer/wafer.h"
#include "webroot.h"

struct plan {
    const struct options *options;
    const struct wafer_port *port;
    const char *urls[OPTION_CAS_MAX]; /* directories of the CAs, in order */
    size_t url_count;
    struct wafer_anchors anchors;
    char contact[200];
    const char *contacts[1];
    size_t contact_count;
    uint8_t eab_key[128];
    size_t eab_key_len;
    struct csr csr; /* len 0: wafer makes the key */
    char listen_text[64];
    const char *listen_address; /* NULL: every address */
    uint16_t listen_port;
    struct wafer_http01 responder;
    struct wafer_webroot webroot;
    struct wafer_solver solver;
    bool has_solver;
};

/* Checks all options that an order uses and the files that they name. Complains about
 * the first bad one. Touches neither store nor network. Returns STATUS_DONE or the exit
 * status. The plan keeps pointers into `options`. */
enum status plan_make(struct plan *plan, const struct options *options, const struct wafer_port *port);

/* Whether the challenge type can prove the names; complains. */
bool plan_can_prove(const struct plan *plan, const struct names *names);

/* Fills the library's configuration for CA number `ca`. */
void plan_config(const struct plan *plan, size_t ca, struct wafer_config *config);

/* What the plan does, for a person: "http-01, standalone on port 80". */
void plan_describe(const struct plan *plan, struct out *out);

#endif
