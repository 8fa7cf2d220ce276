/* PEM files for servers: live/NAME is a symbolic link to a directory with privkey.pem,
 * cert.pem, chain.pem and fullchain.pem. A new certificate gets a new directory, and one
 * rename switches the link: a server never sees a key and a chain that do not match. */
#ifndef TOOL_EXPORT_H
#define TOOL_EXPORT_H

#include "state.h"

/* Brings live/ of one certificate in line with the store. Complains. *changed tells
 * whether there was something to do, which is said when `restoring`. */
enum status export_certificate(struct state *state, uint8_t slot, bool restoring, bool *changed);

/* The same for all of the store: a crash may have come between store and live/. */
enum status export_heal(struct state *state);

/* The name of the link below live/: "*.a" becomes "_.a". */
void export_link_name(const char *name, char *link, size_t size);

#endif
