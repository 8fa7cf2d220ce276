/* Reads and writes the file, and sees that it is complete, locked, and on the disk. */
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
#define READS_MAX 20 /* of a file that somebody else writes to */

static int note_problem(struct wafer_flash_file *file, enum wafer_flash_file_problem problem, int os_error)
{
    file->problem = problem;
    file->os_error = os_error;
    return WAFER_E_FLASH;
}

static int system_failed(struct wafer_flash_file *file)
{
    return note_problem(file, WAFER_FLASH_FILE_SYSTEM, errno);
}

/* Reads as much as there is, up to len. Returns how much, 0 at the end of the file. */
static int read_some(struct wafer_flash_file *file, uint32_t address, void *data, size_t len)
{
    ssize_t n;

    do {
        n = pread(file->fd, data, len, (off_t)address);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return system_failed(file);
    }
    return (int)n;
}

static struct wafer_flash_file_window *window_of(struct wafer_flash_file *file, uint32_t address)
{
    return &file->windows[address / file->flash.block_size % WAFER_FLASH_FILE_WINDOWS];
}

/* Moves a window to where `address` is in it. */
static int move_window(struct wafer_flash_file *file, struct wafer_flash_file_window *window,
                       uint32_t address)
{
    window->at = address - address % WAFER_FLASH_FILE_WINDOW;
    window->len = 0;
    do {
        int n = read_some(file, window->at + window->len, window->octets + window->len,
                          WAFER_FLASH_FILE_WINDOW - window->len);
        if (n < 0) {
            return n;
        }
        if (n == 0) {
            return note_problem(file, WAFER_FLASH_FILE_SIZE, 0); /* it became shorter */
        }
        window->len += (uint32_t)n;
    } while (address - window->at >= window->len);
    return 0;
}

static int read_file(void *ctx, uint32_t address, void *data, size_t len)
{
    struct wafer_flash_file *file = ctx;
    uint8_t *to = data;

    while (len > 0) {
        struct wafer_flash_file_window *window = window_of(file, address);
        uint32_t at = address - window->at;
        if (at >= window->len) {
            int rc = move_window(file, window, address);
            if (rc < 0) {
                return rc;
            }
            at = address - window->at;
        }
        size_t n = window->len - at < len ? window->len - at : len;
        memcpy(to, window->octets + at, n);
        to += n;
        len -= n;
        address += (uint32_t)n;
    }
    return 0;
}

static int write_file(void *ctx, uint32_t address, const void *data, size_t len)
{
    struct wafer_flash_file *file = ctx;
    const uint8_t *from = data;

    while (len > 0) {
        window_of(file, address)->len = 0;
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
    uint8_t erased[4096];
    uint32_t piece = size < sizeof erased ? size : (uint32_t)sizeof erased; /* sizes are powers of two */

    memset(erased, file->flash.erased, piece);
    for (uint32_t end = at + size; at != end; at += piece) {
        int rc = write_file(ctx, at, erased, piece);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

static int sync_file(void *ctx)
{
    struct wafer_flash_file *file = ctx;
    int rc = fsync(file->fd);

    if (rc < 0) {
        return system_failed(file);
    }
    return 0;
}

/* The other kind of lock, for what refuses flock. It ends when this process closes any descriptor of the file: there is
 * but one. */
static int lock_record(const struct wafer_flash_file *file)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int rc = fcntl(file->fd, F_SETLK, &whole);

    if (rc < 0 && errno == EACCES) {
        errno = EWOULDBLOCK;
    }
    return rc;
}

/* Keeps other writers out. */
static int lock_file(struct wafer_flash_file *file)
{
    int rc;

    do {
        rc = flock(file->fd, LOCK_EX | LOCK_NB);
    } while (rc < 0 && errno == EINTR);
    if (rc < 0 && errno != EWOULDBLOCK) {
        rc = lock_record(file);
    }
    if (rc < 0 && errno == EWOULDBLOCK) {
        return note_problem(file, WAFER_FLASH_FILE_LOCKED, 0);
    }
    if (rc < 0) {
        return system_failed(file);
    }
    return 0;
}

/* There may be keys in them. */
static void wipe_windows(struct wafer_flash_file *file)
{
    volatile uint8_t *octets = (volatile uint8_t *)file->windows;

    for (size_t i = 0; i < sizeof file->windows; i++) {
        octets[i] = 0;
    }
}

static void close_file(struct wafer_flash_file *file)
{
    wipe_windows(file);
    close(file->fd);
    file->fd = -1;
}

/* Whether the open file is as large as the geometry says. */
static int check_size(struct wafer_flash_file *file)
{
    struct stat found;
    int rc = fstat(file->fd, &found);

    if (rc < 0) {
        return system_failed(file);
    }
    file->size = found.st_size;
    if (!S_ISREG(found.st_mode) || file->size != (int64_t)file->flash.block_size * file->flash.block_count) {
        return note_problem(file, WAFER_FLASH_FILE_SIZE, 0);
    }
    return 0;
}

static int open_existing(struct wafer_flash_file *file, const char *path, enum wafer_flash_file_mode mode)
{
    bool reads = mode == WAFER_FLASH_FILE_READ;
    file->fd = open(path, (reads ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_CLOEXEC);
    if (file->fd < 0) {
        return system_failed(file);
    }
    int rc = reads ? 0 : lock_file(file);
    if (rc == 0) {
        rc = check_size(file);
    }
    if (rc < 0) {
        close_file(file);
    }
    return rc;
}

/* The directory of a path. */
static void name_directory(const char *path, char directory[PATH_SIZE])
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
    char directory[PATH_SIZE];

    name_directory(path, directory);
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return system_failed(file);
    }
    int rc = fsync(fd);
    if (rc < 0) {
        rc = errno == EINVAL ? 0 : system_failed(file); /* EINVAL: it knows no sync */
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
    int rc = lock_file(file);
    if (rc == 0 && is_named(file, temporary)) {
        unlink(temporary);
    }
    close_file(file);
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
            return note_problem(file, WAFER_FLASH_FILE_LOCKED, 0);
        }
        return note_problem(file, WAFER_FLASH_FILE_SYSTEM, error);
    }
    return 0;
}

/* Every octet is written, so that a full disk shows now and not later. */
static int erase_file(struct wafer_flash_file *file)
{
    for (uint32_t block = 0; block < file->flash.block_count; block++) {
        int rc = erase_block(file, block);
        if (rc < 0) {
            return rc;
        }
    }
    return sync_file(file);
}

/* Makes the open file an erased region, and gives it its name. */
static int complete(struct wafer_flash_file *file, const char *temporary, const char *path)
{
    int rc = lock_file(file);
    if (rc < 0) {
        return rc;
    }
    rc = erase_file(file);
    if (rc < 0) {
        return rc;
    }
    /* Another process may have cleared the name before it was locked, or have been quicker. */
    if (!is_named(file, temporary) || access(path, F_OK) == 0) {
        return note_problem(file, WAFER_FLASH_FILE_LOCKED, 0);
    }
    rc = rename(temporary, path);
    if (rc < 0) {
        return system_failed(file);
    }
    return sync_directory(file, path);
}

static int create(struct wafer_flash_file *file, const char *path)
{
    char temporary[PATH_SIZE + 4];

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
        close_file(file);
        return rc;
    }
    file->size = (int64_t)file->flash.block_size * file->flash.block_count;
    return 0;
}

/* Reads what the windows hold of each block. */
static int read_windows(struct wafer_flash_file *file)
{
    for (uint32_t block = 0; block < file->flash.block_count; block++) {
        uint8_t first;
        int rc = read_file(file, block * file->flash.block_size, &first, 1);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

int wafer_flash_file_read_again(struct wafer_flash_file *file)
{
    for (unsigned tries = 0;; tries++) {
        struct stat before, after;
        for (size_t i = 0; i < WAFER_FLASH_FILE_WINDOWS; i++) {
            file->windows[i].len = 0;
        }
        int rc = fstat(file->fd, &before);
        if (rc < 0) {
            return system_failed(file);
        }
        rc = read_windows(file);
        if (rc < 0) {
            return rc;
        }
        rc = fstat(file->fd, &after);
        if (rc < 0) {
            return system_failed(file);
        }
        bool same =
            before.st_mtim.tv_sec == after.st_mtim.tv_sec && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec;
        if (same || tries == READS_MAX) {
            return 0;
        }
    }
}

int wafer_flash_file_open(struct wafer_flash_file *file, const char *path, enum wafer_flash_file_mode mode,
                          const struct wafer_flash *geometry)
{
    static const struct wafer_flash usual = {.block_size = WAFER_FLASH_FILE_BLOCK_SIZE,
                                             .block_count = WAFER_FLASH_FILE_BLOCK_COUNT,
                                             .program_unit = 1,
                                             .erased = 0xff};

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
    int rc = open_existing(file, path, mode);
    if (rc < 0 && mode == WAFER_FLASH_FILE_CREATE && file->problem == WAFER_FLASH_FILE_SYSTEM &&
        file->os_error == ENOENT) {
        file->problem = WAFER_FLASH_FILE_FINE;
        file->os_error = 0;
        return create(file, path);
    }
    return rc;
}

void wafer_flash_file_close(struct wafer_flash_file *file)
{
    if (file->fd >= 0) {
        close_file(file);
    }
}
