/* The MAC key that binds an account to a customer of the CA (RFC 8555 7.3.4), from a file. */
#ifndef TOOL_EAB_KEY_H
#define TOOL_EAB_KEY_H

#include "exit_status.h"
#include "options.h"
#include "wafer/wafer.h"

/* Takes what --eab-kid and --eab-key-file say for the CA with this directory URL. Complains when one is missing.
 * The file is read when an account is registered, and not before: it may be gone afterwards. `binding->kid` is
 * NULL when no binding is asked for. */
enum status eab_key_take(struct wafer_eab *binding, const struct options *options, const char *url);

/* Whether a file could not be used since this was asked last; that has been complained about. */
bool eab_key_failed(void);

#endif
