#include "acme/directory.h"
#include <string.h>
#include "acme/report.h"
#include "acme/session.h"
#include "base/wordlist.h"

#define FRESH_MS 3600000 /* read again after an hour */

#define NAME(name, text) text "\0"
static const char names[] = WAFER_DIRECTORY_URLS(NAME);

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
    for (unsigned i = 0; i < WAFER_URL_COUNT; i++) {
        const char *name = wafer_word(names, i);
        char *to = s->urls + used;
        size_t room = sizeof s->urls - used;
        int value = wafer_json_member(&json, i == WAFER_URL_TERMS ? meta : 0, name);
        int len = i <= WAFER_URL_NEW_ORDER ? wafer_session_copy_url(w, &json, value, to, room, name)
                                           : wafer_json_string(&json, value, to, room);
        if (len > 0) {
            s->url[i] = used;
            used = (uint16_t)(used + len + 1);
        } else if (i <= WAFER_URL_NEW_ORDER) {
            return len;
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
