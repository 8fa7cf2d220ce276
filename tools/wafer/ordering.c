/* Orders one certificate, for issue and renew. */
#include "ordering.h"

#include <string.h>
#include "ca.h"
#include "calendar.h"
#include "console.h"
#include "json.h"
#include "kept.h"
#include "live.h"

enum status ordering_open(struct ordering *ordering, const struct options *options, enum state_use use)
{
    struct state *state = &ordering->state;
    bool dry_run = option_on(options, OPTION_DRY_RUN);
    enum state_use now = dry_run ? STATE_READ : use;
    enum status status = use == STATE_WRITE ? state_open(state, option_text(options, OPTION_STATE), now)
                                            : state_open_present(state, options, now);
    if (status != STATUS_DONE || dry_run || state->empty) {
        return status;
    }
    ordering->restored = live_restore(state, client_time(), &ordering->changed);
    return STATUS_DONE;
}

enum status ordering_end(const struct ordering *ordering, const struct options *options, enum status status)
{
    status = status_worse(status, ordering->restored);
    bool changed =
        ordering->changed || ordering->told[OUTCOME_ISSUED] > 0 || ordering->told[OUTCOME_PLANNED] > 0;
    bool nothing = status == STATUS_DONE && !changed;
    return nothing && option_on(options, OPTION_EXIT_CODE) ? STATUS_NOTHING : status;
}

enum status ordering_keep_options(struct ordering *ordering)
{
    const char *name = ordering->names.list[0];
    int slot = certificate_find_any(&ordering->state, name);
    return slot < 0 ? STATUS_DONE : kept_write(&ordering->state, (uint8_t)slot, &ordering->settings, name);
}

/* With --csr the names are those of the request; names given beside it must be the same. */
static bool take_csr_names(struct ordering *ordering, const char *path)
{
    static struct names asked;
    if (ordering->settings.csr.len == 0) {
        return true;
    }
    if (!csr_file_names(&ordering->settings.csr, path, &asked)) {
        return false;
    }
    if (ordering->names.count > 0 && !names_equal(&ordering->names, &asked)) {
        complain("%s: --csr %s asks for other names; leave the names away, or make the request for them",
                 ordering->names.list[0], path);
        return false;
    }
    names_copy(&ordering->names, &asked);
    return true;
}

enum status ordering_prepare(struct ordering *ordering, const struct options *options,
                             const struct wafer_port *port)
{
    enum status status = settings_make(&ordering->settings, options, port);
    if (status != STATUS_DONE) {
        return status;
    }
    if (!take_csr_names(ordering, option_text(options, OPTION_CSR))) {
        return STATUS_USAGE;
    }
    return challenge_can_prove(&ordering->settings.challenge, &ordering->names) ? STATUS_DONE : STATUS_USAGE;
}

bool ordering_has_ca(const struct ordering *ordering, const char *directory)
{
    const struct settings *settings = &ordering->settings;
    for (size_t i = 0; i < settings->url_count; i++) {
        if (strcmp(settings->urls[i], directory) == 0) {
            return true;
        }
    }
    return false;
}

/* Says what the certificate is now. */
static void tell_issued(struct ordering *ordering)
{
    const struct certificate *cert = &ordering->present;
    int64_t now = client_time() > 0 ? client_time() : cert->not_before;
    char until[TIME_TEXT_MAX], left[TIME_TEXT_MAX], renewal[TIME_TEXT_MAX];
    ordering->told[OUTCOME_ISSUED]++;
    certificate_json("issued", cert);
    note("%s: valid until %s (%s), renewal from %s", cert->names.list[0], time_text(cert->not_after, until),
         duration_text(cert->not_after - now, left), time_text(cert->renewal, renewal));
    note("  %s/{%scert,chain,fullchain}.pem", cert->live, ordering->settings.csr.len > 0 ? "" : "privkey,");
}

/* Reads the present certificate again, by the time that the CA has told. */
static enum status reload(struct ordering *ordering)
{
    bool loaded =
        certificate_load(&ordering->state, ordering->present.slot, client_time(), &ordering->present);
    return loaded ? STATUS_DONE : STATUS_FAILED;
}

enum status ordering_learn_time(struct ordering *ordering)
{
    enum status status =
        client_learn_time(&ordering->state, &ordering->settings, ordering->present.names.list[0]);
    return status == STATUS_DONE ? reload(ordering) : status;
}

enum status ordering_run(struct ordering *ordering, enum client_patience patience)
{
    struct state *state = &ordering->state;
    const char *name = ordering->names.list[0];
    const struct settings *settings = &ordering->settings;
    bool issued, changed;
    if (!challenge_can_listen(&settings->challenge, settings->options, settings->port)) {
        return STATUS_FAILED;
    }
    enum status status = client_order(state, &ordering->settings, &ordering->names, patience, &issued);
    if (status != STATUS_DONE) {
        enum status kept = ordering_keep_options(ordering); /* there may be something only now */
        return status_worse(status, kept);
    }
    if (!issued) {
        status = reload(ordering);
        ordering_tell_not_due(ordering, "nothing to do, ", "orders another");
        return status;
    }
    int slot = certificate_find(state, name);
    bool loaded = slot >= 0 && certificate_load(state, (uint8_t)slot, client_time(), &ordering->present);
    if (!loaded) {
        complain("%s: issued, but not found in the store: %s; run `wafer store check`", name,
                 slot < 0 ? wafer_error_text(slot) : "it cannot be read");
        return STATUS_FAILED;
    }
    status = live_update(state, (uint8_t)slot, &changed);
    if (status == STATUS_DONE) {
        tell_issued(ordering);
    }
    return status;
}

static void tell_plan_to_person(const struct ordering *ordering)
{
    struct output *out = &standard_output;
    const struct settings *settings = &ordering->settings;
    const struct names *names = &ordering->names;
    output_format(out, "%s: would order a certificate from %s (", names->list[0], ca_name(settings->urls[0]));
    challenge_describe(&settings->challenge, settings->options, out);
    output_format(out, ")");
    for (size_t i = 1; i < names->count; i++) {
        output_format(out, "%s%s", i == 1 ? ", also for " : ", ", names->list[i]);
    }
    for (size_t i = 1; i < settings->url_count; i++) {
        output_format(out, "%s%s", i == 1 ? "; if that fails, from " : ", ", ca_name(settings->urls[i]));
    }
    output_format(out, "\n");
    output_flush(out);
}

void ordering_tell_plan(struct ordering *ordering)
{
    ordering->told[OUTCOME_PLANNED]++;
    json_begin("would-issue");
    json_text("name", ordering->names.list[0]);
    json_list("names", ordering->names.list, ordering->names.count);
    json_text("directory", ordering->settings.urls[0]);
    json_end();
    if (console_has_reader()) {
        tell_plan_to_person(ordering);
    }
}

void ordering_tell_not_due(struct ordering *ordering, const char *prefix, const char *verb)
{
    const struct certificate *cert = &ordering->present;
    char until[TIME_TEXT_MAX], renewal[TIME_TEXT_MAX];
    ordering->told[OUTCOME_NOT_DUE]++;
    certificate_json("not-due", cert);
    note("%s: %svalid until %s, renewal from %s; --force %s now", cert->names.list[0], prefix,
         time_text(cert->not_after, until), time_text(cert->renewal, renewal), verb);
}

void ordering_tell_waiting(struct ordering *ordering)
{
    const struct certificate *cert = &ordering->present;
    char when[TIME_TEXT_MAX];
    ordering->told[OUTCOME_WAITING]++;
    certificate_json("waiting", cert);
    note("%s: is %s, but %s until %s; --force tries at once", cert->names.list[0],
         cert->state == CERTIFICATE_PENDING ? "not issued yet" : "due",
         cert->young ? "was issued less than an hour ago, and waits" : "an earlier failure asks to wait",
         time_text(cert->next_try, when));
}
