/* Reads authorizations: only what is ours of them leaves this file. */
#include "acme/authorization.h"
#include <string.h>
#include "acme/last.h"
#include "acme/problem.h"
#include "acme/session.h"
#include "base/name.h"
#include "base/text.h"

/* Whether a member is a string equal to `text`. */
static int has_member(const struct wafer_json *json, int object, const char *name, const char *text)
{
    return wafer_json_equals(json, wafer_json_member(json, object, name), text);
}

/* Whether an identifier that the CA shows is that of a name: a wildcard's is the name below it. */
static bool is_identifier_of(struct wafer *w, const char *name, const char *shown)
{
    const char *base = name[0] == '*' && shown[0] != '*' ? name + 2 : name;
    uint8_t wanted[16], given[16];
    size_t len = strlen(base);
    if (strlen(shown) == len && wafer_same_text(base, shown, len)) {
        return true;
    }
    len = wafer_name_address(w->config->ip, base, wanted);
    return len > 0 && wafer_name_address(w->config->ip, shown, given) == len &&
           memcmp(wanted, given, len) == 0;
}

/* Finds the name that an authorization is for. What the CA shows is compared and goes nowhere else. There
 * may be fewer authorizations than names (RFC 8555 7.1.3), but none for another one. */
static int match_name(struct wafer *w, const struct wafer_request *request, struct wafer_authorization *a)
{
    const struct wafer_json *json = &a->json;
    char *shown = w->order.scratch;
    int identifier = wafer_json_member(json, 0, "identifier");
    int rc =
        wafer_json_string(json, wafer_json_member(json, identifier, "value"), shown, sizeof w->order.scratch);
    if (rc < 0) {
        return wafer_fail(w, WAFER_E_JSON, "the authorization has no identifier");
    }
    for (size_t i = 0; i < request->name_count; i++) {
        if (is_identifier_of(w, request->names[i], shown)) {
            a->number = (uint8_t)i;
            a->name = request->names[i];
            return 0;
        }
    }
    return wafer_fail(w, WAFER_E_JSON, "an authorization is for none of the names that were ordered");
}

/* Among the challenges offered, which may be of any kind and have any members: the one
 * of a type; with NULL the one that has an error. */
static int find_challenge(const struct wafer_json *json, const char *type)
{
    int list = wafer_json_member(json, 0, "challenges");
    for (int c = wafer_json_first(json, list); c >= 0; c = wafer_json_next(json, list, c)) {
        if (type != NULL ? has_member(json, c, "type", type) : wafer_json_member(json, c, "error") > 0) {
            return c;
        }
    }
    return WAFER_E_NOT_FOUND;
}

int wafer_authorization_error(const struct wafer_json *json)
{
    int error = wafer_json_member(json, 0, "error");
    return error > 0 ? error : wafer_json_member(json, find_challenge(json, NULL), "error");
}

int wafer_validation_failed(struct wafer *w, const char *name, const struct wafer_json *json, int problem)
{
    struct wafer_last *last = &w->last;
    int rc = wafer_fail_problem(w, WAFER_E_VALIDATION, name, 0, json, problem);
    if (last->action != WAFER_ACTION_LATER && last->problem != WAFER_PROBLEM_CAA &&
        last->problem != WAFER_PROBLEM_USER_ACTION_REQUIRED) {
        last->action = WAFER_ACTION_BACKOFF;
    }
    return rc;
}

int wafer_challenge_failed(struct wafer *w, const struct wafer_authorization *a)
{
    return wafer_validation_failed(w, a->name, &a->json, wafer_json_member(&a->json, a->challenge, "error"));
}

int wafer_authorization_is(const struct wafer_authorization *a, const char *status)
{
    return has_member(&a->json, a->challenge, "status", status);
}

int wafer_authorization_url(struct wafer *w, const struct wafer_authorization *a)
{
    return wafer_session_copy_url(w, &a->json, wafer_json_member(&a->json, a->challenge, "url"),
                                  w->order.scratch, WAFER_URL_MAX, "the challenge's url");
}

int wafer_authorization_read(struct wafer *w, const struct wafer_request *request, const char *url,
                             struct wafer_authorization *a)
{
    const struct wafer_solver *solver = w->config->solver;
    struct wafer_json *json = &a->json;
    int rc = wafer_session_fetch(w, url, json);
    if (rc < 0) {
        return rc;
    }
    rc = match_name(w, request, a);
    if (rc < 0) {
        return rc;
    }
    a->challenge = solver == NULL ? WAFER_E_NOT_FOUND : find_challenge(json, solver->type);
    a->has_error = wafer_json_member(json, a->challenge, "error") > 0;
    a->valid = has_member(json, 0, "status", "valid");
    if (a->valid) {
        return 0;
    }
    if (!has_member(json, 0, "status", "pending") && !has_member(json, 0, "status", "processing")) {
        return wafer_validation_failed(w, a->name, json, wafer_authorization_error(json));
    }
    return wafer_authorization_is(a, "invalid") ? wafer_challenge_failed(w, a) : 0;
}
