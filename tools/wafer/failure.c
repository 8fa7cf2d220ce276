/* The sentences about failures: what went wrong, and what to do next. */
#include "failure.h"

#include <string.h>
#include "ca.h"
#include "calendar.h"
#include "console.h"
#include "hints.h"
#include "json.h"
#include "wafer/tls_error.h"

/* Everything that a message is made from. */
struct context {
    const struct failure *failure;
    const struct wafer_last *last;
    const char *subject, *type, *detail;
};

/* The type without the common start of its URN. */
static const char *short_type(const char *type)
{
    static const char urn[] = "urn:ietf:params:acme:error:";
    return strncmp(type, urn, sizeof urn - 1) == 0 ? type + sizeof urn - 1 : type;
}

static bool is_validation(const struct wafer_last *last)
{
    return last->error == WAFER_E_VALIDATION;
}

/* The CA's page to open, if it names one: nothing else that a browser would obey (javascript:, file:). */
static void put_page(struct output *out, const struct context *c)
{
    const char *url = wafer_last_string(c->last, WAFER_LAST_INSTANCE);
    if (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0) {
        output_format(out, "open %s", url);
    } else {
        output_format(out, "log in at %s", ca_host(c->failure->directory));
    }
}

static void put_hint(struct output *out, const struct context *c, const char *hint)
{
    char time[TIME_TEXT_MAX];
    const struct failure *f = c->failure;
    int64_t wait = c->last->retry_after > 0 ? c->last->retry_after : 0;
    for (; *hint != 0; hint++) {
        if (*hint != '%') {
            output_bytes(out, hint, 1);
            continue;
        }
        switch (*++hint) {
        case 'n': /* the name that it is about: some subjects are URLs */
            output_format(out, "%s",
                          c->subject[0] == 0 || text_contains(c->subject, "://") ? f->name : c->subject);
            break;
        case 's':
            output_format(out, "%s", c->subject);
            break;
        case 'h':
            output_format(out, "%s", ca_host(f->directory));
            break;
        case 'i':
            put_page(out, c);
            break;
        case 'p':
            output_format(out, "%s", f->profiles);
            break;
        case 'd':
            output_format(out, "%s", duration_text(wait, time));
            break;
        case 'c':
            output_format(out, "%s", time_text(f->device, time));
            break;
        default:
            output_format(out, "%s", wait > 0 ? time_text(f->now + wait, time) : "some time");
        }
    }
}

/* The number for a report, where words alone may not tell what it was. */
static void put_tls(struct output *out, const struct wafer_last *last)
{
    int code = last->tls_error;
    bool told = last->error == WAFER_E_CERT_TIME || last->error == WAFER_E_WRONG_NAME ||
                code == BR_ERR_X509_NOT_TRUSTED;
    if (code >= BR_ERR_SEND_FATAL_ALERT) {
        output_format(out, " (TLS alert %d sent)", code - BR_ERR_SEND_FATAL_ALERT);
    } else if (code >= BR_ERR_RECV_FATAL_ALERT) {
        output_format(out, " (it sent TLS alert %d)", code - BR_ERR_RECV_FATAL_ALERT);
    } else if (code > 0 && !told) {
        output_format(out, " (TLS error %d)", code);
    }
}

/* What the CA said, as a sentence. */
static void put_problem(struct output *out, const struct context *c)
{
    const char *ca = ca_name(c->failure->directory);
    if (is_validation(c->last)) {
        output_format(out, "%s could not validate it: ", ca);
    } else {
        output_format(out, "%s refused (%s): ", ca, wafer_step_text(c->last->step));
    }
    output_format(out, "%s", c->detail[0] != 0 ? c->detail : wafer_error_text(c->last->error));
    if (c->type[0] != 0 || c->last->http_status != 0) {
        output_format(out, " (%s", short_type(c->type));
        if (c->last->http_status != 0) {
            output_format(out, "%sHTTP %d", c->type[0] != 0 ? ", " : "", c->last->http_status);
        }
        output_format(out, ")");
    }
}

/* How the sentence begins, with the error's text. */
static void put_lead(struct output *out, const struct context *c, const char *text)
{
    const char *host = ca_host(c->failure->directory), *step = wafer_step_text(c->last->step);
    const char *tls = wafer_tls_text(c->last->tls_error);
    switch (hint_lead(c->last->error)) {
    case LEAD_SERVER:
        output_format(out, "the CA at %s: %s", host, tls[0] != 0 ? tls : text);
        put_tls(out, c->last);
        break;
    case LEAD_ANSWER:
        output_format(out, "the CA at %s, %s: %s", host, step, text);
        if (c->last->http_status != 0) {
            output_format(out, " %d", c->last->http_status);
        }
        break;
    case LEAD_STEP:
        output_format(out, "%s: %s", step, text);
        break;
    default:
        output_format(out, "%s", text);
    }
}

/* What went wrong without a word of the CA. */
static void put_error(struct output *out, const struct context *c)
{
    int error = c->last->error;
    const char *text = error == WAFER_E_CANCELLED ? "cancelled" : wafer_error_text(error);
    if (error == WAFER_E_ADDRESS_IN_USE || error == WAFER_E_ADDRESS_DENIED) {
        output_format(out, "--listen %s: %s", option_text(c->failure->options, OPTION_LISTEN), text);
        return;
    }
    put_lead(out, c, text);
    if (error == WAFER_E_SOLVER && c->failure->cause[0] != 0) {
        output_format(out, " (%s)", c->failure->cause);
        return;
    }
    bool told = error == WAFER_E_TERMS || strcmp(c->subject, c->failure->name) == 0 ||
                strcmp(c->subject, c->failure->directory) == 0;
    if (c->subject[0] != 0 && !told) {
        output_format(out, " (%s)", c->subject);
    }
}

static void report_subproblems(const struct wafer_last *last)
{
    for (unsigned n = WAFER_LAST_SUBPROBLEMS;; n += 3) {
        const char *identifier = wafer_last_string(last, n), *type = wafer_last_string(last, n + 1);
        const char *detail = wafer_last_string(last, n + 2);
        if (identifier[0] == 0 && type[0] == 0 && detail[0] == 0) {
            return;
        }
        output_format(&standard_error, "  %s%s%s (%s)\n", identifier, identifier[0] != 0 ? ": " : "", detail,
                      short_type(type));
        output_flush(&standard_error);
        json_begin("subproblem");
        json_text("name", identifier);
        json_text("type", type);
        json_text("detail", detail);
        json_end();
    }
}

/* A member that is left out when it is empty. */
static void json_text_if_any(const char *key, const char *text)
{
    json_text(key, text[0] != 0 ? text : NULL);
}

static void report_json(const struct context *c, const char *text, bool temporary)
{
    json_begin("error");
    json_text("text", text);
    json_text("name", c->failure->name);
    json_text("directory", c->failure->directory);
    json_text("error", wafer_error_name(c->last->error));
    json_text("step", wafer_step_text(c->last->step));
    json_text_if_any("subject", c->subject);
    json_text_if_any("type", c->type);
    json_text_if_any("detail", c->detail);
    json_text_if_any("instance", wafer_last_string(c->last, WAFER_LAST_INSTANCE));
    if (c->last->http_status != 0) {
        json_number("status", c->last->http_status);
    }
    if (c->last->retry_after >= 0) {
        json_number("retry_after", c->last->retry_after);
    }
    json_bool("temporary", temporary);
    json_end();
}

enum status failure_report(const struct failure *failure, const struct wafer_last *last)
{
    struct context c = {failure, last, wafer_last_string(last, WAFER_LAST_SUBJECT),
                        wafer_last_string(last, WAFER_LAST_TYPE), wafer_last_string(last, WAFER_LAST_DETAIL)};
    bool temporary = wafer_last_is_temporary(last) != 0;
    char text[WAFER_PROBLEM_SIZE + 1500]; /* for all that the CA says, and the words around */
    struct output out = output_to_memory(text, sizeof text);
    bool problem = c.type[0] != 0 || c.detail[0] != 0;
    output_format(&out,
                  "%s: ", problem && is_validation(last) && c.subject[0] != 0 ? c.subject : failure->name);
    if (problem) {
        put_problem(&out, &c);
    } else {
        put_error(&out, &c);
    }
    output_format(&out, "; ");
    put_hint(&out, &c, hint_after(last, failure->options, failure->profiles));
    (void)output_string(&out);
    console_error(text);
    report_json(&c, text, temporary);
    report_subproblems(last);
    return temporary ? STATUS_LATER : STATUS_FAILED;
}

enum status failure_store(const char *what, const char *path, int error)
{
    complain("cannot %s %s: %s; %s", what, path, wafer_error_text(error), hint_for_store(error));
    return STATUS_FAILED;
}

/* Terms are the CA's, though they are agreed to here: another may have none. */
bool failure_is_of_the_ca(const struct wafer_last *last)
{
    if (last->error == WAFER_E_CANCELLED) {
        return false;
    }
    return wafer_error_kind(last->error) != WAFER_ERROR_LOCAL || last->error == WAFER_E_TERMS;
}
