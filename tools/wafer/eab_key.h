/* The MAC key that binds an account to a customer of the CA (RFC 8555 7.3.4), from a file. */
#ifndef TOOL_EAB_KEY_H
#define TOOL_EAB_KEY_H

#include <stdint.h>
#include "exit_status.h"
#include "options.h"

struct eab_key {
    const char *kid; /* NULL: no binding is asked for */
    uint8_t octets[128];
    size_t len;
};

/* Reads what --eab-kid and --eab-key-file say. Complains. The key is wiped when the process ends, so it must be
 * static. */
enum status eab_key_read(struct eab_key *key, const struct options *options);

#endif
