/* The library's client in this process: port, signals, one order after the other. */
#ifndef TOOL_CLIENT_H
#define TOOL_CLIENT_H

#include "settings.h"
#include "state.h"

/* Makes the port and takes over SIGINT and SIGTERM: the first one cancels what is under
 * way, a second one kills. Returns NULL after a complaint. */
const struct wafer_port *client_port(void);

/* Whether a signal asked to stop. */
bool client_cancelled(void);

/* The time, 0 when this device's clock is not set. */
int64_t client_time(void);

/* Whether an order heeds the wait that an earlier failure of its own asks for. */
enum client_patience { CLIENT_WAITS, CLIENT_INSISTS };

/* Orders one certificate from the CAs of the settings, in order, until one gives it.
 * Complains about each failure. */
enum status client_order(struct state *state, struct settings *settings, const struct names *names,
                         enum client_patience patience);

#endif
