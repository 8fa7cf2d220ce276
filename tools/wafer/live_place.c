/* Prepares a directory beside the present one, and switches to it. */
#include "live_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "output.h"

#define BASE_MAX        240 /* longest file names are 255 octets */
#define BASE_KEPT       200 /* of a longer one: then "~" and a hash */
#define ENTRY_SIZE      256
#define LETTERS         "abcdefgh" /* two do, unless somebody is in the way */
#define LINK            'l'        /* the new link, before it has its name */
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* The directories that a link may lead to: ".NAME.a" and so on, or less of a long name. */
static const char *entry_name(const char *link, char which, char name[ENTRY_SIZE])
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
    return name;
}

/* Returns -1 with errno, also for a directory of somebody else: what is in there is not to be relied on. */
static int open_own(int live, const char *name)
{
    struct stat info;
    int fd = openat(live, name, DIRECTORY_FLAGS);
    if (fd < 0) {
        return fd;
    }
    int rc = fstat(fd, &info);
    if (rc < 0 || info.st_uid != geteuid()) {
        close(fd);
        errno = EACCES;
        return -1;
    }
    return fd;
}

static int open_letter(const struct live_place *place, char letter)
{
    char entry[ENTRY_SIZE];
    return open_own(place->live, entry_name(place->name, letter, entry));
}

static char find_letter(const struct live_place *place)
{
    char target[ENTRY_SIZE], entry[ENTRY_SIZE];
    ssize_t len = readlinkat(place->live, place->name, target, sizeof target - 1);
    target[len > 0 ? len : 0] = 0;
    for (const char *letter = LETTERS; *letter != 0; letter++) {
        if (strcmp(target, entry_name(place->name, *letter, entry)) == 0) {
            return *letter;
        }
    }
    return 0;
}

void live_place_find(struct live_place *place, int live, const char *name)
{
    struct stat info;
    *place = (struct live_place){.live = live, .name = name};
    int rc = fstatat(live, name, &info, AT_SYMLINK_NOFOLLOW);
    if (rc < 0) {
        return;
    }
    place->is_directory = S_ISDIR(info.st_mode);
    place->is_foreign = !place->is_directory && !S_ISLNK(info.st_mode);
    place->letter = S_ISLNK(info.st_mode) ? find_letter(place) : 0;
}

int live_place_open(const struct live_place *place)
{
    if (place->is_directory) {
        return open_own(place->live, place->name);
    }
    if (place->letter == 0) {
        errno = ENOENT;
        return -1;
    }
    return open_letter(place, place->letter);
}

/* Takes an entry away; errno stays. */
static void drop(int live, const char *entry, int flags)
{
    int saved = errno;
    (void)unlinkat(live, entry, flags);
    errno = saved;
}

/* Makes the new link under its own name. */
static int make_link(const struct live_place *place, const char *target)
{
    char fresh[ENTRY_SIZE];
    drop(place->live, entry_name(place->name, LINK, fresh), 0); /* left by a run that was killed */
    return symlinkat(target, place->live, fresh);
}

/* Whether a file system has no symbolic links (FAT), and not just no room or no right. */
static bool knows_no_links(int error)
{
    return error == EPERM || error == EOPNOTSUPP || error == ENOSYS;
}

bool live_place_has_links(const struct live_place *place)
{
    char fresh[ENTRY_SIZE];
    int rc = make_link(place, "nowhere");
    if (rc == 0) {
        drop(place->live, entry_name(place->name, LINK, fresh), 0);
    }
    return rc == 0 || !knows_no_links(errno);
}

/* --- with links --- */

/* A directory to write next, without files of wafer's in it. Returns it, or -1 with errno. */
static int take_free(const struct live_place *place, const struct pem_source *source, char *letter)
{
    char entry[ENTRY_SIZE];
    for (const char *at = LETTERS; *at != 0; at++) {
        if (*at == place->letter) {
            continue;
        }
        int rc = mkdirat(place->live, entry_name(place->name, *at, entry), 0700);
        if (rc < 0 && errno != EEXIST) {
            return rc;
        }
        int fd = open_own(place->live, entry);
        if (fd < 0) { /* somebody is in the way */
            continue;
        }
        rc = pem_files_remove(source, fd);
        if (rc == 0) {
            *letter = *at;
            return fd;
        }
        close(fd);
    }
    errno = EEXIST;
    return -1;
}

/* Moves a directory that has the link's own name to a name that is free. Returns 0 or -1 with errno. */
static int move_aside(const struct live_place *place, char aside[ENTRY_SIZE])
{
    struct stat info;
    for (const char *at = LETTERS; *at != 0; at++) {
        int rc = fstatat(place->live, entry_name(place->name, *at, aside), &info, AT_SYMLINK_NOFOLLOW);
        if (rc < 0 && errno == ENOENT) {
            return renameat(place->live, place->name, place->live, aside);
        }
    }
    errno = EEXIST;
    return -1;
}

/* Gives the new link its name. */
static int switch_link(const struct live_place *place)
{
    char fresh[ENTRY_SIZE], aside[ENTRY_SIZE];
    entry_name(place->name, LINK, fresh);
    int rc = place->is_directory ? move_aside(place, aside) : 0;
    if (rc < 0) {
        return rc;
    }
    rc = renameat(place->live, fresh, place->live, place->name);
    if (rc < 0 && place->is_directory) {
        int saved = errno;
        (void)renameat(place->live, aside, place->live, place->name);
        errno = saved;
    }
    return rc;
}

/* Writes the files into the directory and leads the link there. */
static int fill_and_switch(const struct live_place *place, const struct pem_source *source, int directory,
                           const char *entry)
{
    int rc = make_link(place, entry);
    if (rc < 0) {
        return WAFER_E_FLASH;
    }
    rc = pem_files_write(source, directory);
    if (rc < 0) {
        return rc;
    }
    rc = switch_link(place);
    return rc < 0 ? WAFER_E_FLASH : 0;
}

static int write_apart(const struct live_place *place, const struct pem_source *source)
{
    char letter = 0, entry[ENTRY_SIZE], fresh[ENTRY_SIZE];
    int directory = take_free(place, source, &letter);
    if (directory < 0) {
        return WAFER_E_FLASH;
    }
    int rc = fill_and_switch(place, source, directory, entry_name(place->name, letter, entry));
    if (rc < 0) {
        int saved = errno;
        (void)pem_files_remove(source, directory);
        drop(place->live, entry, AT_REMOVEDIR);
        drop(place->live, entry_name(place->name, LINK, fresh), 0);
        errno = saved;
    }
    close(directory);
    return rc < 0 ? rc
                  : pem_files_sync(place->live); /* from here on the new files are those that a server loads */
}

/* --- without --- */

static int write_here(const struct live_place *place, const struct pem_source *source)
{
    int made = place->is_directory || place->letter != 0 ? 0 : mkdirat(place->live, place->name, 0700);
    struct live_place here;
    live_place_find(&here, place->live, place->name);
    int directory = made < 0 ? made : live_place_open(&here);
    if (directory < 0) {
        return WAFER_E_FLASH;
    }
    int rc = pem_files_write(source, directory);
    int saved = errno;
    close(directory);
    errno = saved;
    return rc < 0 ? rc : pem_files_sync(place->live);
}

int live_place_write(const struct live_place *place, const struct pem_source *source)
{
    if (place->is_foreign) {
        errno = EEXIST;
        return WAFER_E_FLASH;
    }
    return live_place_has_links(place) ? write_apart(place, source) : write_here(place, source);
}

/* --- what is left --- */

static bool is_absent(int directory, const char *name)
{
    struct stat info;
    int rc = fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW);
    return rc < 0 && errno == ENOENT;
}

/* Moves what is not wafer's, unless the name is taken there. */
static void carry(const struct pem_source *source, int from, int to)
{
    int again = openat(from, ".", DIRECTORY_FLAGS); /* the stream closes its own */
    DIR *stream = again < 0 ? NULL : fdopendir(again);
    const struct dirent *entry;
    if (stream == NULL) {
        return;
    }
    while ((entry = readdir(stream)) != NULL) {
        const char *name = entry->d_name;
        bool is_dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
        if (!is_dots && !pem_files_has(source, name) && is_absent(to, name)) {
            (void)renameat(from, name, to, name);
        }
    }
    (void)closedir(stream);
}

void live_place_tidy(const struct live_place *place, const struct pem_source *source)
{
    char entry[ENTRY_SIZE];
    int present = live_place_open(place);
    for (const char *letter = LETTERS; *letter != 0 && present >= 0; letter++) {
        int left = *letter == place->letter ? -1 : open_letter(place, *letter);
        if (left < 0) {
            continue;
        }
        carry(source, left, present);
        (void)pem_files_remove(source, left);
        close(left);
        drop(place->live, entry_name(place->name, *letter, entry), AT_REMOVEDIR);
    }
    if (present >= 0) {
        close(present);
    }
}

/* Removes the files in a directory, and it, when nothing else is in it. Returns 0, 1 when something is, or -1 with errno. */
static int remove_directory(const struct live_place *place, const struct pem_source *source,
                            const char *entry)
{
    int directory = open_own(place->live, entry);
    if (directory < 0) {
        return errno == ENOENT ? 0 : directory;
    }
    int rc = pem_files_remove(source, directory);
    close(directory);
    if (rc < 0) {
        return rc;
    }
    rc = unlinkat(place->live, entry, AT_REMOVEDIR);
    return rc < 0 && (errno == ENOTEMPTY || errno == EEXIST) ? 1 : rc;
}

int live_place_remove(const struct live_place *place, const struct pem_source *source)
{
    char entry[ENTRY_SIZE];
    int rc = place->is_foreign;
    live_place_tidy(place, source);
    if (place->is_directory) {
        rc = remove_directory(place, source, place->name);
    } else if (place->letter != 0) {
        rc = remove_directory(place, source, entry_name(place->name, place->letter, entry));
    }
    if (rc == 0 && place->letter != 0) {
        rc = unlinkat(place->live, place->name, 0);
    }
    (void)fsync(place->live);
    return rc;
}
