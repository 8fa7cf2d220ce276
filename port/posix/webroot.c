/* Writes answers into a web server's document root, so that nobody who may write there can
 * lead it elsewhere. */
#define _POSIX_C_SOURCE 200809L
#include "webroot.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define TEMPORARY       ".wafer-"
#define TEMPORARY_SIZE  (sizeof TEMPORARY + WAFER_TOKEN_MAX)
#define CHALLENGES      ".well-known/acme-challenge"
#define LINK_SIZE       1024 /* of a symbolic link's text */
#define ANSWER_SIZE \
    (WAFER_TOKEN_MAX + 64) /* token, ".", thumbprint of 43 octets, and one more to see that that is all */

/* What becomes of a directory that is not there. */
enum absent { CREATE, LEAVE };

static int fail(struct wafer_webroot *webroot, const char *what)
{
    webroot->system_error = errno;
    webroot->failed = what;
    return WAFER_E_SOLVER;
}

static bool is_ours(const struct stat *link)
{
    return S_ISLNK(link->st_mode) && (link->st_uid == 0 || link->st_uid == geteuid());
}

/* Whether the name stood for the same thing at both times: a rename changes st_ctime. */
static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Opens where a symbolic link leads, by its text, for by its name somebody could have changed it meanwhile. Returns -1 with
 * errno: EPERM when it is somebody else's. */
static int follow(int parent, const char *name)
{
    struct stat before, after;
    char text[LINK_SIZE];
    int rc = fstatat(parent, name, &before, AT_SYMLINK_NOFOLLOW);

    if (rc < 0) {
        return rc;
    }
    if (!S_ISLNK(before.st_mode)) {
        errno = ENOTDIR;
        return -1;
    }
    ssize_t len = readlinkat(parent, name, text, sizeof text);
    rc = fstatat(parent, name, &after, AT_SYMLINK_NOFOLLOW);
    if (rc < 0 || len < 0) {
        return -1;
    }
    if (!is_ours(&before) || !is_same(&before, &after) || (size_t)len == sizeof text) {
        errno = EPERM;
        return -1;
    }
    text[len] = 0;
    return openat(parent, text, DIRECTORY_FLAGS);
}

/* Opens a directory in the one that `parent` is, creating it if asked to. Returns -1 with errno. */
static int open_in(int parent, const char *name, enum absent absent)
{
    int made = -1, refused = ENOENT;

    if (absent == CREATE) {
        made = mkdirat(parent, name, 0755);
        refused = made < 0 ? errno : ENOENT;
        refused = refused == EPERM ? EACCES : refused; /* EPERM tells of a link */
    }
    int fd = openat(parent, name, DIRECTORY_FLAGS | O_NOFOLLOW);
    if (fd < 0 && (errno == ELOOP || errno == ENOTDIR)) { /* systems differ in how they call a link */
        return follow(parent, name);
    }
    if (fd < 0) {
        errno = errno == ENOENT ? refused : errno;
    } else if (made == 0) {
        (void)fchmod(fd, 0755); /* the server must get in, whatever the umask */
    }
    return fd;
}

/* The same, and closes parent. */
static int enter(int parent, const char *name, enum absent absent)
{
    int fd = open_in(parent, name, absent), error = errno;

    close(parent);
    errno = error;
    return fd;
}

static int fail_to_enter(struct wafer_webroot *webroot, const char *use, const char *follow_link)
{
    return fail(webroot, errno == EPERM ? follow_link : use);
}

/* Opens DIR/.well-known/acme-challenge. */
static int open_challenges(struct wafer_webroot *webroot, enum absent absent)
{
    int fd = open(webroot->directory, DIRECTORY_FLAGS);

    if (fd < 0) {
        return fail(webroot, "open the directory");
    }
    if (webroot->is_challenges) {
        return fd;
    }
    fd = enter(fd, ".well-known", absent);
    if (fd < 0) {
        return fail_to_enter(webroot, "use its subdirectory .well-known",
                             "follow its .well-known, a symbolic link of another user");
    }
    fd = enter(fd, "acme-challenge", absent);
    if (fd < 0) {
        return fail_to_enter(webroot, "use its subdirectory " CHALLENGES,
                             "follow its " CHALLENGES ", a symbolic link of another user");
    }
    return fd;
}

/* Returns 0, or -1 with errno, as the functions below. */
static int write_all(int fd, const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static int write_content(int fd, const struct wafer_challenge *challenge)
{
    int rc = fchmod(fd, 0644);

    if (rc < 0) {
        return rc;
    }
    rc = write_all(fd, challenge->token);
    if (rc < 0) {
        return rc;
    }
    rc = write_all(fd, ".");
    if (rc < 0) {
        return rc;
    }
    return write_all(fd, challenge->thumbprint);
}

/* What stands under the token's name. */
enum found {
    FOUND_NONE,
    FOUND_ANSWER,  /* the one that is to be there */
    FOUND_OURS,    /* one of this user's, for another account */
    FOUND_FOREIGN, /* anything else: it stays */
};

static enum found judge(const struct stat *info, const char *text, const struct wafer_challenge *challenge)
{
    size_t token = strlen(challenge->token);

    if (strncmp(text, challenge->token, token) != 0 || text[token] != '.') {
        return FOUND_FOREIGN;
    }
    if (strcmp(text + token + 1, challenge->thumbprint) == 0 && (info->st_mode & S_IROTH) != 0) {
        return FOUND_ANSWER;
    }
    return info->st_uid == geteuid() && info->st_nlink == 1 ? FOUND_OURS : FOUND_FOREIGN;
}

/* The CA chooses the token, and may choose the name of a file that somebody has there. */
static enum found look(int directory, const struct wafer_challenge *challenge)
{
    char text[ANSWER_SIZE] = "";
    struct stat info;
    int rc = fstatat(directory, challenge->token, &info, AT_SYMLINK_NOFOLLOW);

    if (rc < 0) {
        return errno == ENOENT ? FOUND_NONE : FOUND_FOREIGN;
    }
    int fd = S_ISREG(info.st_mode)
                 ? openat(directory, challenge->token, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
                 : -1;
    if (fd < 0) {
        return FOUND_FOREIGN;
    }
    rc = fstat(fd, &info);
    ssize_t len = rc < 0 ? -1 : read(fd, text, sizeof text - 1);
    close(fd);
    return len > 0 && len == info.st_size ? judge(&info, text, challenge) : FOUND_FOREIGN;
}

/* Writes the file under its temporary name. */
static int write_file(int directory, const char *name, const struct wafer_challenge *challenge)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0) {
        return -1;
    }
    int rc = write_content(fd, challenge);
    int error = errno;
    int closed = close(fd);
    if (rc == 0) {
        return closed;
    }
    errno = error;
    return rc;
}

/* The token comes from the network and becomes a file name: only base64url (RFC 8555 8.1). */
static bool is_token(const char *token)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t len = strlen(token);

    return len > 0 && len < WAFER_TOKEN_MAX && strspn(token, alphabet) == len;
}

static void temporary_name(char name[TEMPORARY_SIZE], const char *token)
{
    memcpy(name, TEMPORARY, sizeof TEMPORARY - 1);
    memcpy(name + sizeof TEMPORARY - 1, token, strlen(token) + 1);
}

/* Gives the answer its name, which nobody has. A file system without hard links (FAT) needs a rename, and between the
 * look and that somebody might have taken the name. */
static int give_name(int directory, const char *temporary, const struct wafer_challenge *challenge)
{
    int rc = linkat(directory, temporary, directory, challenge->token, 0);

    if (rc < 0 && errno != EEXIST && look(directory, challenge) == FOUND_NONE) {
        return renameat(directory, temporary, directory, challenge->token);
    }
    if (rc == 0) {
        (void)unlinkat(directory, temporary, 0);
    }
    return rc;
}

static int write_and_name(int directory, const char *temporary, const struct wafer_challenge *challenge)
{
    int rc = write_file(directory, temporary, challenge);

    return rc < 0 ? rc : give_name(directory, temporary, challenge);
}

/* Puts the answer in its place at once, with its content. */
static int write_answer(int directory, const struct wafer_challenge *challenge)
{
    char temporary[TEMPORARY_SIZE];
    enum found found = look(directory, challenge);

    temporary_name(temporary, challenge->token);
    (void)unlinkat(directory, temporary, 0); /* left by a run that was killed */
    if (found == FOUND_ANSWER) {
        return 0;
    }
    if (found == FOUND_FOREIGN) {
        errno = EEXIST;
        return -1;
    }
    if (found == FOUND_OURS) {
        (void)unlinkat(directory, challenge->token, 0);
    }
    int rc = write_and_name(directory, temporary, challenge);
    if (rc < 0) {
        int error = errno;
        (void)unlinkat(directory, temporary, 0);
        errno = error;
    }
    return rc;
}

static int webroot_present(void *ctx, const struct wafer_challenge *challenge)
{
    struct wafer_webroot *webroot = ctx;

    webroot->failed = NULL;
    webroot->system_error = 0;
    if (!is_token(challenge->token)) {
        return WAFER_E_ARGUMENT;
    }
    int directory = open_challenges(webroot, CREATE);
    if (directory < 0) {
        return directory;
    }
    strcpy(webroot->name, challenge->token);
    int rc = write_answer(directory, challenge);
    if (rc < 0) {
        rc = fail(webroot, webroot->is_challenges ? "write a file in it"
                                                  : "write a file in its subdirectory " CHALLENGES);
    }
    close(directory);
    return rc;
}

static void webroot_cleanup(void *ctx, const struct wafer_challenge *challenge)
{
    struct wafer_webroot *webroot = ctx;
    struct wafer_webroot quiet = *webroot; /* what present said stays */
    char temporary[TEMPORARY_SIZE];
    enum found found;
    int directory;

    if (!is_token(challenge->token)) {
        return;
    }
    directory = open_challenges(&quiet, LEAVE);
    if (directory < 0) {
        return;
    }
    temporary_name(temporary, challenge->token);
    (void)unlinkat(directory, temporary, 0);
    found = look(directory, challenge);
    if (found == FOUND_ANSWER || found == FOUND_OURS) {
        (void)unlinkat(directory, challenge->token, 0);
    }
    close(directory);
}

/* Whether a path ends in .well-known/acme-challenge, with slashes behind it or without. */
static bool names_challenges(const char *path)
{
    size_t len = strlen(path), tail = sizeof CHALLENGES - 1;

    while (len > 0 && path[len - 1] == '/') {
        len--;
    }
    bool ends = len >= tail && strncmp(path + len - tail, CHALLENGES, tail) == 0;
    return ends && (len == tail || path[len - tail - 1] == '/');
}

void wafer_webroot_init(struct wafer_webroot *webroot, const char *directory)
{
    memset(webroot, 0, sizeof *webroot);
    webroot->directory = directory;
    webroot->is_challenges = names_challenges(directory);
}

void wafer_webroot_init_challenges(struct wafer_webroot *webroot, const char *directory)
{
    wafer_webroot_init(webroot, directory);
    webroot->is_challenges = true;
}

struct wafer_solver wafer_webroot_solver(struct wafer_webroot *webroot)
{
    struct wafer_solver solver = {"http-01", webroot, webroot_present, NULL, webroot_cleanup};

    return solver;
}
