/* wafer issue: a certificate for the names that are given. */
#include <string.h>
#include "client.h"
#include "commands.h"
#include "console.h"
#include "ordering.h"

static struct ordering ordering;

/* Whether an option has the value that the present certificate was ordered with. */
static bool is_as_ordered(const struct options *options, enum option_id id, const char *ordered)
{
    const char *text = option_text(options, id);
    return strcmp(text != NULL ? text : "", ordered) == 0;
}

/* Whether what is asked for is there, due or not. */
static bool is_there(const struct options *options)
{
    const struct csr_file *csr = ordering.settings.csr.len > 0 ? &ordering.settings.csr : NULL;
    int slot = certificate_find(&ordering.state, ordering.names.list[0]);
    if (slot < 0) {
        return false;
    }
    bool loaded = certificate_load(&ordering.state, (uint8_t)slot, client_time(), &ordering.present);
    return loaded && names_equal(&ordering.names, &ordering.present.names) && ordering_has_ca(&ordering, ordering.present.directory) &&
           certificate_has_key_of(&ordering.state, &ordering.present, csr) &&
           is_as_ordered(options, OPTION_PROFILE, ordering.present.profile) &&
           is_as_ordered(options, OPTION_PREFERRED_CHAIN, ordering.present.chain);
}

/* Sees whether there is nothing to do: what is asked for is there, and valid, or too young to be
 * replaced; says so. Where this device's clock is not set, the CA is asked for the time. */
static enum status look(const struct options *options, bool *done)
{
    enum status status = STATUS_DONE;
    *done = false;
    if (option_on(options, OPTION_FORCE) || !is_there(options)) {
        return STATUS_DONE;
    }
    if (ordering.present.state == CERTIFICATE_UNKNOWN_TIME && !option_on(options, OPTION_DRY_RUN)) {
        status = ordering_learn_time(&ordering);
    }
    if (status == STATUS_DONE && ordering.present.state == CERTIFICATE_VALID) {
        *done = true;
        ordering_tell_not_due(&ordering, "nothing to do, ", "issues it");
    } else if (status == STATUS_DONE && ordering.present.young) {
        ordering_tell_waiting(&ordering);
        status = STATUS_LATER;
    }
    return status;
}

/* Orders what is asked for, unless it is there. */
static enum status issue_unless_there(const struct options *options)
{
    bool done;
    enum status status = look(options, &done);
    if (status != STATUS_DONE || done) {
        return status;
    }
    if (option_on(options, OPTION_DRY_RUN)) {
        ordering_tell_plan(&ordering);
        return STATUS_DONE;
    }
    return ordering_run(&ordering, option_on(options, OPTION_FORCE) ? CLIENT_INSISTS : CLIENT_TRIES);
}

static enum status issue(const struct options *options)
{
    enum status kept = STATUS_DONE, status = ordering_open(&ordering, options, STATE_WRITE);
    if (status != STATUS_DONE) {
        return status;
    }
    if (!option_on(options, OPTION_DRY_RUN)) {
        kept = ordering_keep_options(&ordering);
    }
    status = issue_unless_there(options);
    return ordering_end(&ordering, options, status_worse(status, kept));
}

enum status command_issue(const struct options *options, char *const *operands, size_t count)
{
    const struct wafer_port *port = client_port();
    if (port == NULL) {
        return STATUS_FAILED;
    }
    if (count == 0 && option_text(options, OPTION_CSR) == NULL) {
        complain("issue needs a NAME, or --csr: `wafer issue --help` tells more");
        return STATUS_USAGE;
    }
    if (!names_take(&ordering.names, operands, count)) {
        return STATUS_USAGE;
    }
    enum status status = ordering_prepare(&ordering, options, port);
    return status == STATUS_DONE ? issue(options) : status;
}
