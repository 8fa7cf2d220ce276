#include "failure.h"

#include <string.h>
#include "cas.h"

#define TLS_ALERT_RECEIVED 256 /* BR_ERR_RECV_FATAL_ALERT */
#define TLS_ALERT_SENT     512 /* BR_ERR_SEND_FATAL_ALERT */

/* How the sentence about an error begins. */
enum lead {
    LEAD_STEP,   /* "order: ..." */
    LEAD_SERVER, /* "the CA at HOST: ..." */
    LEAD_ANSWER, /* "the CA at HOST, order: ..." */
    LEAD_LOCAL   /* the text alone */
};

/* What to do next. In a hint, %n is the name that it is about, %h the CA's host, %s
 * the subject of the error, %p the port that standalone listens on, %t the time to
 * wait for, %c the time on this device's clock, %i the URL that the CA gave. */
static const struct error_row {
    int8_t error;
    uint8_t lead;
    const char *hint;
} errors[] = {
    {WAFER_E_RESOLVE, LEAD_SERVER,
     "check the name of the CA (--ca) and this device's DNS (/etc/resolv.conf)"},
    {WAFER_E_CONNECT, LEAD_SERVER, "check the port in --ca, and that a firewall lets this device out"},
    {WAFER_E_TIMEOUT, LEAD_SERVER, "check the network and try again; an order under way goes on then"},
    {WAFER_E_CLOSED, LEAD_SERVER, "try again; if it stays so, check that %h is an HTTPS server"},
    {WAFER_E_NETWORK, LEAD_SERVER, "check this device's network and try again"},
    {WAFER_E_TLS, LEAD_SERVER, "check that %h is an HTTPS server that offers TLS 1.2"},
    {WAFER_E_UNTRUSTED, LEAD_SERVER, "name the root of a private CA with --ca-file PEM"},
    {WAFER_E_WRONG_NAME, LEAD_SERVER, "use a name or address in --ca that the server's certificate has"},
    {WAFER_E_CERT_TIME, LEAD_SERVER,
     "check this device's clock, which says %c; else the server must renew it"},
    {WAFER_E_HTTP, LEAD_ANSWER, "check that --ca is the URL of an ACME directory"},
    {WAFER_E_HTTP_STATUS, LEAD_ANSWER,
     "check that --ca is the URL of an ACME directory, and try again later"},
    {WAFER_E_REDIRECT, LEAD_ANSWER, "give the directory's final URL with --ca"},
    {WAFER_E_TOO_LARGE, LEAD_ANSWER, "check that --ca is the URL of an ACME directory"},
    {WAFER_E_JSON, LEAD_ANSWER, "check that --ca is the URL of an ACME directory, and ask who runs the CA"},
    {WAFER_E_PROBLEM, LEAD_ANSWER, "see what the CA's documentation says about it"},
    {WAFER_E_ADDRESS_IN_USE, LEAD_LOCAL,
     "`ss -ltnp` shows which; let it serve the answers with --solver webroot:DIR, "
     "or forward port 80 to a free one and use --listen PORT"},
    {WAFER_E_ADDRESS_DENIED, LEAD_LOCAL,
     "run wafer as root or with the capability CAP_NET_BIND_SERVICE, or use "
     "--solver webroot:DIR, or check the address in --listen"},
    {WAFER_E_NO_CHALLENGE, LEAD_STEP, "http-01 proves no wildcard; order the names one by one"},
    {WAFER_E_VALIDATION, LEAD_STEP, "check that port 80 of %n reaches this device from outside"},
    {WAFER_E_ORDER, LEAD_STEP, "try again: that places a new order"},
    {WAFER_E_CHAIN, LEAD_STEP, "the present certificate stays; ask who runs the CA"},
    {WAFER_E_TERMS, LEAD_LOCAL, "read %s and add --agree-tos if you agree"},
    {WAFER_E_RATE_LIMITED, LEAD_LOCAL, "wafer renew tries again after %t"},
    {WAFER_E_TOO_EARLY, LEAD_LOCAL, "it is tried again after %t; --force tries at once"},
    {WAFER_E_CANCELLED, LEAD_LOCAL, "the same command goes on with the order"},
    {WAFER_E_ENTROPY, LEAD_LOCAL, "the kernel must have getrandom(2); no key is made without it"},
    {WAFER_E_CLOCK, LEAD_LOCAL, "set this device's clock"},
    {WAFER_E_STORE_FULL, LEAD_STEP, "`wafer store check` shows what takes the room"},
    {WAFER_E_FLASH, LEAD_STEP, "check that the disk has room and the file system can be written"},
    {WAFER_E_WORN, LEAD_STEP, "replace the flash or the disk; what the store holds can still be read"},
    {WAFER_E_DAMAGED, LEAD_STEP, "`wafer store check` shows what is damaged"},
    {WAFER_E_LOCKED, LEAD_STEP, "only the device that wrote it can read it"},
    {WAFER_E_SPACE, LEAD_STEP, "order fewer names, or build wafer with larger buffers (config.h)"},
    {WAFER_E_SOLVER, LEAD_STEP, "check that the directory in --solver webroot:DIR exists and can be written"},
    {WAFER_E_KEY, LEAD_STEP, "`wafer store check` shows what is wrong"},
    {WAFER_E_ARGUMENT, LEAD_STEP, "check the names and options"},
};

/* The same for what the CA said. */
static const struct {
    enum wafer_problem problem;
    const char *hint;
} problems[] = {
    {WAFER_PROBLEM_RATE_LIMITED, "wafer renew tries again after %t"},
    {WAFER_PROBLEM_SERVER_INTERNAL, "try again later"},
    {WAFER_PROBLEM_UNAUTHORIZED, "check the account with the CA"},
    {WAFER_PROBLEM_CONNECTION,
     "check that port 80 of %n reaches this device from outside (router, firewall)"},
    {WAFER_PROBLEM_DNS, "check that public DNS has the right A or AAAA record for %n"},
    {WAFER_PROBLEM_TLS, "check that port 80 of %n does not redirect to a broken HTTPS server"},
    {WAFER_PROBLEM_INCORRECT_RESPONSE,
     "check that %n points to this device, and the directory in --solver webroot:DIR"},
    {WAFER_PROBLEM_CAA, "allow the CA in the CAA record of %n"},
    {WAFER_PROBLEM_REJECTED_IDENTIFIER, "order without this name, or from another CA"},
    {WAFER_PROBLEM_UNSUPPORTED_IDENTIFIER,
     "order without this name, or from another CA (--ca) or profile (--profile)"},
    {WAFER_PROBLEM_BAD_CSR, "check --profile; otherwise please report this as a bug of wafer"},
    {WAFER_PROBLEM_BAD_PUBLIC_KEY, "order without --reuse-key"},
    {WAFER_PROBLEM_BAD_SIGNATURE_ALGORITHM, "use another CA: wafer signs with ES256"},
    {WAFER_PROBLEM_INVALID_PROFILE, "choose a profile that the CA offers with --profile, or leave it out"},
    {WAFER_PROBLEM_EXTERNAL_ACCOUNT_REQUIRED,
     "get EAB credentials from the CA's site, give them by --eab-kid and --eab-key-file"},
    {WAFER_PROBLEM_USER_ACTION_REQUIRED, "open %i and do what it asks for"},
    {WAFER_PROBLEM_INVALID_CONTACT, "give another address with --email"},
    {WAFER_PROBLEM_UNSUPPORTED_CONTACT, "give another address with --email, or none"},
};

/* Everything that a message is made from. */
struct context {
    const struct failure *failure;
    const struct wafer_last *last;
    const char *subject, *type, *detail;
};

static const struct error_row *find_error(int error)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (errors[i].error == error) {
            return &errors[i];
        }
    }
    return NULL;
}

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

static bool is_paused(const struct wafer_last *last)
{
    return last->problem == WAFER_PROBLEM_RATE_LIMITED && last->action == WAFER_ACTION_STOP;
}

static const char *choose_hint(const struct context *c)
{
    enum wafer_problem problem = c->last->problem;
    const struct error_row *row = find_error(c->last->error);
    if (problem == WAFER_PROBLEM_UNAUTHORIZED && is_validation(c->last)) {
        problem = WAFER_PROBLEM_INCORRECT_RESPONSE;
    }
    if (problem == WAFER_PROBLEM_UNAUTHORIZED && c->last->step == WAFER_STEP_ACCOUNT &&
        option_text(c->failure->options, OPTION_EAB_KID) != NULL) {
        return "check --eab-kid and --eab-key-file with what the CA shows";
    }
    if (c->last->error == WAFER_E_TOO_LARGE && c->last->tls_error != 0) {
        return "build wafer with a larger WAFER_TLS_BUFFER";
    }
    if (c->last->error == WAFER_E_TOO_LARGE && c->last->step > WAFER_STEP_DIRECTORY) {
        return "order fewer names in one certificate, or build wafer with a larger WAFER_WORK_SIZE";
    }
    if (is_paused(c->last)) {
        return "a person must lift the limit; see what the CA says";
    }
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        if (problems[i].problem == problem) {
            return problems[i].hint;
        }
    }
    return row != NULL ? row->hint : "please report this as a bug of wafer";
}

static void put_hint(struct out *out, const struct context *c, const char *hint)
{
    char time[TIME_TEXT_MAX];
    const struct failure *f = c->failure;
    int64_t wait = c->last->retry_after > 0 ? c->last->retry_after : 0;
    for (; *hint != 0; hint++) {
        if (*hint != '%') {
            out_bytes(out, hint, 1);
            continue;
        }
        switch (*++hint) {
        case 'n':
            out_format(out, "%s", c->subject[0] != 0 ? c->subject : f->name);
            break;
        case 's':
            out_format(out, "%s", c->subject);
            break;
        case 'h':
            out_format(out, "%s", ca_host(f->directory));
            break;
        case 'i':
            out_format(out, "%s", wafer_last_string(c->last, WAFER_LAST_INSTANCE));
            break;
        case 'c':
            out_format(out, "%s", time_text(f->now, time));
            break;
        default:
            out_format(out, "%s", wait > 0 ? time_text(f->now + wait, time) : "some time");
        }
    }
}

static void put_tls(struct out *out, int code)
{
    if (code >= TLS_ALERT_SENT) {
        out_format(out, " (TLS alert %d sent)", code - TLS_ALERT_SENT);
    } else if (code >= TLS_ALERT_RECEIVED) {
        out_format(out, " (it sent TLS alert %d)", code - TLS_ALERT_RECEIVED);
    } else if (code > 0) {
        out_format(out, " (BearSSL error %d)", code);
    }
}

static const char *step_text(enum wafer_step step)
{
    static const char *const names[] = {
#define STEP_NAME(name, text) text,
        WAFER_STEPS(STEP_NAME)
#undef STEP_NAME
    };
    return names[step];
}

/* What the CA said, as a sentence. */
static void put_problem(struct out *out, const struct context *c)
{
    const char *ca = ca_name(c->failure->directory);
    if (is_validation(c->last)) {
        out_format(out, "%s could not validate it: ", ca);
    } else {
        out_format(out, "%s refused (%s): ", ca, step_text(c->last->step));
    }
    out_format(out, "%s", c->detail[0] != 0 ? c->detail : wafer_error_text(c->last->error));
    if (c->type[0] != 0 || c->last->http_status != 0) {
        out_format(out, " (%s", short_type(c->type));
        if (c->last->http_status != 0) {
            out_format(out, "%sHTTP %d", c->type[0] != 0 ? ", " : "", c->last->http_status);
        }
        out_format(out, ")");
    }
}

/* What went wrong without a word of the CA. */
static void put_error(struct out *out, const struct context *c)
{
    const struct error_row *row = find_error(c->last->error);
    const char *text = c->last->error == WAFER_E_CANCELLED ? "cancelled" : wafer_error_text(c->last->error);
    enum lead lead = row != NULL ? (enum lead)row->lead : LEAD_STEP;
    if (lead == LEAD_SERVER) {
        out_format(out, "the CA at %s: %s", ca_host(c->failure->directory), text);
        put_tls(out, c->last->error == WAFER_E_TLS ? c->last->tls_error : 0);
    } else if (lead == LEAD_ANSWER) {
        out_format(out, "the CA at %s, %s: %s", ca_host(c->failure->directory), step_text(c->last->step),
                   text);
        if (c->last->http_status != 0) {
            out_format(out, " %d", c->last->http_status);
        }
    } else if (c->last->error == WAFER_E_ADDRESS_IN_USE || c->last->error == WAFER_E_ADDRESS_DENIED) {
        out_format(out, "--listen %s: %s", option_text(c->failure->options, OPTION_LISTEN), text);
        return;
    } else {
        out_format(out, "%s%s%s", lead == LEAD_STEP ? step_text(c->last->step) : "",
                   lead == LEAD_STEP ? ": " : "", text);
    }
    if (c->last->error == WAFER_E_SOLVER && c->failure->cause[0] != 0) {
        out_format(out, " (%s)", c->failure->cause);
        return;
    }
    bool told = c->last->error == WAFER_E_TERMS || strcmp(c->subject, c->failure->name) == 0 ||
                strcmp(c->subject, c->failure->directory) == 0;
    if (c->subject[0] != 0 && !told) {
        out_format(out, " (%s)", c->subject);
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
        out_format(&out_stderr, "  %s%s%s (%s)\n", identifier, identifier[0] != 0 ? ": " : "", detail,
                   short_type(type));
        out_flush(&out_stderr);
        json_begin("subproblem");
        json_text("name", identifier);
        json_text("type", type);
        json_text("detail", detail);
        json_end();
    }
}

static void report_json(const struct context *c, const char *text, bool temporary)
{
    const char *instance = wafer_last_string(c->last, WAFER_LAST_INSTANCE);
    json_begin("error");
    json_text("text", text);
    json_text("name", c->failure->name);
    json_text("directory", c->failure->directory);
    json_text("error", wafer_error_name(c->last->error));
    json_text("step", step_text(c->last->step));
    json_text("subject", c->subject[0] != 0 ? c->subject : NULL);
    json_text("type", c->type[0] != 0 ? c->type : NULL);
    json_text("detail", c->detail[0] != 0 ? c->detail : NULL);
    json_text("instance", instance[0] != 0 ? instance : NULL);
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
    bool temporary = wafer_last_is_temporary(last);
    char text[1500];
    struct out out = {-1, text, sizeof text - 1, 0, false};
    bool problem = c.type[0] != 0 || c.detail[0] != 0;
    out_format(&out, "%s: ", problem && is_validation(last) && c.subject[0] != 0 ? c.subject : failure->name);
    if (problem) {
        put_problem(&out, &c);
    } else {
        put_error(&out, &c);
    }
    out_format(&out, "; ");
    put_hint(&out, &c, choose_hint(&c));
    text[out.len] = 0;
    console_error(text);
    report_json(&c, text, temporary);
    report_subproblems(last);
    return temporary ? STATUS_LATER : STATUS_FAILED;
}

enum status failure_store(const char *what, const char *path, int error)
{
    const struct error_row *row = find_error(error);
    complain("cannot %s %s: %s; %s", what, path, wafer_error_text(error),
             row != NULL && row->lead == LEAD_STEP ? row->hint : "check the file");
    return STATUS_FAILED;
}

bool failure_is_of_the_ca(const struct wafer_last *last)
{
    return wafer_error_kind(last->error) != WAFER_ERROR_LOCAL && last->error != WAFER_E_CANCELLED;
}
