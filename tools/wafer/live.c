/* Keeps live/ in line with the store, by one rename a certificate. */
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "console.h"
#include "names.h"
#include "pem_files.h"
#include "system_error.h"
#include "trust.h"

#define BASE_MAX   240 /* longest file names are 255 octets */
#define BASE_KEPT  200 /* of a longer one: then "~" and a hash */
#define ENTRY_SIZE 256

/* The two directories that a link may point to: ".LINK.a" and ".LINK.b", or less of a
 * long name. One is current, the other is written next. */
static void directory_name(const char *link, char which, char name[ENTRY_SIZE])
{
    uint32_t hash = 2166136261u; /* FNV-1a: tells long names apart, no more */
    for (const char *at = link; *at != 0; at++) {
        hash = (hash ^ (uint8_t)*at) * 16777619u;
    }
    if (strlen(link) <= BASE_MAX) {
        (void)text_format(name, ENTRY_SIZE, ".%s.%c", link, which);
    } else {
        (void)text_format(name, ENTRY_SIZE, ".%.*s~%08x.%c", BASE_KEPT, link, (unsigned)hash, which);
    }
}

/* Puts the link to `target` in the place of the one there is, at once. */
static int switch_link(int live, const char *link, const char *target)
{
    char fresh[ENTRY_SIZE];
    directory_name(link, 'l', fresh);
    (void)unlinkat(live, fresh, 0);
    bool switched =
        symlinkat(target, live, fresh) == 0 && renameat(live, fresh, live, link) == 0 && fsync(live) == 0;
    if (switched) {
        return 0;
    }
    int saved = errno;
    (void)unlinkat(live, fresh, 0);
    errno = saved;
    return WAFER_E_FLASH;
}

void live_link_name(const char *name, char *link, size_t size)
{
    bool wildcard = name[0] == '*';
    (void)text_format(link, size, "%s%s", wildcard ? "_" : "", name + wildcard);
}

/* The two directories of a link. */
struct pair {
    char current[ENTRY_SIZE]; /* what it points to, if that is one of the two */
    char free[ENTRY_SIZE];    /* the one to write next */
    bool linked;              /* it points to `current` */
};

static void find_pair(int live, const char *link, struct pair *pair)
{
    char present[ENTRY_SIZE];
    ssize_t len = readlinkat(live, link, present, sizeof present - 1);
    present[len > 0 ? len : 0] = 0;
    directory_name(link, 'a', pair->current);
    directory_name(link, 'b', pair->free);
    if (strcmp(present, pair->free) == 0) {
        directory_name(link, 'b', pair->current);
        directory_name(link, 'a', pair->free);
    }
    pair->linked = strcmp(present, pair->current) == 0;
}

/* Writes the free directory and switches the link to it. */
static int write_and_switch(const struct pem_source *source, int live, const char *link, const char *target)
{
    int rc = pem_files_write(source, live, target);
    if (rc < 0) {
        return rc;
    }
    return switch_link(live, link, target);
}

/* Brings one link in line. Returns 1 when it changed, 0 when it was right already. */
static int bring_in_line(const struct pem_source *source, int live, const char *link)
{
    struct pair pair;
    find_pair(live, link, &pair);
    if (pair.linked && pem_files_are_current(source, live, pair.current)) {
        pem_files_remove(live, pair.free);
        return 0;
    }
    int rc = write_and_switch(source, live, link, pair.free);
    pem_files_remove(live, rc < 0 ? pair.free : pair.current);
    return rc < 0 ? rc : 1;
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

/* Finds the certificate and its first name, and brings its link in line. */
static int update(struct state *state, int live, uint8_t slot, char name[NAME_SIZE], char link[NAME_SIZE])
{
    struct pem_source source = {.store = &state->store};
    int rc = wafer_certificate_open(&state->store, slot, &source.certificate);
    if (rc < 0) {
        return rc;
    }
    rc = names_read(&state->store, &source.certificate, 0, name);
    if (rc < 0) {
        return rc;
    }
    live_link_name(name, link, NAME_SIZE);
    return bring_in_line(&source, live, link);
}

static enum status complain_update(const struct state *state, const char *name, int error)
{
    if (error == WAFER_E_FLASH) {
        complain("cannot write %s/live/%s: %s; the certificate is safe in the store: mend that and run "
                 "`wafer export %s`",
                 state->path, name, system_error_text(errno), name);
    } else {
        complain("cannot export %s: %s; `wafer store check` shows more", name, wafer_error_text(error));
    }
    return STATUS_FAILED;
}

enum status live_update(struct state *state, uint8_t slot, bool *changed)
{
    char name[NAME_SIZE] = "?", link[NAME_SIZE];
    int live = open_live(state);
    *changed = false;
    if (live < 0) {
        return STATUS_FAILED;
    }
    int rc = update(state, live, slot, name, link);
    enum status status = rc < 0 ? complain_update(state, name, rc) : STATUS_DONE;
    close(live);
    *changed = rc > 0;
    return status;
}

/* One certificate of live_restore. */
static enum status restore(struct state *state, int live, uint8_t slot, bool *changed)
{
    char name[NAME_SIZE] = "?", link[NAME_SIZE];
    int rc = update(state, live, slot, name, link);
    if (rc < 0) {
        return complain_update(state, name, rc);
    }
    if (rc > 0) {
        *changed = true;
        note("%s: files restored from the store to %s/live/%s", name, state->path, link);
    }
    return STATUS_DONE;
}

enum status live_restore(struct state *state, bool *changed)
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
        status = status_worse(status, restore(state, live, (uint8_t)slot, changed));
    }
    if (live >= 0) {
        close(live);
    }
    return status;
}

enum status live_remove(struct state *state, const char *name)
{
    struct pair pair;
    char link[NAME_SIZE];
    int live = open_live(state), rc = 0;
    if (live < 0) {
        return STATUS_FAILED;
    }
    live_link_name(name, link, sizeof link);
    find_pair(live, link, &pair);
    if (pair.linked) {
        rc = unlinkat(live, link, 0);
    }
    if (rc < 0) {
        complain("cannot remove %s/live/%s: %s; %s", state->path, link, system_error_text(errno), system_error_remedy(errno));
    } else {
        pem_files_remove(live, pair.current);
        pem_files_remove(live, pair.free);
        (void)fsync(live);
    }
    close(live);
    return rc < 0 ? STATUS_FAILED : STATUS_DONE;
}
