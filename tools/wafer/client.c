/* The one client of this process, and the signals that cancel what it does. */
#include "client.h"

#include <signal.h>
#include <string.h>
#include "ca.h"
#include "console.h"
#include "failure.h"
#include "port_posix.h"
#include "progress.h"

static struct wafer client; /* static: it is large */
static struct wafer_posix posix;
static struct wafer_port port;
static volatile sig_atomic_t cancelled;

static void on_signal(int number)
{
    (void)number;
    cancelled = 1;
}

static int idle(void *ctx)
{
    (void)ctx;
    progress_tick();
    return cancelled ? WAFER_E_CANCELLED : 0;
}

const struct wafer_port *client_port(void)
{
    struct sigaction action;
    int rc = wafer_posix_port(&posix, &port);
    if (rc < 0) {
        complain("%s; wafer makes no key without getrandom(2): use a newer kernel", wafer_error_text(rc));
        return NULL;
    }
    port.idle = idle;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND; /* the second one kills */
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    return &port;
}

bool client_cancelled(void)
{
    return cancelled != 0;
}

int64_t client_time(void)
{
    int64_t now = port.wall_time(port.ctx);
    return now > 0 ? now : 0;
}

static enum status report(const struct settings *settings, const char *name, size_t ca)
{
    char cause[160];
    struct failure failure = {name, settings->urls[ca], settings->options, cause, wafer_now(&client)};
    challenge_cause(&settings->challenge, cause, sizeof cause);
    return failure_report(&failure, wafer_last(&client));
}

/* One attempt at one CA. *next: whether the next CA may do better. */
static enum status order_from(struct state *state, const struct settings *settings, size_t ca,
                              const struct wafer_request *request, bool *next)
{
    static struct wafer_config config;
    config = settings_config(settings, ca);
    config.store = &state->store;
    config.event = progress_event;
    *next = false;
    int rc = wafer_init(&client, &config);
    if (rc < 0) {
        complain("cannot start: %s", wafer_error_text(rc));
        return STATUS_FAILED;
    }
    enum status status = STATUS_DONE;
    rc = wafer_issue(&client, request);
    progress_end();
    if (rc < 0) {
        status = report(settings, request->names[0], ca);
        *next = failure_is_of_the_ca(wafer_last(&client));
    }
    wafer_close(&client);
    return status;
}

enum status client_order(struct state *state, struct settings *settings, const struct names *names,
                         enum client_patience patience)
{
    struct wafer_request request;
    enum status status = settings_request(settings, names, &request);
    if (status != STATUS_DONE) {
        return status;
    }
    request.ignore_schedule = patience == CLIENT_INSISTS;
    enum status worst = STATUS_DONE;
    bool next = true;
    for (size_t ca = 0; ca < settings->url_count && next; ca++) {
        if (ca > 0) {
            note("trying the next CA: %s", ca_name(settings->urls[ca]));
        }
        status = order_from(state, settings, ca, &request, &next);
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
