/* The one client of this process. */
#include "client.h"

#include <string.h>
#include <time.h>
#include "ca.h"
#include "calendar.h"
#include "certificate.h"
#include "console.h"
#include "failure.h"
#include "hints.h"
#include "port_posix.h"
#include "process.h"
#include "progress.h"

static struct wafer client; /* static: it is large */
static struct wafer_posix posix;
static struct wafer_port port;

#define TICK 2 /* seconds: what two looks at one clock may differ by */

/* What is to be added to this device's clock to get the time that a CA told; 0: it is right, or
 * nobody has told. */
static int64_t correction;

/* Whether the CA is asked for what a message needs: no progress to show. */
static bool asks_aside;

static int idle(void *ctx)
{
    (void)ctx;
    progress_tick();
    return process_ends() ? WAFER_E_CANCELLED : 0;
}

const struct wafer_port *client_port(void)
{
    int rc = wafer_posix_port(&posix, &port);
    if (rc < 0) {
        complain("the kernel has no getrandom(2) and there is no /dev/urandom: wafer makes no key without; "
                 "mount /dev, or use a newer kernel");
        return NULL;
    }
    port.idle = idle;
    posix.look_up = wafer_posix_look_up_apart;
    process_take_end_signals();
    return &port;
}

static int64_t device_time(void)
{
    return (int64_t)time(NULL);
}

int64_t client_time(void)
{
    int64_t now = port.wall_time(port.ctx);
    if (correction != 0) {
        return device_time() + correction;
    }
    return now > 0 ? now : 0;
}

/* Takes the CA's time for the rest of this run, and says so once. */
static void correct_clock(void)
{
    static bool warned;
    char here[TIME_TEXT_MAX], there[TIME_TEXT_MAX];
    int64_t wrong_by = wafer_now(&client) - device_time();
    if (wrong_by < -TICK || wrong_by > TICK) {
        correction = wrong_by;
    }
    if (!warned) {
        warn("this device's clock says %s, the CA %s%s; set the clock", time_text(device_time(), here),
             correction != 0 ? "says " : "issued a certificate that is not valid then",
             correction != 0 ? time_text(client_time(), there) : "");
    }
    warned = true;
}

static void on_event(void *ctx, const struct wafer_event *event)
{
    bool told = event->type < WAFER_EVENT_REQUEST && asks_aside;
    if (told) {
        return;
    }
    if (event->reason == WAFER_REASON_CLOCK) {
        correct_clock();
    } else {
        progress_event(ctx, event);
    }
}

/* Prepares the client for one CA. Complains. */
static enum status open_client(struct state *state, const struct settings *settings, size_t ca)
{
    static struct wafer_config config;
    config = settings_config(settings, ca);
    config.store = &state->store;
    config.event = on_event;
    int rc = wafer_init(&client, &config);
    if (rc == WAFER_E_ENTROPY) { /* of a source that is there */
        complain("the kernel's random generator is not seeded yet, and wafer makes no key before; try again "
                 "later");
        return STATUS_LATER;
    }
    if (rc < 0) {
        complain("cannot start: %s", wafer_error_text(rc));
        return STATUS_FAILED;
    }
    return STATUS_DONE;
}

static void list_profile(void *ctx, const char *name, const char *description)
{
    struct output *list = ctx;
    (void)description;
    output_format(list, "%s%s", list->len > 0 ? ", " : "", name);
}

/* What profiles the CA offers, or NULL when it does not say. */
static const char *list_profiles(char *text, size_t size)
{
    struct output list = output_to_memory(text, size);
    asks_aside = true;
    int rc = wafer_profiles(&client, list_profile, &list);
    asks_aside = false;
    (void)output_string(&list);
    return rc < 0 ? NULL : text;
}

static enum status report(const struct settings *settings, const char *name, size_t ca)
{
    static struct wafer_last last; /* the question for the profiles forgets the client's */
    char cause[320], profiles[320];
    struct failure failure = {.name = name,
                              .directory = settings->urls[ca],
                              .options = settings->options,
                              .cause = cause,
                              .now = wafer_now(&client),
                              .device = device_time()};
    last = *wafer_last(&client);
    challenge_cause(&settings->challenge, cause, sizeof cause);
    if (hint_is_about_profile(&last, settings->options)) {
        failure.profiles = list_profiles(profiles, sizeof profiles);
    }
    return failure_report(&failure, &last);
}

/* After an operation with this result. Of a clock that is not set no event told. */
static void end_operation(int rc)
{
    if (rc == 0 && port.wall_time(port.ctx) < 0) {
        rc = wafer_learn_time(&client); /* asks nobody when the CA has told already */
    }
    progress_end();
    if ((rc == 0 || rc == WAFER_E_TOO_EARLY) && port.wall_time(port.ctx) < 0) {
        correct_clock();
    }
}

/* What to say of WAFER_E_TOO_EARLY: by the time that the CA has told nothing is due; or it is,
 * but too young to be replaced, which another CA can't help. */
static bool is_not_due(struct state *state, const char *name, bool *young)
{
    static struct certificate present;
    int slot = certificate_find(state, name);
    bool loaded = slot >= 0 && certificate_load(state, (uint8_t)slot, client_time(), &present);
    *young = loaded && present.young;
    return loaded && client_time() < present.renewal;
}

/* One attempt at one CA. *issued: there is a new certificate; *next: whether the next CA may do
 * better. */
static enum status order_from(struct state *state, const struct settings *settings, size_t ca,
                              const struct wafer_request *request, bool *issued, bool *next)
{
    bool young = false;
    *issued = *next = false;
    enum status status = open_client(state, settings, ca);
    if (status != STATUS_DONE) {
        return status;
    }
    int rc = wafer_issue(&client, request);
    end_operation(rc);
    *issued = rc == 0;
    if (eab_key_failed()) {
        status = STATUS_FAILED;
        *next = true; /* which may have its file */
    } else if (rc < 0 && (rc != WAFER_E_TOO_EARLY || !is_not_due(state, request->names[0], &young))) {
        status = report(settings, request->names[0], ca);
        *next = failure_is_of_the_ca(wafer_last(&client)) && !young;
    }
    wafer_close(&client);
    return status;
}

enum status client_order(struct state *state, struct settings *settings, const struct names *names,
                         enum client_patience patience, bool *issued)
{
    struct wafer_request request;
    *issued = false;
    enum status status = settings_request(settings, names, &request);
    if (status != STATUS_DONE) {
        return status;
    }
    request.ignore_failures = patience != CLIENT_WAITS;
    request.ignore_schedule = patience == CLIENT_INSISTS;
    enum status worst = STATUS_DONE;
    bool next = true;
    for (size_t ca = 0; ca < settings->url_count && next; ca++) {
        if (ca > 0) {
            note("trying the next CA: %s", ca_name(settings->urls[ca]));
        }
        status = order_from(state, settings, ca, &request, issued, &next);
        if (status == STATUS_DONE) {
            return STATUS_DONE;
        }
        /* One CA that may do it later is enough to try again. */
        if (worst != STATUS_LATER) {
            worst = status;
        }
    }
    return worst;
}

/* Asks one CA. Complains. */
static enum status learn_from(struct state *state, const struct settings *settings, size_t ca,
                              const char *name)
{
    enum status status = open_client(state, settings, ca);
    if (status != STATUS_DONE) {
        return status;
    }
    int rc = wafer_learn_time(&client);
    end_operation(rc);
    if (rc < 0) {
        status = report(settings, name, ca);
    }
    wafer_close(&client);
    return status;
}

enum status client_learn_time(struct state *state, const struct settings *settings, const char *name)
{
    enum status status = STATUS_DONE;
    for (size_t ca = 0; ca < settings->url_count && client_time() == 0 && !process_ends(); ca++) {
        status = learn_from(state, settings, ca, name);
    }
    return client_time() != 0 ? STATUS_DONE : status;
}
