/* Reads the directory and keeps the URLs of it that wafer uses. */
#include "acme/directory.h"
#include <string.h>
#include "acme/event.h"
#include "acme/last.h"
#include "acme/session.h"
#include "base/clock.h"
#include "base/wordlist.h"

#define FRESH_MS 3600000 /* read again after an hour */

#define NAME(name, text) text "\0"
static const char names[] = WAFER_DIRECTORY_URLS(NAME);

/* Keeps one URL at `to`. Returns its length, 0 when the directory does not offer it, or a
 * negative error (noted) when it is required. */
static int read_url(struct wafer *w, const struct wafer_json *json, enum wafer_directory_entry entry, char *to,
                    size_t room)
{
    const char *name = wafer_word(names, entry);
    if (entry <= WAFER_URL_NEW_ORDER) {
        return wafer_session_copy_url(w, json, wafer_json_member(json, 0, name), to, room, name);
    }
    int meta = wafer_json_member(json, 0, "meta");
    int len = wafer_json_string(json, wafer_json_member(json, meta, name), to, room);
    return len < 0 ? 0 : len; /* shown to a person, never requested: it need not be a URL that wafer takes */
}

/* Keeps the URLs of a directory object, packed. Offset 0 stands for "not offered". */
static int read_directory(struct wafer *w)
{
    struct wafer_session *s = &w->session;
    struct wafer_json json;
    uint16_t used = 1;
    int rc = wafer_session_json(w, w->config->directory, &json);
    if (rc < 0) {
        return rc;
    }
    memset(s->url, 0, sizeof s->url);
    for (unsigned i = 0; i < WAFER_URL_COUNT; i++) {
        int len = read_url(w, &json, (enum wafer_directory_entry)i, s->urls + used, sizeof s->urls - used);
        if (len < 0) {
            return len;
        }
        if (len > 0) {
            s->url[i] = used;
            used = (uint16_t)(used + len + 1);
        }
    }
    return 0;
}

int wafer_directory_open(struct wafer *w)
{
    struct wafer_session *s = &w->session;
    uint32_t now = w->config->port->monotonic_ms(w->config->port->ctx);
    wafer_step(w, WAFER_STEP_DIRECTORY, NULL, w->config->directory);
    if (s->loaded && now - s->read_ms < FRESH_MS && wafer_clock_is_told(&w->clock)) {
        wafer_notify(w, WAFER_EVENT_REUSED, NULL, w->config->directory);
        return 0;
    }
    s->loaded = false;
    int rc = wafer_session_get(w, w->config->directory);
    if (rc < 0) {
        return rc;
    }
    rc = read_directory(w);
    if (rc < 0) {
        return rc;
    }
    s->loaded = true;
    s->read_ms = now;
    wafer_notify(w, WAFER_EVENT_END, NULL, NULL);
    return 0;
}

const char *wafer_terms(const struct wafer *w)
{
    return wafer_session_url(w, WAFER_URL_TERMS);
}
