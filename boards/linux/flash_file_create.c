/* Makes the file: complete, and on the disk, before it has its name. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "flash_file_parts.h"

/* The directory of a path. */
static void name_directory(const char *path, char directory[FLASH_FILE_PATH])
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);

    if (len == 0) {
        strcpy(directory, slash == NULL ? "." : "/");
        return;
    }
    memcpy(directory, path, len); /* not with snprintf, which would be half of a static libc */
    directory[len] = 0;
}

/* A new name is on the disk only when its directory is. */
static int sync_directory(struct wafer_flash_file *file, const char *path)
{
    char directory[FLASH_FILE_PATH];

    name_directory(path, directory);
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return wafer_flash_file_fail_system(file);
    }
    int rc = fsync(fd);
    if (rc < 0) {
        rc = errno == EINVAL ? 0 : wafer_flash_file_fail_system(file); /* EINVAL: it knows no sync */
    }
    close(fd);
    return rc;
}

/* Whether a name is that of the open file. */
static bool is_named(const struct wafer_flash_file *file, const char *name)
{
    struct stat open_file, named;

    return fstat(file->fd, &open_file) == 0 && lstat(name, &named) == 0 && open_file.st_dev == named.st_dev &&
           open_file.st_ino == named.st_ino;
}

/* Removes what an interrupted run left under the temporary name; what a running one
 * has there is locked. */
static int clear_temporary(struct wafer_flash_file *file, const char *temporary)
{
    file->fd = open(temporary, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (file->fd < 0) {
        return 0;
    }
    int rc = wafer_flash_file_lock(file);
    if (rc == 0 && is_named(file, temporary)) {
        unlink(temporary);
    }
    wafer_flash_file_end(file);
    return rc;
}

static int open_temporary(struct wafer_flash_file *file, const char *temporary)
{
    file->fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file->fd < 0) {
        struct stat named;
        int error = errno;

        /* A regular file that has come since then is another process's. */
        if (error == EEXIST && lstat(temporary, &named) == 0 && S_ISREG(named.st_mode)) {
            return wafer_flash_file_fail(file, WAFER_FLASH_FILE_LOCKED, 0);
        }
        return wafer_flash_file_fail(file, WAFER_FLASH_FILE_SYSTEM, error);
    }
    return 0;
}

/* Every octet is written, so that a full disk shows now and not later. */
static int erase_file(struct wafer_flash_file *file)
{
    for (uint32_t block = 0; block < file->flash.block_count; block++) {
        int rc = file->flash.erase(file->flash.ctx, block);
        if (rc < 0) {
            return rc;
        }
    }
    return file->flash.sync(file->flash.ctx);
}

/* Makes the open file an erased region, and gives it its name. */
static int complete(struct wafer_flash_file *file, const char *temporary, const char *path)
{
    int rc = wafer_flash_file_lock(file);
    if (rc < 0) {
        return rc;
    }
    rc = erase_file(file);
    if (rc < 0) {
        return rc;
    }
    /* Another process may have cleared the name before it was locked, or have been quicker. */
    if (!is_named(file, temporary) || access(path, F_OK) == 0) {
        return wafer_flash_file_fail(file, WAFER_FLASH_FILE_LOCKED, 0);
    }
    rc = rename(temporary, path);
    if (rc < 0) {
        return wafer_flash_file_fail_system(file);
    }
    return sync_directory(file, path);
}

int wafer_flash_file_create(struct wafer_flash_file *file, const char *path)
{
    char temporary[FLASH_FILE_PATH + 4];

    strcpy(temporary, path);
    strcat(temporary, ".new");
    int rc = clear_temporary(file, temporary);
    if (rc < 0) {
        return rc;
    }
    rc = open_temporary(file, temporary);
    if (rc < 0) {
        return rc;
    }
    rc = complete(file, temporary, path);
    if (rc < 0) {
        if (is_named(file, temporary)) {
            unlink(temporary);
        }
        wafer_flash_file_end(file);
        return rc;
    }
    file->size = (int64_t)file->flash.block_size * file->flash.block_count;
    return 0;
}
