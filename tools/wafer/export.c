#include "export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "names.h"

#define DER_MAX    WAFER_WORK_SIZE
#define BASE_MAX   240 /* longest file names are 255 octets */
#define BASE_KEPT  200 /* of a longer one: then "~" and a hash */
#define ENTRY_SIZE 256

enum { PRIVKEY, CERT, CHAIN, FULLCHAIN, FILE_COUNT };

/* The files of a directory, and which certificates of the chain are in them. */
static const struct {
    const char *name;
    unsigned from, to;
    mode_t mode;
} files[FILE_COUNT] = {
    [PRIVKEY] = {"privkey.pem", 0, 0, 0600},
    [CERT] = {"cert.pem", 0, 1, 0644},
    [CHAIN] = {"chain.pem", 1, 255, 0644},
    [FULLCHAIN] = {"fullchain.pem", 0, 255, 0644},
};

static uint8_t der[DER_MAX];
static char pem[DER_MAX / 3 * 4 + DER_MAX / 48 + 128];

/* One file: written, or compared with what it should hold. */
struct sink {
    int fd;
    bool compare, bad; /* bad: differs, or cannot be written (errno tells) */
};

static void forget_pem(void)
{
    volatile char *at = pem;
    for (size_t i = 0; i < sizeof pem; i++) {
        at[i] = 0;
    }
}

static void put(struct sink *sink, const char *data, size_t len)
{
    char present[512];
    while (len > 0 && !sink->bad) {
        size_t part = len < sizeof present ? len : sizeof present;
        ssize_t n = sink->compare ? read(sink->fd, present, part) : write(sink->fd, data, part);
        if (n <= 0) {
            sink->bad = n == 0 || errno != EINTR;
            continue;
        }
        sink->bad = sink->compare && memcmp(present, data, (size_t)n) != 0;
        data += n;
        len -= (size_t)n;
    }
}

/* Writes the content of a file to the sink. Returns 0 or an error of the store. */
static int put_content(struct state *state, const struct wafer_certificate *certificate, int file,
                       struct sink *sink)
{
    uint32_t offset = 0;
    struct wafer_key key;
    int len;
    if (file == PRIVKEY) {
        int rc = wafer_certificate_key(&state->store, certificate, &key);
        len = rc < 0 ? rc : wafer_key_to_pkcs8(&key, der, sizeof der);
        wafer_key_wipe(&key);
        if (len > 0) {
            put(sink, pem, br_pem_encode(pem, der, (size_t)len, "PRIVATE KEY", BR_PEM_LINE64));
            memset(der, 0, sizeof der);
        }
        forget_pem();
        return len < 0 ? len : 0;
    }
    for (unsigned i = 0;
         (len = wafer_certificate_der(&state->store, certificate, &offset, der, sizeof der)) > 0; i++) {
        if (i >= files[file].from && i < files[file].to) {
            put(sink, pem, br_pem_encode(pem, der, (size_t)len, "CERTIFICATE", BR_PEM_LINE64));
        }
    }
    return len;
}

static bool has_file(const struct wafer_certificate *certificate, int file)
{
    return file != PRIVKEY || certificate->key.length > 0; /* else a secure element holds it */
}

/* Whether the directory holds exactly what the store says. */
static bool is_current(struct state *state, const struct wafer_certificate *certificate, int directory)
{
    char more;
    bool same = true;
    for (int file = 0; file < FILE_COUNT && same; file++) {
        struct sink sink = {-1, true, false};
        if (!has_file(certificate, file)) {
            continue;
        }
        sink.fd = openat(directory, files[file].name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        same = sink.fd >= 0 && put_content(state, certificate, file, &sink) == 0 && !sink.bad &&
               read(sink.fd, &more, 1) == 0;
        if (sink.fd >= 0) {
            close(sink.fd);
        }
    }
    return same;
}

/* Removes a directory that wafer made: its four files and no other. */
static void remove_directory(int live, const char *name)
{
    int directory = openat(live, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory >= 0) {
        for (int file = 0; file < FILE_COUNT; file++) {
            (void)unlinkat(directory, files[file].name, 0);
        }
        close(directory);
        (void)unlinkat(live, name, AT_REMOVEDIR);
    }
}

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

/* Writes one file; the key's is never open to others, not for a moment. */
static int write_file(struct state *state, const struct wafer_certificate *certificate, int directory,
                      int file)
{
    struct sink sink = {-1, false, false};
    sink.fd = openat(directory, files[file].name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (sink.fd < 0) {
        return WAFER_E_FLASH;
    }
    int rc = put_content(state, certificate, file, &sink);
    bool written = !sink.bad && fchmod(sink.fd, files[file].mode) == 0 && fsync(sink.fd) == 0;
    int saved = errno;
    close(sink.fd);
    errno = saved;
    return rc < 0 ? rc : written ? 0 : WAFER_E_FLASH;
}

static int write_directory(struct state *state, const struct wafer_certificate *certificate, int live,
                           const char *name)
{
    remove_directory(live, name);
    int directory = mkdirat(live, name, 0700) == 0
                        ? openat(live, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                        : -1;
    int rc = directory >= 0 ? 0 : WAFER_E_FLASH;
    for (int file = 0; file < FILE_COUNT && rc == 0; file++) {
        rc = has_file(certificate, file) ? write_file(state, certificate, directory, file) : 0;
    }
    if (rc == 0 && fsync(directory) != 0) {
        rc = WAFER_E_FLASH;
    }
    if (directory >= 0) {
        int saved = errno;
        close(directory);
        errno = saved;
    }
    return rc;
}

/* Puts the link to `target` in the place of the one there is, at once. */
static int switch_link(int live, const char *link, const char *target)
{
    char fresh[ENTRY_SIZE];
    directory_name(link, 'l', fresh);
    (void)unlinkat(live, fresh, 0);
    if (symlinkat(target, live, fresh) != 0 || renameat(live, fresh, live, link) != 0 || fsync(live) != 0) {
        int saved = errno;
        (void)unlinkat(live, fresh, 0);
        errno = saved;
        return WAFER_E_FLASH;
    }
    return 0;
}

void export_link_name(const char *name, char *link, size_t size)
{
    (void)text_format(link, size, "%s%s", name[0] == '*' ? "_" : "", name + (name[0] == '*'));
}

static bool directory_is_current(struct state *state, const struct wafer_certificate *certificate, int live,
                                 const char *name)
{
    int directory = openat(live, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool current = directory >= 0 && is_current(state, certificate, directory);
    if (directory >= 0) {
        close(directory);
    }
    return current;
}

/* Brings one link in line. Returns 1 when it changed, 0 when it was right already. */
static int bring_in_line(struct state *state, const struct wafer_certificate *certificate, int live,
                         const char *link)
{
    char other[ENTRY_SIZE], target[ENTRY_SIZE], present[ENTRY_SIZE];
    ssize_t len = readlinkat(live, link, present, sizeof present - 1);
    present[len > 0 ? len : 0] = 0;
    directory_name(link, 'a', other);
    directory_name(link, 'b', target);
    if (strcmp(present, target) == 0) {
        memcpy(target, other, sizeof target);
        memcpy(other, present, sizeof other);
    }
    /* Now `other` is what the link points to, if it is one of ours, and `target` is free. */
    if (strcmp(present, other) == 0 && directory_is_current(state, certificate, live, other)) {
        remove_directory(live, target);
        return 0;
    }
    int rc = write_directory(state, certificate, live, target);
    if (rc == 0) {
        rc = switch_link(live, link, target);
    }
    int saved = errno;
    remove_directory(live, rc == 0 ? other : target);
    errno = saved;
    return rc == 0 ? 1 : rc;
}

static int open_live(const struct state *state)
{
    if (mkdirat(state->fd, "live", 0700) == 0) {
        (void)fsync(state->fd);
    } else if (errno != EEXIST) {
        return -1;
    }
    return openat(state->fd, "live", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum status export_certificate(struct state *state, uint8_t slot, bool restoring, bool *changed)
{
    struct wafer_certificate certificate;
    char name[NAME_SIZE] = "?", link[NAME_SIZE];
    *changed = false;
    int rc = wafer_certificate_open(&state->store, slot, &certificate);
    if (rc >= 0) {
        rc = wafer_certificate_name(&state->store, &certificate, 0, name, sizeof name);
    }
    int live = rc >= 0 ? open_live(state) : -1;
    if (live >= 0) {
        export_link_name(name, link, sizeof link);
        rc = bring_in_line(state, &certificate, live, link);
        int saved = errno;
        close(live);
        errno = saved;
    } else if (rc >= 0) {
        rc = WAFER_E_FLASH;
    }
    if (rc >= 0) {
        *changed = rc > 0;
        if (*changed && restoring) {
            note("%s: files restored from the store to %s/live/%s", name, state->path, link);
        }
        return STATUS_DONE;
    }
    if (rc == WAFER_E_FLASH) {
        complain("cannot write %s/live/%s: %s; the certificate is safe in the store: mend that and run "
                 "`wafer export %s`",
                 state->path, name, strerror(errno), name);
    } else {
        complain("cannot export %s: %s; `wafer store check` shows more", name, wafer_error_text(rc));
    }
    return STATUS_FAILED;
}

enum status export_heal(struct state *state)
{
    enum status status = STATUS_DONE;
    struct wafer_value record;
    int slot = -1;
    while ((slot = wafer_store_next(&state->store, WAFER_KIND_CERT, slot, &record)) >= 0) {
        bool changed;
        status = status_worse(status, export_certificate(state, (uint8_t)slot, true, &changed));
    }
    return status;
}
