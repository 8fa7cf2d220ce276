/* Judges owners, modes, hard and symbolic links. */
#include "trust.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "console.h"
#include "system_error.h"

#define LINKS_MAX 40 /* as Linux has it */
#define PROBE     ".wafer-probe"
#define OTHERS    (S_IRWXG | S_IRWXO)
#define TEXT_SIZE 1024
#define USER_SIZE 24

bool trust_user(unsigned user)
{
    return user == 0 || user == (unsigned)geteuid();
}

/* "root", "user 1000" */
static const char *user_text(unsigned user, char text[USER_SIZE])
{
    (void)text_format(text, USER_SIZE, user == 0 ? "root" : "user %u", user);
    return text;
}

/* Whether a new file in the directory has the mode that it was made with. Where none can be made, that is not known, and
 * modes are taken for what they say. */
static bool keeps_modes(int place)
{
    struct stat info;
    (void)unlinkat(place, PROBE, 0); /* left by a run that was killed */
    int fd = openat(place, PROBE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        return true;
    }
    int rc = fstat(fd, &info);
    (void)close(fd);
    (void)unlinkat(place, PROBE, 0);
    return rc < 0 || (info.st_mode & OTHERS) == 0;
}

/* Says it in the tone that the use asks for. */
static enum status refuse(enum trust_use use, const char *text)
{
    if (use == TRUST_READS) {
        warn("%s", text);
        return STATUS_DONE;
    }
    complain("%s", text);
    return STATUS_FAILED;
}

static enum status refuse_owner(const struct stat *info, const char *path, enum trust_use use)
{
    char text[TEXT_SIZE], owner[USER_SIZE], user[USER_SIZE];
    (void)text_format(text, sizeof text,
                      "%s belongs to %s, not to %s who runs wafer: run it as that user, or `chown %u %s`",
                      path, user_text((unsigned)info->st_uid, owner), user_text((unsigned)geteuid(), user),
                      (unsigned)geteuid(), path);
    return refuse(use, text);
}

static enum status refuse_links(const struct stat *info, const char *path, enum trust_use use)
{
    char text[TEXT_SIZE];
    (void)text_format(
        text, sizeof text,
        "%s has %u names (hard links), and whoever has another one has the keys: remove those, or put a copy "
        "(`cp -p`) in its place",
        path, (unsigned)info->st_nlink);
    return refuse(use, text);
}

/* Once: it is the same of all that is there. */
static void warn_of_file_system(const char *path)
{
    static bool told;
    if (!told) {
        warn("%s: its file system keeps no modes and lets others in (FAT?), to the keys, too: mount it with "
             "umask=077, or "
             "name a directory on another with --state",
             path);
    }
    told = true;
}

/* What others may write is refused, unless the file system says that of everything. */
static enum status judge_mode(const struct stat *info, const char *path, int place, enum trust_use use)
{
    char text[TEXT_SIZE];
    unsigned mode = (unsigned)info->st_mode & 07777;
    if (use == TRUST_WRITES && !keeps_modes(place)) {
        warn_of_file_system(path);
        return STATUS_DONE;
    }
    (void)text_format(
        text, sizeof text,
        "%s can be written by others than its owner (mode %u%u%u%u): see that it is what it was, then `chmod "
        "go-w %s`",
        path, mode >> 9, mode >> 6 & 7, mode >> 3 & 7, mode & 7, path);
    return refuse(use, text);
}

enum status trust_check(int fd, const char *path, int place, enum trust_use use)
{
    struct stat info;
    int rc = fstat(fd, &info);
    if (rc < 0) {
        complain("cannot use %s: %s", path, system_error_text(errno));
        return STATUS_FAILED;
    }
    if (!trust_user((unsigned)info.st_uid)) {
        return refuse_owner(&info, path, use);
    }
    if (!S_ISDIR(info.st_mode) && info.st_nlink > 1) {
        return refuse_links(&info, path, use);
    }
    return (info.st_mode & (S_IWGRP | S_IWOTH)) != 0 ? judge_mode(&info, path, place, use) : STATUS_DONE;
}

void trust_close_to_others(int fd, const char *path)
{
    struct stat info;
    int rc = fstat(fd, &info);
    if (rc < 0 || (info.st_mode & OTHERS) == 0) {
        return;
    }
    (void)fchmod(fd, S_IRUSR | S_IWUSR);
    rc = fstat(fd, &info);
    if (rc < 0 || (info.st_mode & OTHERS) != 0) {
        warn_of_file_system(path);
        return;
    }
    warn("%s could be read by others, with the keys in it; it is closed to them now, and if somebody did "
         "read it, `wafer renew "
         "--force` makes new keys",
         path);
}

/* --- symbolic links --- */

void trust_parent(const char *path, char parent[TRUST_PATH_SIZE])
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    if (len == 0) {
        (void)text_format(parent, TRUST_PATH_SIZE, "%s", slash == NULL ? "." : "/");
        return;
    }
    (void)text_format(parent, TRUST_PATH_SIZE, "%.*s", (int)len, path);
}

/* With a slash behind it, a link would be what it leads to. */
static void cut_slashes(char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') {
        path[--len] = 0;
    }
}

/* Goes on where the link at `target` leads. Returns 0, or an errno. */
static int step(char target[TRUST_PATH_SIZE])
{
    char next[TRUST_PATH_SIZE], parent[TRUST_PATH_SIZE], link[TRUST_PATH_SIZE];
    ssize_t len = readlink(target, link, sizeof link - 1);
    if (len < 0) {
        return errno;
    }
    link[len] = 0;
    trust_parent(target, parent);
    bool fits = link[0] == '/' ? text_format(next, sizeof next, "%s", link)
                               : text_format(next, sizeof next, "%s/%s", parent, link);
    if (!fits || (size_t)len == sizeof link - 1) {
        return ENAMETOOLONG;
    }
    memcpy(target, next, sizeof next);
    cut_slashes(target);
    return 0;
}

static enum status complain_link(const char *path, const char *link, unsigned user)
{
    char owner[USER_SIZE];
    complain("%s: %s is a symbolic link that belongs to %s, who could lead wafer elsewhere: name what it "
             "leads to, or make "
             "the link yours with `chown -h %u %s`",
             path, link, user_text(user, owner), (unsigned)geteuid(), link);
    return STATUS_FAILED;
}

enum status trust_follow(const char *path, char target[TRUST_PATH_SIZE])
{
    bool fits = text_format(target, TRUST_PATH_SIZE, "%s", path);
    int error = fits ? 0 : ENAMETOOLONG;
    cut_slashes(target);
    for (int links = 0; error == 0; links++) {
        struct stat info;
        int rc = lstat(target, &info);
        if (rc < 0 || !S_ISLNK(info.st_mode)) {
            return STATUS_DONE;
        }
        if (!trust_user((unsigned)info.st_uid)) {
            return complain_link(path, target, (unsigned)info.st_uid);
        }
        error = links == LINKS_MAX ? ELOOP : step(target);
    }
    complain("%s: cannot follow the symbolic link: %s; %s", path, system_error_text(error),
             system_error_remedy(error));
    return STATUS_FAILED;
}
