#include "directory.h"
#include <string.h>
#include "report.h"
#include "session.h"

#define FRESH_MS 3600000 /* read again after an hour */

struct url_row {
    const char *name;
    bool meta, required;
};

static const struct url_row url_rows[WAFER_URL_COUNT] = {
#define ROW(name, text, meta, required) {text, meta, required},
    WAFER_DIRECTORY_URLS(ROW)
#undef ROW
};

/* Keeps the URLs of a directory object. Offset 0 stands for "not offered". */
static int read_directory(struct wafer *w)
{
    struct wafer_session *s = &w->session;
    struct wafer_json json;
    uint16_t used = 1;
    int rc = wafer_session_json(w, w->config->directory, &json);
    if (rc < 0) {
        return rc;
    }
    int meta = wafer_json_member(&json, 0, "meta");
    memset(s->url, 0, sizeof s->url);
    for (int i = 0; i < WAFER_URL_COUNT; i++) {
        const struct url_row *row = &url_rows[i];
        int value = wafer_json_member(&json, row->meta ? meta : 0, row->name);
        if (value < 0 && !row->required) {
            continue;
        }
        rc = wafer_json_string(&json, value, s->urls + used, sizeof s->urls - used);
        if (row->required) {
            rc = wafer_session_copy_url(w, &json, value, s->urls + used, sizeof s->urls - used, row->name);
            if (rc < 0) {
                return rc;
            }
        }
        if (rc > 0) {
            s->url[i] = used;
            used = (uint16_t)(used + rc + 1);
        }
    }
    return 0;
}

int wafer_directory_open(struct wafer *w)
{
    struct wafer_session *s = &w->session;
    uint32_t now = w->config->port->monotonic_ms(w->config->port->ctx);
    wafer_step(w, WAFER_STEP_DIRECTORY, NULL, w->config->directory);
    if (s->loaded && now - s->read_ms < FRESH_MS) {
        wafer_tell(w, WAFER_EVENT_REUSED, NULL, w->config->directory);
        return 0;
    }
    s->loaded = false;
    int rc = wafer_session_get(w, w->config->directory);
    if (rc < 0 || (rc = read_directory(w)) < 0) {
        return rc;
    }
    s->loaded = true;
    s->read_ms = now;
    wafer_tell(w, WAFER_EVENT_END, NULL, NULL);
    return 0;
}
