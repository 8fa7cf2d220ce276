#include "client.h"

#include <signal.h>
#include <string.h>
#include "cas.h"
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

static void solver_cause(const struct plan *plan, char *text, size_t size)
{
    text[0] = 0;
    if (plan->webroot.failed != NULL) {
        (void)text_format(text, size, "cannot %s: %s", plan->webroot.failed,
                          strerror(plan->webroot.system_error));
    }
}

/* One attempt at one CA. *next: whether the next CA may do better. */
static enum status order_from(struct state *state, const struct plan *plan, size_t ca,
                              const struct wafer_request *request, bool *next)
{
    static struct wafer_config config;
    char cause[160];
    config = (struct wafer_config){.store = &state->store, .event = progress_event};
    plan_config(plan, ca, &config);
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
        const struct wafer_last *last = wafer_last(&client);
        struct failure failure = {request->names[0], config.directory, plan->options, cause,
                                  wafer_now(&client)};
        solver_cause(plan, cause, sizeof cause);
        status = failure_report(&failure, last);
        *next = failure_is_of_the_ca(last);
    }
    wafer_close(&client);
    return status;
}

enum status client_order(struct state *state, const struct plan *plan, const struct names *names, bool insist)
{
    char kept[OPTION_MEMORY_MAX];
    size_t kept_len;
    enum status status = STATUS_FAILED;
    if (!options_remember(plan->options, kept, sizeof kept, &kept_len)) {
        complain("the options are too long to be kept with the certificate; shorten paths or names in them");
        return STATUS_USAGE;
    }
    struct wafer_request request = {
        .names = names->list,
        .name_count = names->count,
        .profile = option_text(plan->options, OPTION_PROFILE),
        .preferred_chain = option_text(plan->options, OPTION_PREFERRED_CHAIN),
        .csr = plan->csr.len > 0 ? plan->csr.der : NULL,
        .csr_len = plan->csr.len,
        .reuse_key = option_on(plan->options, OPTION_REUSE_KEY),
        .ignore_schedule = insist,
        .ignore_rate_limit = option_on(plan->options, OPTION_FORCE),
        .options = kept,
        .options_len = kept_len,
    };
    bool next = true;
    enum status worst = STATUS_DONE;
    for (size_t ca = 0; ca < plan->url_count && next; ca++) {
        if (ca > 0) {
            note("trying the next CA: %s", ca_name(plan->urls[ca]));
        }
        status = order_from(state, plan, ca, &request, &next);
        if (status == STATUS_DONE) {
            return STATUS_DONE;
        }
        /* One CA that may do it later is enough to try again. */
        worst = worst == STATUS_LATER || status == STATUS_LATER ? STATUS_LATER : status;
    }
    return worst;
}
