#include <string.h>
#include "cas.h"
#include "client.h"
#include "commands.h"
#include "export.h"

/* Too large for the stack of a small system; one order is under way at a time. */
static struct state state;
static struct plan plan;
static struct cert present;
static struct names names;
static struct options merged;

/* Says what the certificate is now. */
static void tell_certificate(const char *event, const struct cert *cert, int64_t now)
{
    char until[TIME_TEXT_MAX], left[TIME_TEXT_MAX], renewal[TIME_TEXT_MAX];
    cert_json(event, cert);
    note("%s: valid until %s (%s), renewal from %s", cert->names.list[0], time_text(cert->not_after, until),
         duration_text(cert->not_after - now, left), time_text(cert->renewal, renewal));
    note("  %s/{%scert,chain,fullchain}.pem", cert->live, plan.csr.len > 0 ? "" : "privkey,");
}

/* Orders, exports and tells. */
static enum status order(const struct names *wanted, bool insist)
{
    bool changed;
    enum status status = client_order(&state, &plan, wanted, insist);
    if (status != STATUS_DONE) {
        return status;
    }
    int slot = cert_find(&state, wanted->list[0]);
    if (slot < 0 || !cert_load(&state, (uint8_t)slot, client_time(), &present)) {
        complain("%s: issued, but not found in the store: %s; run `wafer store check`", wanted->list[0],
                 slot < 0 ? wafer_error_text(slot) : "it cannot be read");
        return STATUS_FAILED;
    }
    status = export_certificate(&state, (uint8_t)slot, false, &changed);
    tell_certificate("issued", &present, client_time() > 0 ? client_time() : present.not_before);
    return status;
}

static void tell_plan(const struct names *wanted)
{
    struct out *out = &out_stdout;
    json_begin("would-issue");
    json_text("name", wanted->list[0]);
    json_list("names");
    for (size_t i = 0; i < wanted->count; i++) {
        json_item(wanted->list[i]);
    }
    json_list_end();
    json_text("directory", plan.urls[0]);
    json_end();
    if (console.json || console.quiet) {
        return;
    }
    out_format(out, "%s: would order a certificate from %s (", wanted->list[0], ca_name(plan.urls[0]));
    plan_describe(&plan, out);
    out_format(out, ")");
    for (size_t i = 1; i < wanted->count; i++) {
        out_format(out, "%s%s", i == 1 ? ", also for " : ", ", wanted->list[i]);
    }
    for (size_t i = 1; i < plan.url_count; i++) {
        out_format(out, "%s%s", i == 1 ? "; if that fails, from " : ", ", ca_name(plan.urls[i]));
    }
    out_format(out, "\n");
    out_flush(out);
}

static void tell_not_due(const char *why)
{
    char until[TIME_TEXT_MAX], renewal[TIME_TEXT_MAX];
    cert_json("not-due", &present);
    note("%s: %svalid until %s, renewal from %s; --force %s it now", present.names.list[0], why,
         time_text(present.not_after, until), time_text(present.renewal, renewal),
         why[0] != 0 ? "issues" : "renews");
}

/* Whether the present certificate is from one of the plan's CAs. */
static bool is_from_plan(void)
{
    for (size_t i = 0; i < plan.url_count; i++) {
        if (strcmp(plan.urls[i], present.directory) == 0) {
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
    int slot = cert_find(&state, names.list[0]);
    return slot >= 0 && !option_on(options, OPTION_FORCE) &&
           cert_load(&state, (uint8_t)slot, client_time(), &present) && present.state == CERT_VALID &&
           names_equal(&names, &present.names) && is_from_plan() &&
           is_as_ordered(options, OPTION_PROFILE, present.profile) &&
           is_as_ordered(options, OPTION_PREFERRED_CHAIN, present.chain);
}

/* With --csr the names are those of the request; names given beside it must be the same. */
static bool take_csr_names(const struct options *options)
{
    static struct names asked;
    if (plan.csr.len == 0) {
        return true;
    }
    if (!csr_names(&plan.csr, option_text(options, OPTION_CSR), &asked)) {
        return false;
    }
    if (names.count > 0 && !names_equal(&names, &asked)) {
        complain("%s: --csr %s asks for other names; leave the names away, or make the request for them",
                 names.list[0], option_text(options, OPTION_CSR));
        return false;
    }
    names_copy(&names, &asked);
    return true;
}

static enum status prepare(const struct options *options, const struct wafer_port *port)
{
    enum status status = plan_make(&plan, options, port);
    if (status == STATUS_DONE && !take_csr_names(options)) {
        return STATUS_USAGE;
    }
    return status == STATUS_DONE && !plan_can_prove(&plan, &names) ? STATUS_USAGE : status;
}

enum status command_issue(const struct options *options, char *const *operands, size_t count)
{
    const struct wafer_port *port = client_port();
    bool dry_run = option_on(options, OPTION_DRY_RUN);
    if (port == NULL) {
        return STATUS_FAILED;
    }
    if (count == 0 && option_text(options, OPTION_CSR) == NULL) {
        complain("issue needs a NAME, or --csr: `wafer issue --help` tells more");
        return STATUS_USAGE;
    }
    if (!names_take(&names, operands, count)) {
        return STATUS_USAGE;
    }
    enum status status = prepare(options, port);
    if (status == STATUS_DONE) {
        status = state_open(&state, option_text(options, OPTION_STATE), dry_run ? STATE_READ : STATE_WRITE);
    }
    if (status != STATUS_DONE) {
        return status;
    }
    if (!dry_run) {
        status = export_heal(&state);
    }
    if (is_done(options)) {
        tell_not_due("nothing to do, ");
    } else if (dry_run) {
        tell_plan(&names);
    } else {
        status = status_worse(order(&names, true), status);
    }
    return status;
}

/* --- renew --- */

/* The options of this run over those that the certificate was issued with. */
static enum status merge_options(const struct options *options, uint8_t slot)
{
    static char kept[OPTION_MEMORY_MAX];
    struct wafer_value record;
    uint32_t len = 0;
    int n = 0, rc = wafer_store_find(&state.store, WAFER_KIND_OPTIONS, slot, 0, &record);
    merged = *options;
    while (rc == 0 && len < sizeof kept &&
           (n = wafer_store_read(&state.store, &record, len, kept + len, sizeof kept - len)) > 0) {
        len += (uint32_t)n;
    }
    if (n < 0 || (rc < 0 && rc != WAFER_E_NOT_FOUND)) {
        complain("%s: the options it was issued with cannot be read: %s; issue it again with `wafer issue`",
                 present.names.list[0], wafer_error_text(n < 0 ? n : rc));
        return STATUS_FAILED;
    }
    options_recall(&merged, kept, len);
    return STATUS_DONE;
}

/* Whether the schedule after failures lets it wait; says so. */
static bool is_waiting(const struct options *options, int64_t now)
{
    char when[TIME_TEXT_MAX];
    if (present.next_try <= now || option_on(options, OPTION_FORCE)) {
        return false;
    }
    cert_json("waiting", &present);
    note("%s: is due, but an earlier failure asks to wait until %s; --force tries at once",
         present.names.list[0], time_text(present.next_try, when));
    return true;
}

static enum status renew(const struct options *options, const struct wafer_port *port, uint8_t slot)
{
    int64_t now = client_time();
    if (!cert_load(&state, slot, now, &present)) {
        return STATUS_FAILED;
    }
    bool due = present.state != CERT_VALID || option_on(options, OPTION_FORCE);
    if (present.state == CERT_UNKNOWN_TIME && !option_on(options, OPTION_FORCE)) {
        complain("%s: this device's clock is not set, so nobody knows whether it is due; set the clock, or "
                 "use --force",
                 present.names.list[0]);
        return STATUS_LATER;
    }
    if (!due) {
        tell_not_due("");
        return STATUS_DONE;
    }
    if (is_waiting(options, now)) {
        return STATUS_LATER;
    }
    names_copy(&names, &present.names);
    enum status status = merge_options(options, slot);
    if (status == STATUS_DONE) {
        status = prepare(&merged, port);
        status = status == STATUS_USAGE ? STATUS_FAILED : status; /* it is what was remembered */
    }
    if (status == STATUS_DONE && option_on(options, OPTION_DRY_RUN)) {
        tell_plan(&names);
        return STATUS_DONE;
    }
    return status == STATUS_DONE ? order(&names, option_on(options, OPTION_FORCE)) : status;
}

static enum status renew_named(const struct options *options, const struct wafer_port *port,
                               char *const *operands, size_t count)
{
    enum status status = STATUS_DONE;
    static struct names wanted;
    if (!names_take(&wanted, operands, count)) {
        return STATUS_USAGE;
    }
    for (size_t i = 0; i < wanted.count && !client_cancelled(); i++) {
        int slot = cert_find(&state, wanted.list[i]);
        if (slot < 0) {
            complain("%s: no certificate has this first name; `wafer status` lists them", wanted.list[i]);
            status = status_worse(status, STATUS_FAILED);
        } else {
            status = status_worse(status, renew(options, port, (uint8_t)slot));
        }
    }
    return status;
}

enum status command_renew(const struct options *options, char *const *operands, size_t count)
{
    const struct wafer_port *port = client_port();
    bool dry_run = option_on(options, OPTION_DRY_RUN);
    struct wafer_value record;
    int slot = -1;
    if (port == NULL) {
        return STATUS_FAILED;
    }
    enum status status =
        state_open(&state, option_text(options, OPTION_STATE), dry_run ? STATE_READ : STATE_WRITE);
    if (status != STATUS_DONE) {
        return status;
    }
    if (!dry_run) {
        status = export_heal(&state);
    }
    if (count > 0) {
        return status_worse(status, renew_named(options, port, operands, count));
    }
    while (!state.empty && !client_cancelled() &&
           (slot = wafer_store_next(&state.store, WAFER_KIND_CERT, slot, &record)) >= 0) {
        status = status_worse(status, renew(options, port, (uint8_t)slot));
    }
    if (slot < 0 && present.names.count == 0) {
        note("no certificates in %s; `wafer issue NAME` gets one", state.store_path);
    }
    return status;
}
