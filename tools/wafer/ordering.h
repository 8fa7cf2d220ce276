/* What issue and renew share: settings checked against names, an order, and what is
 * said about it. */
#ifndef TOOL_ORDERING_H
#define TOOL_ORDERING_H

#include "certificate.h"
#include "client.h"
#include "settings.h"
#include "state.h"

/* What is said of a certificate that nothing went wrong with. */
enum outcome { OUTCOME_ISSUED, OUTCOME_PLANNED, OUTCOME_NOT_DUE, OUTCOME_WAITING, OUTCOME_COUNT };

/* One certificate after the other; too large for the stack of a small system. */
struct ordering {
    struct state state;
    struct settings settings;
    struct names names;         /* of the certificate that is wanted */
    struct certificate present; /* the one that the store has */
    enum status restored;       /* what putting live/ right gave */
    bool changed;               /* files in live/ were put right, at least */
    unsigned told[OUTCOME_COUNT]; /* how often this was said */
};

/* Opens the state directory and puts live/ right; a dry run only reads. That a file cannot
 * be written keeps nobody from ordering: `restored` tells. `use` is STATE_WRITE or STATE_CHANGE. */
enum status ordering_open(struct ordering *ordering, const struct options *options, enum state_use use);

/* What to end with, after all orders, that had this status. */
enum status ordering_end(const struct ordering *ordering, const struct options *options, enum status status);

/* Makes the settings, and sees that they suit the names; with --csr they come from the
 * request. Complains. */
enum status ordering_prepare(struct ordering *ordering, const struct options *options,
                             const struct wafer_port *port);

/* Keeps the options with what the store has of these names, if it has anything: renewals go by them from now
 * on, whatever becomes of this order. Complains. */
enum status ordering_keep_options(struct ordering *ordering);

/* Asks the CA for the time, where this device's clock is not set, and judges the present
 * certificate by it. Complains. */
enum status ordering_learn_time(struct ordering *ordering);

/* Orders, keeps the options, writes the PEM files and tells; or tells that nothing is due, by the time that the
 * CA has told. */
enum status ordering_run(struct ordering *ordering, enum client_patience patience);

/* Whether one of the CAs of the settings has this directory. */
bool ordering_has_ca(const struct ordering *ordering, const char *directory);

/* Tells what would be ordered (--dry-run). */
void ordering_tell_plan(struct ordering *ordering);

/* Tells that the present certificate will do. `prefix` begins what is said of it; `verb` is
 * what --force does. */
void ordering_tell_not_due(struct ordering *ordering, const char *prefix, const char *verb);

/* Tells that it is due, or not issued yet, and until when it waits nevertheless. */
void ordering_tell_waiting(struct ordering *ordering);

#endif
