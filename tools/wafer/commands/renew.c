/* wafer renew: the certificates that are due, each with the options that it was issued with. */
#include "client.h"
#include "commands.h"
#include "console.h"
#include "ordering.h"
#include "process.h"

static struct ordering ordering;
static struct options merged;

/* Reads the options that a certificate was issued with. Returns their length or an error. */
static int read_kept(uint8_t slot, char kept[OPTION_MEMORY_MAX])
{
    struct wafer_store *store = &ordering.state.store;
    struct wafer_value value;
    uint32_t len = 0;
    int n, rc = wafer_store_find(store, WAFER_KIND_OPTIONS, slot, 0, &value);
    if (rc < 0) {
        return rc == WAFER_E_NOT_FOUND ? 0 : rc;
    }
    while ((n = wafer_store_read(store, &value, len, kept + len, OPTION_MEMORY_MAX - len)) > 0) {
        len += (uint32_t)n;
    }
    return n < 0 ? n : (int)len;
}

/* The options of this run over those that the certificate was issued with. */
static enum status merge_options(const struct options *options, uint8_t slot)
{
    static char kept[OPTION_MEMORY_MAX];
    int len = read_kept(slot, kept);
    if (len < 0) {
        complain("%s: the options it was issued with cannot be read: %s; issue it again with `wafer issue`",
                 ordering.present.names.list[0], wafer_error_text(len));
        return STATUS_FAILED;
    }
    merged = *options;
    options_recall(&merged, kept, (size_t)len);
    return STATUS_DONE;
}

/* Makes the settings that the present certificate is to be ordered with. */
static enum status prepare_again(const struct options *options, const struct wafer_port *port)
{
    names_copy(&ordering.names, &ordering.present.names);
    enum status status = merge_options(options, ordering.present.slot);
    if (status != STATUS_DONE) {
        return status;
    }
    status = ordering_prepare(&ordering, &merged, port);
    return status == STATUS_DONE ? STATUS_DONE : STATUS_FAILED; /* not a wrong use: it is what was remembered */
}

/* Orders the present certificate again. */
static enum status order_again(const struct options *options, const struct wafer_port *port)
{
    enum status status = prepare_again(options, port);
    if (status != STATUS_DONE) {
        return status;
    }
    if (option_on(options, OPTION_DRY_RUN)) {
        ordering_tell_plan(&ordering);
        return STATUS_DONE;
    }
    return ordering_run(&ordering, option_on(options, OPTION_FORCE) ? CLIENT_INSISTS : CLIENT_WAITS);
}

/* Where this device's clock is not set, the CA tells the time. */
static enum status learn_time(const struct options *options, const struct wafer_port *port)
{
    if (option_on(options, OPTION_DRY_RUN)) {
        complain("%s: this device's clock is not set, so nobody knows whether it is due; set the clock, or "
                 "use --force",
                 ordering.present.names.list[0]);
        return STATUS_LATER;
    }
    enum status status = prepare_again(options, port);
    return status == STATUS_DONE ? ordering_learn_time(&ordering) : status;
}

static enum status renew(const struct options *options, const struct wafer_port *port, uint8_t slot)
{
    if (!certificate_load(&ordering.state, slot, client_time(), &ordering.present)) {
        return STATUS_FAILED;
    }
    if (option_on(options, OPTION_FORCE)) {
        return order_again(options, port);
    }
    if (ordering.present.state == CERTIFICATE_UNKNOWN_TIME) {
        enum status status = learn_time(options, port);
        if (status != STATUS_DONE) {
            return status;
        }
    }
    if (ordering.present.state == CERTIFICATE_VALID) {
        ordering_tell_not_due(&ordering, "", "renews it");
        return STATUS_DONE;
    }
    if (ordering.present.next_try > client_time()) {
        ordering_tell_waiting(&ordering);
        return STATUS_LATER;
    }
    return order_again(options, port);
}

static enum status renew_named(const struct options *options, const struct wafer_port *port,
                               char *const *operands, size_t count)
{
    static struct names wanted;
    enum status status = STATUS_DONE;
    if (!names_take(&wanted, operands, count)) {
        return STATUS_USAGE;
    }
    for (size_t i = 0; i < wanted.count && !process_ends(); i++) {
        int slot = certificate_find(&ordering.state, wanted.list[i]);
        enum status one =
            slot < 0 ? certificate_unknown(wanted.list[i]) : renew(options, port, (uint8_t)slot);
        status = status_worse(status, one);
    }
    return status;
}

static enum status renew_all(const struct options *options, const struct wafer_port *port)
{
    struct state *state = &ordering.state;
    struct wafer_value value;
    enum status status = STATUS_DONE;
    int slot = state->empty ? -1 : wafer_store_next(&state->store, WAFER_KIND_CERT, -1, &value);
    if (slot < 0) {
        note("no certificates in %s; `wafer issue NAME` gets one", state->store_path);
    }
    while (slot >= 0 && !process_ends()) {
        status = status_worse(status, renew(options, port, (uint8_t)slot));
        slot = wafer_store_next(&state->store, WAFER_KIND_CERT, slot, &value);
    }
    return status;
}

enum status command_renew(const struct options *options, char *const *operands, size_t count)
{
    const struct wafer_port *port = client_port();
    if (port == NULL) {
        return STATUS_FAILED;
    }
    enum status status = ordering_open(&ordering, options);
    if (status != STATUS_DONE) {
        return status;
    }
    status = count > 0 ? renew_named(options, port, operands, count) : renew_all(options, port);
    return status_worse(status, ordering.restored);
}
