/* From options to what the library takes: struct wafer_config and struct wafer_request. */
#ifndef TOOL_SETTINGS_H
#define TOOL_SETTINGS_H

#include "challenge.h"
#include "csr_file.h"
#include "eab_key.h"

struct settings {
    const struct options *options;
    const struct wafer_port *port;
    const char *urls[OPTION_LIST_MAX]; /* directories of the CAs, in order */
    size_t url_count;
    struct wafer_anchors anchors;
    char contact[200];
    const char *contacts[1];
    size_t contact_count;
    struct wafer_eab bindings[OPTION_LIST_MAX]; /* one for each CA */
    struct csr_file csr; /* len 0: wafer makes the key */
    struct wafer_csr imported;
    struct wafer_preferred_chain chain;
    struct challenge challenge;
    char kept[OPTION_MEMORY_MAX]; /* the options as they are kept with the certificate */
    size_t kept_len;
};

/* Checks all options that an order uses and the files that they name. Complains about
 * the first bad one. Touches neither store nor network. Returns STATUS_DONE or the exit
 * status. The settings keep pointers into `options`. */
enum status settings_make(struct settings *settings, const struct options *options,
                          const struct wafer_port *port);

/* The library's configuration for CA number `ca`; store and events are the caller's. */
struct wafer_config settings_config(const struct settings *settings, size_t ca);

/* A certificate for the names, as the options say. Complains. */
enum status settings_request(struct settings *settings, const struct names *names,
                             struct wafer_request *request);

#endif
