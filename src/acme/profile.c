/* Reads the certificate profiles that a CA offers, for who wants to list them. */
#include "acme/event.h"
#include "acme/poll.h"
#include "acme/session.h"

#define NAME_SIZE        64
#define DESCRIPTION_SIZE 256

static int take_profiles(const struct wafer_json *json, int profiles, wafer_profile_taker take, void *ctx)
{
    char name[NAME_SIZE], description[DESCRIPTION_SIZE];
    int count = 0;
    for (int key = wafer_json_first(json, profiles); key >= 0; key = wafer_json_next(json, profiles, key)) {
        int len = wafer_json_string(json, key, name, sizeof name);
        if (len < 0) { /* longer than any that could be asked for */
            continue;
        }
        len = wafer_json_string(json, key + 1, description, sizeof description);
        if (len < 0 && len != WAFER_E_SPACE) {
            description[0] = 0;
        }
        take(ctx, name, description);
        count++;
    }
    return count;
}

int wafer_profiles(struct wafer *w, wafer_profile_taker take, void *ctx)
{
    struct wafer_json json;
    wafer_operation_begin(w);
    wafer_step(w, WAFER_STEP_DIRECTORY, NULL, w->config->directory);
    int rc = wafer_session_get(w, w->config->directory);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_session_json(w, w->config->directory, &json);
    if (rc < 0) {
        return rc;
    }
    wafer_notify(w, WAFER_EVENT_END, NULL, NULL);
    int profiles = wafer_json_member(&json, wafer_json_member(&json, 0, "meta"), "profiles");
    return take_profiles(&json, profiles, take, ctx);
}
