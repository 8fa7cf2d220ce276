/* PEM files for servers: live/NAME is a symbolic link to a directory with privkey.pem,
 * cert.pem, chain.pem and fullchain.pem. A new certificate gets a new directory, and one
 * rename switches the link: a server never sees a key and a chain that do not match. */
#ifndef TOOL_LIVE_H
#define TOOL_LIVE_H

#include "state.h"

/* Brings live/ of one certificate in line with the store. Complains. *changed tells
 * whether there was something to do. */
enum status live_update(struct state *state, uint8_t slot, bool *changed);

/* The same for all of the store, as a crash may have come between store and live/. Says
 * which files it has restored; *changed tells whether there were any. */
enum status live_restore(struct state *state, bool *changed);

/* Removes the link of a certificate and what it leads to, if that is wafer's. Complains. */
enum status live_remove(struct state *state, const char *name);

/* The name of the link below live/: "*.a" becomes "_.a". */
void live_link_name(const char *name, char *link, size_t size);

#endif
