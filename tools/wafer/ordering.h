/* What issue and renew share: settings checked against names, an order, and what is
 * said about it. */
#ifndef TOOL_ORDERING_H
#define TOOL_ORDERING_H

#include "certificate.h"
#include "client.h"
#include "settings.h"
#include "state.h"

/* One certificate after the other; too large for the stack of a small system. */
struct ordering {
    struct state state;
    struct settings settings;
    struct names names;         /* of the certificate that is wanted */
    struct certificate present; /* the one that the store has */
    enum status restored;       /* what putting live/ right gave */
};

/* Opens the state directory and puts live/ right; a dry run only reads. That a file cannot
 * be written keeps nobody from ordering: `restored` tells. */
enum status ordering_open(struct ordering *ordering, const struct options *options);

/* Makes the settings, and sees that they suit the names; with --csr they come from the
 * request. Complains. */
enum status ordering_prepare(struct ordering *ordering, const struct options *options,
                             const struct wafer_port *port);

/* Asks the CA for the time, where this device's clock is not set, and judges the present
 * certificate by it. Complains. */
enum status ordering_learn_time(struct ordering *ordering);

/* Orders, writes the PEM files and tells; or tells that nothing is due, by the time that the
 * CA has told. */
enum status ordering_run(struct ordering *ordering, enum client_patience patience);

/* Tells what would be ordered (--dry-run). */
void ordering_tell_plan(const struct ordering *ordering);

/* Tells that the present certificate will do. `prefix` begins what is said of it; `verb` is
 * what --force does. */
void ordering_tell_not_due(const struct ordering *ordering, const char *prefix, const char *verb);

/* Tells that it is due, and until when it waits nevertheless. */
void ordering_tell_waiting(const struct ordering *ordering);

#endif
