/* Hints for each error of the library, and for each problem that a CA tells. */
#include "hints.h"

#include <stddef.h>
#include "wafer/tls_error.h"

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
    {WAFER_E_HANDSHAKE, LEAD_SERVER, "check that %h is an HTTPS server that offers TLS 1.2"},
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
    {WAFER_E_ENTROPY, LEAD_LOCAL,
     "the kernel's random generator gives nothing, and no key is made without it; try again later"},
    {WAFER_E_CLOCK, LEAD_LOCAL, "set this device's clock"},
    {WAFER_E_STORE_FULL, LEAD_STEP,
     "what is there can be renewed, but there is no room for more: `wafer remove NAME` forgets one, `wafer "
     "status` lists them"},
    {WAFER_E_FLASH, LEAD_STEP, "check that the disk has room and the file system can be written"},
    {WAFER_E_WORN, LEAD_STEP, "replace the flash or the disk; what the store holds can still be read"},
    {WAFER_E_DAMAGED, LEAD_STEP, "`wafer store check` shows what is damaged"},
    {WAFER_E_LOCKED, LEAD_STEP, "only the device that wrote it can read it"},
    {WAFER_E_SPACE, LEAD_STEP, "order fewer names, or build wafer with larger buffers (config.h)"},
    {WAFER_E_SOLVER, LEAD_STEP, "check that the directory in --solver webroot:DIR exists and can be written"},
    {WAFER_E_KEY, LEAD_STEP, "`wafer store check` shows what is wrong"},
    {WAFER_E_ARGUMENT, LEAD_STEP, "check the names and options"},
    {WAFER_E_SYNTAX, LEAD_ANSWER, "check the URL in --ca; else ask who runs the CA"},
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
    {WAFER_PROBLEM_BAD_CSR, "check --profile; otherwise please report this as a bug of wafer"},
    {WAFER_PROBLEM_BAD_SIGNATURE_ALGORITHM, "use another CA: wafer signs with ES256"},
    {WAFER_PROBLEM_INVALID_PROFILE, "choose a profile that the CA offers with --profile, or leave it out"},
    {WAFER_PROBLEM_EXTERNAL_ACCOUNT_REQUIRED,
     "get EAB credentials from the CA's site, give them by --eab-kid and --eab-key-file"},
    {WAFER_PROBLEM_USER_ACTION_REQUIRED, "%i and do what it asks for"},
    {WAFER_PROBLEM_INVALID_CONTACT, "give another address with --email"},
    {WAFER_PROBLEM_UNSUPPORTED_CONTACT, "give another address with --email, or none"},
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

static const char *find_problem(enum wafer_problem problem)
{
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        if (problems[i].problem == problem) {
            return problems[i].hint;
        }
    }
    return NULL;
}

enum lead hint_lead(int error)
{
    const struct error_row *row = find_error(error);
    return row != NULL ? (enum lead)row->lead : LEAD_STEP;
}

/* What the TLS engine's code asks for; "" where the error has a hint that says more. */
static const char *tls_hint(const struct wafer_last *last)
{
    bool worded = last->error == WAFER_E_TLS || last->error == WAFER_E_HANDSHAKE ||
                  (last->error == WAFER_E_UNTRUSTED && last->tls_error != BR_ERR_X509_NOT_TRUSTED);
    return worded ? wafer_tls_remedy(last->tls_error) : "";
}

static bool is_given(const struct options *options, enum option_id id)
{
    return option_text(options, id) != NULL;
}

/* What may be wrong with an account that a CA does not want, by what was given for it; or NULL. */
static const char *account_hint(const struct wafer_last *last, const struct options *options)
{
    enum wafer_problem problem = last->problem;
    bool is_bound = is_given(options, OPTION_EAB_KID);
    if (is_bound && (problem == WAFER_PROBLEM_UNAUTHORIZED || problem == WAFER_PROBLEM_SERVER_INTERNAL ||
                     problem == WAFER_PROBLEM_MALFORMED)) {
        return "check --eab-kid and --eab-key-file with what the CA shows, and try again";
    }
    if (!is_given(options, OPTION_EMAIL) &&
        (problem == WAFER_PROBLEM_MALFORMED || problem == WAFER_PROBLEM_INVALID_CONTACT ||
         problem == WAFER_PROBLEM_UNSUPPORTED_CONTACT)) {
        return "if the CA wants a contact, give one with --email";
    }
    return NULL;
}

/* What is to be done about a key or a request that the CA does not want, by whose they are; or NULL. */
static const char *key_hint(const struct wafer_last *last, const struct options *options)
{
    bool is_csr = is_given(options, OPTION_CSR);
    if (last->problem == WAFER_PROBLEM_BAD_CSR && is_csr) {
        return "make the request in --csr anew, as the CA asks for";
    }
    if (last->problem != WAFER_PROBLEM_BAD_PUBLIC_KEY) {
        return NULL;
    }
    if (is_csr) {
        return "make the request in --csr with a key that the CA takes";
    }
    return option_on(options, OPTION_REUSE_KEY) ? "order without --reuse-key"
                                                : "if this CA takes no P-256 key, make a request with one "
                                                  "that it takes, and name it with --csr";
}

/* Which name is in the way, as far as anybody has told; or NULL. */
static const char *name_hint(const struct wafer_last *last)
{
    const char *subject = wafer_last_string(last, WAFER_LAST_SUBJECT);
    if (last->error == WAFER_E_NO_CHALLENGE && subject[0] != '*') {
        return "the CA offers no http-01 for %n: have it validated with the CA and use --challenge none, or "
               "ask another CA";
    }
    if (last->problem != WAFER_PROBLEM_REJECTED_IDENTIFIER &&
        last->problem != WAFER_PROBLEM_UNSUPPORTED_IDENTIFIER) {
        return NULL;
    }
    const char *told = wafer_last_string(last, WAFER_LAST_SUBPROBLEMS);
    return told[0] != 0
               ? "order without the names below, or from another CA (--ca) or profile (--profile)"
               : "order without the name that the CA means, or from another CA (--ca) or profile (--profile)";
}

bool hint_is_about_profile(const struct wafer_last *last, const struct options *options)
{
    bool refused = last->problem == WAFER_PROBLEM_INVALID_PROFILE || last->problem == WAFER_PROBLEM_MALFORMED;
    return refused && last->step == WAFER_STEP_ORDER && is_given(options, OPTION_PROFILE);
}

/* What there is in the place of a profile that the CA does not want; or NULL. */
static const char *profile_hint(const struct wafer_last *last, const struct options *options,
                                const char *profiles)
{
    if (profiles == NULL || !hint_is_about_profile(last, options)) {
        return NULL;
    }
    return profiles[0] != 0 ? "choose with --profile what the CA offers (%p), or leave it out"
                            : "this CA has no profiles: leave --profile out";
}

/* What the tables cannot know, because it depends on more than one thing; or NULL. */
static const char *special_hint(const struct wafer_last *last, const struct options *options,
                                const char *profiles)
{
    if (last->problem == WAFER_PROBLEM_UNAUTHORIZED && last->error == WAFER_E_VALIDATION) {
        return find_problem(WAFER_PROBLEM_INCORRECT_RESPONSE);
    }
    const char *hint =
        last->step == WAFER_STEP_ACCOUNT ? account_hint(last, options) : key_hint(last, options);
    hint = hint == NULL ? profile_hint(last, options, profiles) : hint;
    hint = hint == NULL ? name_hint(last) : hint;
    if (hint != NULL) {
        return hint;
    }
    if (last->error == WAFER_E_TOO_LARGE && last->tls_error != 0) {
        return "build wafer with a larger WAFER_TLS_BUFFER";
    }
    if (last->error == WAFER_E_TOO_LARGE && last->step > WAFER_STEP_DIRECTORY) {
        return "order fewer names in one certificate, or build wafer with a larger WAFER_WORK_SIZE";
    }
    if (last->error == WAFER_E_TIMEOUT && last->retry_after > 0) {
        return "the CA asks to come back in %d; the order stays and goes on then";
    }
    if (last->problem == WAFER_PROBLEM_RATE_LIMITED && last->action == WAFER_ACTION_STOP) {
        return "a person must lift the limit; see what the CA says";
    }
    return NULL;
}

const char *hint_after(const struct wafer_last *last, const struct options *options, const char *profiles)
{
    const char *hint = special_hint(last, options, profiles);
    if (hint == NULL) {
        hint = find_problem(last->problem);
    }
    const char *of_tls = tls_hint(last);
    if (hint == NULL && of_tls[0] != 0) {
        hint = of_tls;
    }
    const struct error_row *row = find_error(last->error);
    if (hint == NULL && row != NULL) {
        hint = row->hint;
    }
    return hint != NULL ? hint : "please report this as a bug of wafer";
}

const char *hint_for_store(int error)
{
    const struct error_row *row = find_error(error);
    return row != NULL && row->lead == LEAD_STEP ? row->hint : "check the file";
}
