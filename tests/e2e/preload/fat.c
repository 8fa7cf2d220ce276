/* Loaded into the command (LD_PRELOAD): the folder FAT_FOLDER is on a file system that keeps no modes, all of it has
 * FAT_MODE (octal). With FAT_LINKS=no there are no symbolic and no hard links either, with FAT_CHMOD=no changing a mode is
 * refused, not ignored, with FAT_SYNC=no directories can't be synced. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_off(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && strcmp(value, "no") == 0;
}

static int is_below(int fd)
{
    char link[64], path[4096];
    const char *folder = getenv("FAT_FOLDER");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    path[len > 0 ? len : 0] = 0;
    return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static int refuse(int error)
{
    errno = error;
    return -1;
}

static void change_mode(int fd, int rc, mode_t *mode)
{
    if (rc == 0 && is_below(fd)) {
        *mode = (*mode & S_IFMT) | (mode_t)strtoul(getenv("FAT_MODE"), NULL, 8);
    }
}

int fstat(int fd, struct stat *info)
{
    int (*next)(int, struct stat *) = dlsym(RTLD_NEXT, "fstat");
    int rc = next(fd, info);
    change_mode(fd, rc, &info->st_mode);
    return rc;
}

/* Its name where files have 64 bits. */
int fstat64(int fd, struct stat64 *info)
{
    int (*next)(int, struct stat64 *) = dlsym(RTLD_NEXT, "fstat64");
    int rc = next(fd, info);
    change_mode(fd, rc, &info->st_mode);
    return rc;
}

int fchmod(int fd, mode_t mode)
{
    int (*next)(int, mode_t) = dlsym(RTLD_NEXT, "fchmod");
    if (!is_below(fd)) {
        return next(fd, mode);
    }
    return is_off("FAT_CHMOD") ? refuse(EPERM) : 0;
}

int symlinkat(const char *target, int fd, const char *name)
{
    int (*next)(const char *, int, const char *) = dlsym(RTLD_NEXT, "symlinkat");
    return is_below(fd) && is_off("FAT_LINKS") ? refuse(EPERM) : next(target, fd, name);
}

int linkat(int from, const char *old, int to, const char *name, int flags)
{
    int (*next)(int, const char *, int, const char *, int) = dlsym(RTLD_NEXT, "linkat");
    return is_below(to) && is_off("FAT_LINKS") ? refuse(EPERM) : next(from, old, to, name, flags);
}

int fsync(int fd)
{
    int (*next)(int) = dlsym(RTLD_NEXT, "fsync");
    int (*status)(int, struct stat *) = dlsym(RTLD_NEXT, "fstat");
    struct stat info;
    if (is_below(fd) && is_off("FAT_SYNC") && status(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        return refuse(EINVAL);
    }
    return next(fd);
}
