#include "flash_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4096

static int fail(struct wafer_flash_file *file, enum wafer_flash_file_problem problem, int os_error)
{
    file->problem = problem;
    file->os_error = os_error;
    return WAFER_E_FLASH;
}

static int system_failed(struct wafer_flash_file *file)
{
    return fail(file, WAFER_FLASH_FILE_SYSTEM, errno);
}

static int read_file(void *ctx, uint32_t address, void *data, size_t len)
{
    struct wafer_flash_file *file = ctx;
    uint8_t *to = data;

    while (len > 0) {
        ssize_t n = pread(file->fd, to, len, (off_t)address);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? system_failed(file) : fail(file, WAFER_FLASH_FILE_SIZE, 0);
        }
        to += n;
        len -= (size_t)n;
        address += (uint32_t)n;
    }
    return 0;
}

static int write_file(void *ctx, uint32_t address, const void *data, size_t len)
{
    struct wafer_flash_file *file = ctx;
    const uint8_t *from = data;

    while (len > 0) {
        ssize_t n = pwrite(file->fd, from, len, (off_t)address);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return system_failed(file);
        }
        from += n;
        len -= (size_t)n;
        address += (uint32_t)n;
    }
    return 0;
}

static int erase_block(void *ctx, uint32_t block)
{
    struct wafer_flash_file *file = ctx;
    uint32_t size = file->flash.block_size, at = block * size;
    uint8_t erased[512]; /* the smallest block: sizes are powers of two */

    memset(erased, file->flash.erased, sizeof erased);
    for (uint32_t end = at + size; at != end; at += (uint32_t)sizeof erased) {
        int rc = write_file(ctx, at, erased, sizeof erased);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

static int sync_file(void *ctx)
{
    struct wafer_flash_file *file = ctx;

    return fsync(file->fd) < 0 ? system_failed(file) : 0;
}

static int lock(struct wafer_flash_file *file, bool shared)
{
    while (flock(file->fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0) {
        if (errno != EINTR) {
            return errno == EWOULDBLOCK ? fail(file, WAFER_FLASH_FILE_LOCKED, 0) : system_failed(file);
        }
    }
    return 0;
}

static int close_failed(struct wafer_flash_file *file)
{
    close(file->fd);
    file->fd = -1;
    return WAFER_E_FLASH;
}

static int open_existing(struct wafer_flash_file *file, const char *path, bool read_only)
{
    struct stat found;

    file->fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_CLOEXEC);
    if (file->fd < 0) {
        return system_failed(file);
    }
    if (lock(file, read_only) < 0) {
        return close_failed(file);
    }
    if (fstat(file->fd, &found) < 0) {
        system_failed(file);
        return close_failed(file);
    }
    file->size = found.st_size;
    if (!S_ISREG(found.st_mode) || file->size != (int64_t)file->flash.block_size * file->flash.block_count) {
        fail(file, WAFER_FLASH_FILE_SIZE, 0);
        return close_failed(file);
    }
    return 0;
}

/* A new name is on the disk only when its directory is. */
static int sync_directory(struct wafer_flash_file *file, const char *path)
{
    char directory[PATH_SIZE];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    int rc, fd;

    memcpy(directory, path, len); /* not with snprintf, which would be half of a static libc */
    directory[len] = 0;
    fd = open(slash == NULL ? "." : len == 0 ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return system_failed(file);
    }
    rc = fsync(fd) < 0 && errno != EINVAL ? system_failed(file) : 0; /* EINVAL: it knows no sync */
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
    if (lock(file, false) < 0) {
        return close_failed(file);
    }
    if (is_named(file, temporary)) {
        unlink(temporary);
    }
    close(file->fd);
    file->fd = -1;
    return 0;
}

static int create(struct wafer_flash_file *file, const char *path)
{
    char temporary[PATH_SIZE + 4];
    int rc;

    strcpy(temporary, path);
    strcat(temporary, ".new");
    if (clear_temporary(file, temporary) < 0) {
        return WAFER_E_FLASH;
    }
    file->fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file->fd < 0) {
        struct stat named;
        int error = errno;

        /* A regular file that has come since then is another process's. */
        if (error == EEXIST && lstat(temporary, &named) == 0 && S_ISREG(named.st_mode)) {
            return fail(file, WAFER_FLASH_FILE_LOCKED, 0);
        }
        return fail(file, WAFER_FLASH_FILE_SYSTEM, error);
    }
    rc = lock(file, false);
    /* Every octet is written, so that a full disk shows now and not later. */
    for (uint32_t block = 0; rc == 0 && block < file->flash.block_count; block++) {
        rc = erase_block(file, block);
    }
    if (rc == 0) {
        rc = sync_file(file);
    }
    /* Another process may have cleared the name before it was locked, or have been quicker. */
    if (rc == 0 && (!is_named(file, temporary) || access(path, F_OK) == 0)) {
        rc = fail(file, WAFER_FLASH_FILE_LOCKED, 0);
    }
    if (rc == 0) {
        rc = rename(temporary, path) < 0 ? system_failed(file) : sync_directory(file, path);
    }
    if (rc < 0) {
        if (is_named(file, temporary)) {
            unlink(temporary);
        }
        return close_failed(file);
    }
    file->size = (int64_t)file->flash.block_size * file->flash.block_count;
    return 0;
}

int wafer_flash_file_open(struct wafer_flash_file *file, const char *path, enum wafer_flash_file_mode mode,
                          const struct wafer_flash *geometry)
{
    static const struct wafer_flash usual = {.block_size = WAFER_FLASH_FILE_BLOCK_SIZE,
                                             .block_count = WAFER_FLASH_FILE_BLOCK_COUNT,
                                             .program_unit = 1,
                                             .erased = 0xff};
    int rc;

    memset(file, 0, sizeof *file);
    file->flash = geometry == NULL ? usual : *geometry;
    file->flash.ctx = file;
    file->flash.read = read_file;
    file->flash.program = write_file;
    file->flash.erase = erase_block;
    file->flash.sync = sync_file;
    file->fd = -1;
    if (strlen(path) >= PATH_SIZE) {
        return WAFER_E_ARGUMENT;
    }
    rc = open_existing(file, path, mode == WAFER_FLASH_FILE_READ);
    if (rc < 0 && mode == WAFER_FLASH_FILE_CREATE && file->problem == WAFER_FLASH_FILE_SYSTEM &&
        file->os_error == ENOENT) {
        file->problem = WAFER_FLASH_FILE_FINE;
        file->os_error = 0;
        rc = create(file, path);
    }
    return rc;
}

void wafer_flash_file_close(struct wafer_flash_file *file)
{
    if (file->fd >= 0) {
        close(file->fd);
    }
    file->fd = -1;
}
