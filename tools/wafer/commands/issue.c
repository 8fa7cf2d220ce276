/* wafer issue: a certificate for the names that are given. */
#include <string.h>
#include "client.h"
#include "commands.h"
#include "console.h"
#include "ordering.h"

static struct ordering ordering;

/* Whether the present certificate is from one of the CAs that are asked for. */
static bool is_from_a_ca_asked_for(void)
{
    for (size_t i = 0; i < ordering.settings.url_count; i++) {
        if (strcmp(ordering.settings.urls[i], ordering.present.directory) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether an option has the value that the present certificate was ordered with. */
static bool is_as_ordered(const struct options *options, enum option_id id, const char *ordered)
{
    const char *text = option_text(options, id);
    return strcmp(text != NULL ? text : "", ordered) == 0;
}

/* Whether there is nothing to do: what is asked for is there, valid and not due. */
static bool is_done(const struct options *options)
{
    int slot = certificate_find(&ordering.state, ordering.names.list[0]);
    if (slot < 0 || option_on(options, OPTION_FORCE)) {
        return false;
    }
    bool loaded = certificate_load(&ordering.state, (uint8_t)slot, client_time(), &ordering.present);
    return loaded && ordering.present.state == CERTIFICATE_VALID &&
           names_equal(&ordering.names, &ordering.present.names) && is_from_a_ca_asked_for() &&
           is_as_ordered(options, OPTION_PROFILE, ordering.present.profile) &&
           is_as_ordered(options, OPTION_PREFERRED_CHAIN, ordering.present.chain);
}

static enum status issue(const struct options *options)
{
    enum status status = ordering_open(&ordering, options);
    if (status != STATUS_DONE) {
        return status;
    }
    if (is_done(options)) {
        ordering_tell_not_due(&ordering, "nothing to do, ", "issues");
        return ordering.restored;
    }
    if (option_on(options, OPTION_DRY_RUN)) {
        ordering_tell_plan(&ordering);
        return STATUS_DONE;
    }
    status = ordering_run(&ordering, CLIENT_INSISTS);
    return status_worse(status, ordering.restored);
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
