/* PEM files for servers: live/NAME is a symbolic link to a directory with privkey.pem,
 * cert.pem, chain.pem and fullchain.pem. A new certificate gets a new directory, and one
 * rename switches the link: a server never sees a key and a chain that do not match. */
#ifndef TOOL_LIVE_H
#define TOOL_LIVE_H

#include "state.h"

/* How the files of a certificate are, beside what the store holds. */
enum live_files {
    LIVE_CURRENT,
    LIVE_MISSING,
    LIVE_OTHER,
    LIVE_LATER /* they have a later certificate, which is valid: the store may be an older copy */
};

/* Writes the files of a certificate that was just issued, or that somebody asks for. Complains. *changed tells
 * whether there was something to do. */
enum status live_update(struct state *state, uint8_t slot, bool *changed);

/* The same for all of the store, as a crash may have come between store and live/; but what is LATER stays, with a
 * warning. Says which files it has restored; *changed tells whether there were any. `now` 0: the time is not known. */
enum status live_restore(struct state *state, int64_t now, bool *changed);

/* Only looks. */
enum live_files live_look(struct state *state, uint8_t slot, int64_t now);

/* "current", "missing", "other", "later" */
const char *live_files_text(enum live_files files);

/* Removes the files of a certificate; what is not wafer's stays, and is told. Complains. */
enum status live_remove(struct state *state, const char *name, uint8_t slot);

/* The name of the link below live/: "*.a" becomes "_.a". */
void live_link_name(const char *name, char *link, size_t size);

#endif
