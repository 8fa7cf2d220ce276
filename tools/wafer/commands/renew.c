/* wafer renew: the certificates that are due and those not issued yet, each with the options that it was asked for with. */
#include <string.h>
#include <unistd.h>
#include "client.h"
#include "commands.h"
#include "console.h"
#include "json.h"
#include "kept.h"
#include "ordering.h"
#include "process.h"

static struct ordering ordering;
static struct options merged;
static unsigned seen; /* certificates that were looked at */

/* The options of this run over those that are kept in the slot. *differ: they are to be kept from now on. */
static enum status merge_options(const struct options *options, uint8_t slot, bool *differ)
{
    static char kept[OPTION_MEMORY_MAX], now[OPTION_MEMORY_MAX], recalled[OPTION_MEMORY_MAX];
    int len = kept_read(&ordering.state, slot, kept);
    size_t now_len;
    if (len < 0) {
        complain("%s: the options it was issued with cannot be read: %s; issue it again with `wafer issue`",
                 ordering.names.list[0], wafer_error_text(len));
        return STATUS_FAILED;
    }
    merged = *options;
    memcpy(recalled, kept, (size_t)len);
    options_recall(&merged, recalled, (size_t)len);
    bool fit = options_remember(&merged, now, sizeof now, &now_len);
    *differ = !fit || now_len != (size_t)len || memcmp(now, kept, now_len) != 0;
    return STATUS_DONE;
}

/* Makes the settings that the certificate is to be ordered with. */
static enum status prepare_again(const struct wafer_port *port)
{
    enum status status = ordering_prepare(&ordering, &merged, port);
    return status == STATUS_DONE ? STATUS_DONE : STATUS_FAILED; /* not a wrong use: it is what was remembered */
}

/* Takes the names, and the options, which are kept where they are others than before: due or not. */
static enum status take_over(const struct options *options, const struct wafer_port *port)
{
    bool differ;
    names_copy(&ordering.names, &ordering.present.names);
    enum status status = merge_options(options, ordering.present.slot, &differ);
    if (status != STATUS_DONE || !differ || option_on(options, OPTION_DRY_RUN)) {
        return status;
    }
    status = prepare_again(port);
    return status == STATUS_DONE ? ordering_keep_options(&ordering) : status;
}

/* Of a certificate that is not issued yet the CA is known, also when its options are not. */
static bool is_other_ca(void)
{
    if (ordering.present.state != CERTIFICATE_PENDING || ordering_has_ca(&ordering, ordering.present.directory)) {
        return false;
    }
    complain("%s: was asked for from %s, and not issued yet; `wafer issue` with all its names and options goes on",
             ordering.present.names.list[0], ordering.present.directory);
    return true;
}

/* Orders the present certificate again, or what is not issued yet. */
static enum status order_again(const struct options *options, const struct wafer_port *port)
{
    enum status status = prepare_again(port);
    if (status != STATUS_DONE) {
        return status;
    }
    if (is_other_ca()) {
        return STATUS_FAILED;
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
    enum status status = prepare_again(port);
    return status == STATUS_DONE ? ordering_learn_time(&ordering) : status;
}

/* Whether the certificate, which is not due, has another key than is asked for. A request that can't be read can wait until
 * it is needed. */
static enum status compare_keys(const struct wafer_port *port, bool *differ)
{
    const char *path = option_text(&merged, OPTION_CSR);
    int rc = path != NULL ? access(path, R_OK) : 0;
    *differ = path == NULL && !ordering.present.own_key;
    if (path == NULL || rc < 0) {
        return STATUS_DONE;
    }
    enum status status = prepare_again(port);
    *differ = status == STATUS_DONE &&
              !certificate_has_key_of(&ordering.state, &ordering.present, &ordering.settings.csr);
    return status;
}

/* One with time left: tells so, unless it has another key than is asked for. */
static enum status look_at_valid(const struct wafer_port *port, bool *done)
{
    bool differ;
    enum status status = compare_keys(port, &differ);
    *done = status != STATUS_DONE || !differ;
    if (status == STATUS_DONE && !differ) {
        ordering_tell_not_due(&ordering, "", "renews it");
    }
    return status;
}

/* The certificate that is loaded, by its state. */
static enum status renew_if_due(const struct options *options, const struct wafer_port *port)
{
    enum status status = STATUS_DONE;
    bool done = false;
    if (option_on(options, OPTION_FORCE)) {
        return order_again(options, port);
    }
    if (ordering.present.state == CERTIFICATE_UNKNOWN_TIME) {
        status = learn_time(options, port);
        done = status != STATUS_DONE;
    }
    if (ordering.present.state == CERTIFICATE_VALID) {
        status = look_at_valid(port, &done);
    }
    if (done) {
        return status;
    }
    if (ordering.present.next_try > client_time()) {
        ordering_tell_waiting(&ordering);
        return STATUS_LATER;
    }
    return order_again(options, port);
}

static enum status renew(const struct options *options, const struct wafer_port *port, uint8_t slot)
{
    seen++;
    if (!certificate_load(&ordering.state, slot, client_time(), &ordering.present)) {
        return STATUS_FAILED;
    }
    enum status status = take_over(options, port);
    return status == STATUS_DONE ? renew_if_due(options, port) : status;
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
        int slot = certificate_find_any(&ordering.state, wanted.list[i]);
        enum status one =
            slot < 0 ? certificate_unknown(wanted.list[i]) : renew(options, port, (uint8_t)slot);
        status = status_worse(status, one);
    }
    return status;
}

static enum status renew_all(const struct options *options, const struct wafer_port *port)
{
    struct state *state = &ordering.state;
    enum status status = STATUS_DONE;
    int slot = certificate_next(state, -1);
    if (slot < 0) {
        note("no certificates in %s; `wafer issue NAME` gets one", state->store_path);
    }
    while (slot >= 0 && !process_ends()) {
        status = status_worse(status, renew(options, port, (uint8_t)slot));
        slot = certificate_next(state, slot);
    }
    return status;
}

/* For programs: how many certificates there are of each kind. */
static void tell_summary(void)
{
    const unsigned *told = ordering.told;
    unsigned well = told[OUTCOME_ISSUED] + told[OUTCOME_PLANNED] + told[OUTCOME_NOT_DUE] + told[OUTCOME_WAITING];
    json_begin("summary");
    json_number("issued", told[OUTCOME_ISSUED]);
    json_number("would_issue", told[OUTCOME_PLANNED]);
    json_number("not_due", told[OUTCOME_NOT_DUE]);
    json_number("waiting", told[OUTCOME_WAITING]);
    json_number("failed", seen > well ? seen - well : 0);
    json_end();
}

enum status command_renew(const struct options *options, char *const *operands, size_t count)
{
    const struct wafer_port *port = client_port();
    if (port == NULL) {
        return STATUS_FAILED;
    }
    enum status status = ordering_open(&ordering, options, STATE_CHANGE);
    if (status != STATUS_DONE) {
        return status;
    }
    status = count > 0 ? renew_named(options, port, operands, count) : renew_all(options, port);
    tell_summary();
    return ordering_end(&ordering, options, status);
}
