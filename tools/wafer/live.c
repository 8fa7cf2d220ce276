/* Keeps live/ in line with the store. */
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "console.h"
#include "live_place.h"
#include "names.h"
#include "system_error.h"
#include "trust.h"

void live_link_name(const char *name, char *link, size_t size)
{
    bool wildcard = name[0] == '*';
    (void)text_format(link, size, "%s%s", wildcard ? "_" : "", name + wildcard);
}

/* One certificate and its place. */
struct one {
    char name[NAME_SIZE], link[NAME_SIZE];
    struct pem_source source;
    struct live_place place;
};

/* Whether what is there is newer than the store, and good: the store may be an older copy. */
static bool is_later(const struct pem_source *source, int directory, int64_t now)
{
    int64_t not_before, not_after;
    bool dated = pem_files_dates(source, directory, &not_before, &not_after);
    bool valid = dated && (now == 0 || (not_before <= now && now <= not_after));
    return valid && not_before > source->certificate.not_before;
}

/* How the present files are. */
static enum live_files judge(const struct live_place *place, const struct pem_source *source, int64_t now)
{
    int directory = live_place_open(place);
    if (directory < 0) {
        return LIVE_MISSING;
    }
    enum live_files files = LIVE_OTHER;
    if (pem_files_are_current(source, directory)) {
        files = LIVE_CURRENT;
    } else if (is_later(source, directory, now)) {
        files = LIVE_LATER;
    }
    close(directory);
    return files;
}

/* Whether nothing is to be done: the files are current, and where they should be. A backup may have followed the link and
 * have left a directory in its place. */
static bool is_right(const struct one *one, enum live_files files)
{
    return files == LIVE_CURRENT && !(one->place.is_directory && live_place_has_links(&one->place));
}

static enum status complain_live(const char *path, int error)
{
    complain("cannot use %s: %s; the certificates are safe in the store: mend that and run `wafer export`",
             path, system_error_text(error));
    return STATUS_FAILED;
}

/* Opens DIR/live, or makes it; a symbolic link may lead to it. Returns it, or -1 after a complaint. */
static int open_live(const struct state *state)
{
    char path[TRUST_PATH_SIZE], target[TRUST_PATH_SIZE];
    (void)text_format(path, sizeof path, "%s/live", state->path);
    enum status status = trust_follow(path, target);
    if (status != STATUS_DONE) {
        return -1;
    }
    int made = mkdir(target, 0700);
    if (made == 0) {
        (void)fsync(state->fd);
    }
    int live = open(target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (live < 0) {
        (void)complain_live(target, errno);
        return -1;
    }
    status = trust_check(live, path, live, TRUST_WRITES);
    if (status != STATUS_DONE) {
        close(live);
        return -1;
    }
    return live;
}

/* Finds the certificate, its first name and its place. Returns 0 or an error of the store. */
static int find(struct state *state, int live, uint8_t slot, struct one *one)
{
    *one = (struct one){.name = "?", .source.store = &state->store};
    int rc = wafer_certificate_open(&state->store, slot, &one->source.certificate);
    if (rc < 0) {
        return rc;
    }
    rc = names_read(&state->store, &one->source.certificate, 0, one->name);
    if (rc < 0) {
        return rc;
    }
    live_link_name(one->name, one->link, sizeof one->link);
    live_place_find(&one->place, live, one->link);
    return 0;
}

static enum status complain_update(const struct state *state, const struct one *one, int error)
{
    if (error == WAFER_E_FLASH && errno == EEXIST) {
        complain("cannot write %s/live/%s: something that is not wafer's has the name; the certificate is "
                 "safe in the store: move that "
                 "away and run `wafer export %s`",
                 state->path, one->link, one->name);
    } else if (error == WAFER_E_FLASH) {
        complain("cannot write %s/live/%s: %s; the certificate is safe in the store: mend that and run "
                 "`wafer export %s`",
                 state->path, one->link, system_error_text(errno), one->name);
    } else {
        complain("cannot export %s: %s; `wafer store check` shows more", one->name, wafer_error_text(error));
    }
    return STATUS_FAILED;
}

/* Writes the files where they are not right. Complains. *changed is set when there was something to do. */
static enum status bring_in_line(const struct state *state, const struct one *one, enum live_files files,
                                 bool *changed)
{
    struct live_place now = one->place;
    if (!is_right(one, files)) {
        int rc = live_place_write(&one->place, &one->source);
        if (rc < 0) {
            return complain_update(state, one, rc);
        }
        live_place_find(&now, one->place.live, one->link);
        *changed = true;
    }
    live_place_tidy(&now, &one->source);
    return STATUS_DONE;
}

enum status live_update(struct state *state, uint8_t slot, bool *changed)
{
    struct one one;
    int live = open_live(state);
    *changed = false;
    if (live < 0) {
        return STATUS_FAILED;
    }
    int rc = find(state, live, slot, &one);
    enum status status = rc < 0 ? complain_update(state, &one, rc)
                                : bring_in_line(state, &one, judge(&one.place, &one.source, 0), changed);
    close(live);
    return status;
}

/* One certificate of live_restore. */
static enum status restore(struct state *state, int live, uint8_t slot, int64_t now, bool *changed)
{
    struct one one;
    int rc = find(state, live, slot, &one);
    if (rc < 0) {
        return complain_update(state, &one, rc);
    }
    enum live_files files = judge(&one.place, &one.source, now);
    if (files == LIVE_LATER) {
        warn("%s: %s/live/%s has a later certificate than the store, which may be an older copy, and keeps "
             "it; `wafer export %s` puts the "
             "store's there, the next renewal a new one",
             one.name, state->path, one.link, one.name);
        return STATUS_DONE;
    }
    bool restored = false;
    enum status status = bring_in_line(state, &one, files, &restored);
    if (restored) {
        *changed = true;
        note("%s: files restored from the store to %s/live/%s", one.name, state->path, one.link);
    }
    return status;
}

enum status live_restore(struct state *state, int64_t now, bool *changed)
{
    enum status status = STATUS_DONE;
    struct wafer_value value;
    int slot = wafer_store_next(&state->store, WAFER_KIND_CERT, -1, &value);
    int live = slot >= 0 ? open_live(state) : -1;
    *changed = false;
    if (slot >= 0 && live < 0) {
        return STATUS_FAILED;
    }
    for (; slot >= 0; slot = wafer_store_next(&state->store, WAFER_KIND_CERT, slot, &value)) {
        status = status_worse(status, restore(state, live, (uint8_t)slot, now, changed));
    }
    if (live >= 0) {
        close(live);
    }
    return status;
}

enum live_files live_look(struct state *state, uint8_t slot, int64_t now)
{
    char path[TRUST_PATH_SIZE];
    struct one one;
    bool fits = text_format(path, sizeof path, "%s/live", state->path);
    int live = fits ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (live < 0) {
        return LIVE_MISSING;
    }
    int rc = find(state, live, slot, &one);
    enum live_files files =
        rc < 0 ? LIVE_CURRENT
               : judge(&one.place, &one.source, now); /* what can't be read is told elsewhere */
    close(live);
    return files;
}

const char *live_files_text(enum live_files files)
{
    static const char *const texts[] = {[LIVE_CURRENT] = "current",
                                        [LIVE_MISSING] = "missing",
                                        [LIVE_OTHER] = "other",
                                        [LIVE_LATER] = "later"};
    return texts[files];
}

enum status live_remove(struct state *state, const char *name, uint8_t slot)
{
    struct one one;
    int live = open_live(state);
    if (live < 0) {
        return STATUS_FAILED;
    }
    int rc = find(state, live, slot, &one);
    if (rc < 0) { /* not issued yet, or damaged: whatever has its files' names is taken for them */
        live_link_name(name, one.link, sizeof one.link);
        live_place_find(&one.place, live, one.link);
        one.source.certificate.key.length = 1;
    }
    rc = live_place_remove(&one.place, &one.source);
    if (rc < 0) {
        complain("cannot remove %s/live/%s: %s; %s", state->path, one.link, system_error_text(errno),
                 system_error_remedy(errno));
    } else if (rc > 0) {
        note("%s: %s/live/%s has files that are not wafer's, and stays with them", name, state->path,
             one.link);
    }
    close(live);
    return rc < 0 ? STATUS_FAILED : STATUS_DONE;
}
