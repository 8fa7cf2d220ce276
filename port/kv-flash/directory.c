/* One file for each block. A new value is written beside the old one, synced, and takes
 * its name: that is atomic. Syncing the directory makes it durable. */
#include "directory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW       "new"
#define NAME_SIZE 16

static int system_failed(struct wafer_kv_directory *directory)
{
    directory->os_error = errno;
    return WAFER_E_FLASH;
}

static void name_block(uint32_t block, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "block-%05u", (unsigned)block);
}

static int read_part(struct wafer_kv_directory *directory, int fd, uint32_t offset, uint8_t *to, size_t len)
{
    while (len > 0) {
        ssize_t n = pread(fd, to, len, (off_t)offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? EIO : errno; /* it has become shorter */
            return system_failed(directory);
        }
        to += n;
        len -= (size_t)n;
        offset += (uint32_t)n;
    }
    return 0;
}

/* The file's length, or block_size + 1 for a longer one. */
static int read_file(struct wafer_kv_directory *directory, int fd, uint32_t offset, void *data, size_t len)
{
    struct stat found;

    if (fstat(fd, &found) < 0) {
        return system_failed(directory);
    }
    if (found.st_size > (off_t)directory->kv.block_size) {
        return (int)directory->kv.block_size + 1;
    }
    if (found.st_size < (off_t)directory->kv.block_size) {
        return (int)found.st_size;
    }
    int rc = read_part(directory, fd, offset, data, len);
    if (rc < 0) {
        return rc;
    }
    return (int)directory->kv.block_size;
}

/* That there is no such file is one error of many; only that one means an erased block. */
static int get(void *ctx, uint32_t block, uint32_t offset, void *data, size_t len)
{
    struct wafer_kv_directory *directory = ctx;
    char name[NAME_SIZE];

    name_block(block, name);
    int fd = openat(directory->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        return WAFER_E_NOT_FOUND;
    }
    if (fd < 0) {
        return system_failed(directory);
    }
    int rc = read_file(directory, fd, offset, data, len);
    close(fd);
    return rc;
}

static int write_all(struct wafer_kv_directory *directory, int fd, const uint8_t *from, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, from, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return system_failed(directory);
        }
        from += n;
        len -= (size_t)n;
    }
    return fsync(fd) < 0 ? system_failed(directory) : 0;
}

/* After an fsync that failed nothing is known of the file: it is not tried again, the next
 * put writes a whole new one. */
static int write_new(struct wafer_kv_directory *directory, const void *data, size_t len)
{
    if (unlinkat(directory->fd, NEW, 0) < 0 && errno != ENOENT) { /* left by a power cut */
        return system_failed(directory);
    }
    int fd = openat(directory->fd, NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        return system_failed(directory);
    }
    int rc = write_all(directory, fd, data, len);
    if (close(fd) < 0 && rc == 0) {
        rc = system_failed(directory);
    }
    return rc;
}

static int put(void *ctx, uint32_t block, const void *data, size_t len)
{
    struct wafer_kv_directory *directory = ctx;
    char name[NAME_SIZE];
    int rc = write_new(directory, data, len);

    if (rc < 0) {
        unlinkat(directory->fd, NEW, 0); /* it may hold secrets, and the disk may be full */
        return rc;
    }
    name_block(block, name);
    if (renameat(directory->fd, NEW, directory->fd, name) < 0 || fsync(directory->fd) < 0) {
        return system_failed(directory);
    }
    return 0;
}

int wafer_kv_directory_open(struct wafer_kv_directory *directory, const char *path, uint32_t block_size,
                            uint32_t block_count)
{
    *directory = (struct wafer_kv_directory){
        .kv =
            {.ctx = directory, .block_size = block_size, .block_count = block_count, .get = get, .put = put},
        .fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
    };
    if (directory->fd < 0) {
        return system_failed(directory);
    }
    if (flock(directory->fd, LOCK_EX | LOCK_NB) < 0) {
        int rc = system_failed(directory);
        wafer_kv_directory_close(directory);
        return rc;
    }
    return 0;
}

void wafer_kv_directory_close(struct wafer_kv_directory *directory)
{
    if (directory->fd >= 0) {
        close(directory->fd);
    }
    directory->fd = -1;
}
