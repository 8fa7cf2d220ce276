/* Finds, makes and registers the account; its key is committed before the CA hears of it. */
#include "acme/account.h"
#include <string.h>
#include "acme/event.h"
#include "acme/last.h"
#include "acme/session.h"
#include "format/json_writer.h"
#include "record/fields.h"

/* The first error is kept where the authorizations were, while newAccount is asked. */
typedef char authz_takes_an_error[WAFER_AUTHZ_SIZE >= sizeof(struct wafer_last) ? 1 : -1];

enum registered { SAME_ACCOUNT, OTHER_ACCOUNT };

/* The account's value of this CA; w->session.account_slot says where it is or could be.
 * Returns 0, WAFER_E_NOT_FOUND, _STORE_FULL, _LOCKED, _FLASH. */
static int find_account(struct wafer *w, struct wafer_value *value)
{
    struct wafer_store *store = w->config->store;
    int slot = -1, free_slot = 0;
    while ((slot = wafer_store_next(store, WAFER_KIND_ACCOUNT, slot, value)) >= 0) {
        int same = wafer_field_equals(store, value, WAFER_FIELD_DIRECTORY, 0, w->config->directory);
        if (same < 0) {
            return same;
        }
        if (same > 0) {
            w->session.account_slot = (uint8_t)slot;
            return 0;
        }
        free_slot += slot == free_slot;
    }
    if (free_slot > UINT8_MAX) {
        return WAFER_E_STORE_FULL;
    }
    w->session.account_slot = (uint8_t)free_slot;
    return slot;
}

static int store_account(struct wafer *w)
{
    struct wafer_store *store = w->config->store;
    const struct wafer_session *s = &w->session;
    int rc = wafer_store_begin(store);
    if (rc == 0) {
        wafer_fields_begin(store, WAFER_KIND_ACCOUNT, s->account_slot);
        wafer_field_put_text(store, WAFER_FIELD_DIRECTORY, w->config->directory);
        wafer_field_put_text(store, WAFER_FIELD_THUMBPRINT, s->thumbprint);
        if (s->signer == &s->software) {
            wafer_field_put(store, WAFER_FIELD_SECRET, s->key.secret, sizeof s->key.secret);
        }
        wafer_field_put_text(store, WAFER_FIELD_URL, s->account);
        rc = wafer_store_commit(store);
    }
    return wafer_check(w, rc, "the account could not be stored");
}

/* The signer: the configured one, else the key in the store, else a new key. */
static int choose_signer(struct wafer *w, const struct wafer_value *stored)
{
    struct wafer_session *s = &w->session;
    s->software = wafer_key_signer(&s->key);
    s->signer = w->config->account;
    if (s->signer != NULL) {
        return 0;
    }
    s->signer = &s->software;
    if (stored != NULL) {
        return wafer_field_get_key(w->config->store, stored, &s->key);
    }
    return wafer_key_generate(&s->key, w->config->port);
}

/* Signer, thumbprint and, when it is registered, the account's URL. A new key is committed
 * before anybody hears of it. */
static int prepare_account(struct wafer *w)
{
    struct wafer_store *store = w->config->store;
    struct wafer_session *s = &w->session;
    struct wafer_value value;
    int found = find_account(w, &value);
    if (found < 0 && found != WAFER_E_NOT_FOUND) {
        return found;
    }
    int rc = choose_signer(w, found == 0 ? &value : NULL);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_jwk_thumbprint(s->signer, s->thumbprint);
    if (rc < 0) {
        return rc;
    }
    if (found == 0 && wafer_field_equals(store, &value, WAFER_FIELD_THUMBPRINT, 0, s->thumbprint)) {
        return wafer_field_get_text(store, &value, WAFER_FIELD_URL, s->account, sizeof s->account);
    }
    return store_account(w);
}

/* {"termsOfServiceAgreed": true, "contact": [...], "externalAccountBinding": {...}} */
static int new_account_payload(void *ctx, struct wafer_buf *out)
{
    struct wafer *w = ctx;
    const struct wafer_config *config = w->config;
    const char *comma = "";
    int rc = 0;
    wafer_buf_byte(out, '{');
    if (config->agree_tos) {
        wafer_buf_text(out, "\"termsOfServiceAgreed\":true");
        comma = ",";
    }
    if (config->contact_count > 0) {
        wafer_buf_text(out, comma);
        for (size_t i = 0; i < config->contact_count; i++) {
            wafer_jsonw(out, i == 0 ? "\"contact\":[%s" : ",%s", config->contacts[i]);
        }
        wafer_buf_byte(out, ']');
        comma = ",";
    }
    if (config->eab != NULL) {
        const struct wafer_jws binding = {w->session.signer, config->eab->kid, NULL,
                                          wafer_session_url(w, WAFER_URL_NEW_ACCOUNT)};
        wafer_buf_text(out, comma);
        wafer_buf_text(out, "\"externalAccountBinding\":");
        rc = config->eab->append(out, &binding, config->eab->key, config->eab->key_len);
    }
    wafer_buf_byte(out, '}');
    return rc;
}

/* newAccount (RFC 8555 7.3): 201 for a new account, 200 for one that has this key already. Returns
 * enum registered. */
static int register_account(struct wafer *w)
{
    struct wafer_session *s = &w->session;
    const struct wafer_post post = {.url = wafer_session_url(w, WAFER_URL_NEW_ACCOUNT),
                                    .payload = new_account_payload, .ctx = w, .jwk = true, .standing = true,
                                    .secret = w->config->eab != NULL};
    const char *terms = wafer_terms(w);
    if (!w->config->agree_tos && terms[0] != 0) {
        return wafer_fail(w, WAFER_E_TERMS, terms);
    }
    int rc = wafer_session_post(w, &post);
    if (rc < 0) {
        return rc;
    }
    bool is_new = s->response.status == 201;
    bool is_same = !is_new && s->account[0] != 0 && strcmp(s->response.location, s->account) == 0;
    if (!is_same) {
        rc = wafer_session_location(w, post.url, s->account);
        if (rc < 0) {
            return rc;
        }
        rc = store_account(w);
        if (rc < 0) {
            return rc;
        }
    }
    wafer_notify(w, is_new ? WAFER_EVENT_END : WAFER_EVENT_REUSED, NULL, s->account);
    return is_same ? SAME_ACCOUNT : OTHER_ACCOUNT;
}

int wafer_account_open(struct wafer *w)
{
    struct wafer_session *s = &w->session;
    wafer_step(w, WAFER_STEP_ACCOUNT, NULL, w->config->directory);
    if (s->account[0] != 0) {
        return WAFER_ACCOUNT_KEPT;
    }
    int rc = prepare_account(w);
    if (rc < 0) {
        return wafer_fail(w, rc, "the account key");
    }
    if (s->account[0] == 0) {
        rc = register_account(w);
        return rc < 0 ? rc : WAFER_ACCOUNT_REGISTERED;
    }
    wafer_notify(w, WAFER_EVENT_REUSED, NULL, s->account);
    return WAFER_ACCOUNT_KEPT;
}

/* CAs word it in many ways that they do not know an account any more; what is said of identifiers,
 * requests and rates is not among them. */
static bool is_doubtful(const struct wafer_last *last)
{
    static const uint8_t vague[] = {WAFER_PROBLEM_NONE, WAFER_PROBLEM_OTHER, WAFER_PROBLEM_UNAUTHORIZED,
                                    WAFER_PROBLEM_MALFORMED};
    return last->http_status >= 400 && last->http_status < 500 && last->error != WAFER_E_RATE_LIMITED &&
           memchr(vague, (int)last->problem, sizeof vague) != NULL;
}

bool wafer_account_may_be_gone(const struct wafer *w, enum wafer_account_state state)
{
    return w->last.action == WAFER_ACTION_REGISTER || (state == WAFER_ACCOUNT_KEPT && is_doubtful(&w->last));
}

int wafer_account_register_again(struct wafer *w)
{
    char *kept = w->order.authz.text;
    int error = w->last.error;
    bool is_certain = w->last.action == WAFER_ACTION_REGISTER;
    memcpy(kept, &w->last, sizeof w->last);
    wafer_error_clear(w);
    wafer_step(w, WAFER_STEP_ACCOUNT, NULL, w->config->directory);
    wafer_notify_retry(w, WAFER_REASON_ACCOUNT, 0);
    int rc = register_account(w);
    if (rc == OTHER_ACCOUNT || (rc == SAME_ACCOUNT && is_certain)) {
        return 0;
    }
    if (rc == WAFER_E_PROBLEM || is_certain) {
        return rc;
    }
    memcpy(&w->last, kept, sizeof w->last); /* it was not the account */
    return error;
}
