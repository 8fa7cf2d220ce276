/* The library's client in this process: port, one order after the other. */
#ifndef TOOL_CLIENT_H
#define TOOL_CLIENT_H

#include "settings.h"
#include "state.h"

/* Makes the port, and has signals cancel what is under way (process.h). Returns NULL after a
 * complaint. */
const struct wafer_port *client_port(void);

/* The time, 0 when it is not known: by this device's clock, or by a CA that has told another
 * since. */
int64_t client_time(void);

/* Asks the CAs of the settings, in order, for the time when it is not known. `name`: of the
 * certificate that wants to know. Complains. */
enum status client_learn_time(struct state *state, const struct settings *settings, const char *name);

/* What an order heeds: what an earlier failure of its own asks for; not even that, for a person
 * asks; nor whether anything is due. */
enum client_patience { CLIENT_WAITS, CLIENT_TRIES, CLIENT_INSISTS };

/* Orders one certificate from the CAs of the settings, in order, until one gives it. Complains
 * about each failure. *issued: false also without a failure when the CA has told a time at
 * which nothing is due. */
enum status client_order(struct state *state, struct settings *settings, const struct names *names,
                         enum client_patience patience, bool *issued);

#endif
