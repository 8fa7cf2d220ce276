/* The library's client in this process: port, signals, one order after the other. */
#ifndef TOOL_CLIENT_H
#define TOOL_CLIENT_H

#include "certs.h"
#include "plan.h"
#include "state.h"

/* Makes the port and takes over SIGINT and SIGTERM: the first one cancels what is under
 * way, a second one kills. Returns NULL after a complaint. */
const struct wafer_port *client_port(void);

/* Whether a signal asked to stop. */
bool client_cancelled(void);

/* The time, 0 when this device's clock is not set. */
int64_t client_time(void);

/* Orders one certificate from the plan's CAs, in order, until one gives it. `insist`:
 * also when an earlier failure asks to wait. Complains about each failure. */
enum status client_order(struct state *state, const struct plan *plan, const struct names *names,
                         bool insist);

#endif
