#include "acme/account.h"
#include <string.h>
#include "record/fields.h"
#include "format/json_writer.h"
#include "acme/report.h"
#include "acme/session.h"

/* The record of the account at this CA; w->session.account_slot says where it is
 * or could be. Returns 0, WAFER_E_NOT_FOUND, _STORE_FULL, _LOCKED, _FLASH. */
static int find_record(struct wafer *w, struct wafer_value *record)
{
    struct wafer_store *store = w->config->store;
    int slot = -1, free_slot = 0;
    while ((slot = wafer_store_next(store, WAFER_KIND_ACCOUNT, slot, record)) >= 0) {
        w->session.account_slot = (uint8_t)slot;
        int same = wafer_field_equals(store, record, WAFER_FIELD_DIRECTORY, 0, w->config->directory);
        if (same != 0) {
            return same < 0 ? same : 0;
        }
        free_slot += slot == free_slot;
    }
    w->session.account_slot = (uint8_t)free_slot;
    return free_slot > UINT8_MAX ? WAFER_E_STORE_FULL : slot;
}

static int save(struct wafer *w)
{
    struct wafer_store *store = w->config->store;
    struct wafer_session *s = &w->session;
    int rc = wafer_store_begin(store);
    if (rc == 0) {
        wafer_record_begin(store, WAFER_KIND_ACCOUNT, s->account_slot);
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

/* Signer and thumbprint from the configured signer, the stored key or a new one;
 * a new one is committed before anybody hears of it. */
static int load(struct wafer *w)
{
    struct wafer_store *store = w->config->store;
    struct wafer_session *s = &w->session;
    struct wafer_value record;
    int rc = 0, found = find_record(w, &record);
    if (found < 0 && found != WAFER_E_NOT_FOUND) {
        return found;
    }
    s->software = wafer_key_signer(&s->key);
    s->signer = w->config->account;
    if (s->signer == NULL) {
        s->signer = &s->software;
        rc = found == 0 ? wafer_field_get_key(store, &record, &s->key)
                        : wafer_key_generate(&s->key, w->config->port);
    }
    if (rc < 0 || (rc = wafer_jwk_thumbprint(s->signer, s->thumbprint)) < 0) {
        return rc;
    }
    if (found == 0 && wafer_field_equals(store, &record, WAFER_FIELD_THUMBPRINT, 0, s->thumbprint)) {
        return wafer_field_get_text(store, &record, WAFER_FIELD_URL, s->account, sizeof s->account);
    }
    return save(w);
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
    if (config->eab_kid != NULL) {
        const struct wafer_jws binding = {w->session.signer, config->eab_kid, NULL,
                                          wafer_session_url(w, WAFER_URL_NEW_ACCOUNT)};
        wafer_buf_text(out, comma);
        wafer_buf_text(out, "\"externalAccountBinding\":");
        rc = wafer_jws_append_eab(out, &binding, config->eab_key, config->eab_key_len);
    }
    wafer_buf_byte(out, '}');
    return rc;
}

static int enroll(struct wafer *w)
{
    struct wafer_session *s = &w->session;
    struct wafer_post post = {.url = wafer_session_url(w, WAFER_URL_NEW_ACCOUNT),
                              .payload = new_account_payload, .ctx = w, .jwk = true,
                              .secret = w->config->eab_kid != NULL};
    if (!w->config->agree_tos && wafer_terms(w)[0] != 0) {
        return wafer_fail(w, WAFER_E_TERMS, wafer_terms(w));
    }
    int rc = wafer_session_post(w, &post);
    if (rc < 0 || (rc = wafer_session_location(w, post.url, s->account)) < 0 || (rc = save(w)) < 0) {
        return rc;
    }
    wafer_tell(w, s->response.status == 201 ? WAFER_EVENT_END : WAFER_EVENT_REUSED, NULL, s->account);
    return 0;
}

int wafer_account_open(struct wafer *w)
{
    struct wafer_session *s = &w->session;
    wafer_step(w, WAFER_STEP_ACCOUNT, NULL, w->config->directory);
    if (s->account[0] != 0) {
        return 0;
    }
    int rc = load(w);
    if (rc < 0) {
        return wafer_fail(w, rc, "the account key");
    }
    if (s->account[0] == 0) {
        return enroll(w);
    }
    wafer_tell(w, WAFER_EVENT_REUSED, NULL, s->account);
    return 0;
}

int wafer_account_renew(struct wafer *w)
{
    wafer_step(w, WAFER_STEP_ACCOUNT, NULL, w->config->directory);
    wafer_tell(w, WAFER_EVENT_RETRY, NULL, "the CA does not know the account: registering again");
    w->session.account[0] = 0;
    return enroll(w);
}
