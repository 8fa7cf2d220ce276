/* Opens the state directory and the store in it, and tells what is wrong with them. */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "console.h"
#include "system_error.h"
#include "wipe.h"

static enum status complain_directory(const char *path, int error)
{
    complain("cannot use the state directory %s: %s; run wafer as the user who owns it, or name another "
             "with --state",
             path, system_error_text(error));
    return STATUS_FAILED;
}

/* Makes the directory: one level, for its owner only. */
static enum status make_directory(const char *path)
{
    int made = mkdir(path, 0700);
    if (made == 0 || errno == EEXIST) {
        return STATUS_DONE;
    }
    if (errno != ENOENT) {
        return complain_directory(path, errno);
    }
    complain("cannot make %s: the directory above it is missing; run `mkdir -p %s`, or name another "
             "with --state",
             path, path);
    return STATUS_FAILED;
}

/* Opens the directory, or makes it. */
static enum status open_directory(struct state *state, enum state_use use)
{
    const char *path = state->path;
    state->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state->fd >= 0) {
        return STATUS_DONE;
    }
    if (errno != ENOENT) {
        return complain_directory(path, errno);
    }
    if (use == STATE_READ) {
        state->empty = true;
        return STATUS_DONE;
    }
    enum status status = make_directory(path);
    if (status != STATUS_DONE) {
        return status;
    }
    state->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return state->fd >= 0 ? STATUS_DONE : complain_directory(path, errno);
}

static enum status complain_file(const struct state *state)
{
    const struct wafer_flash_file *file = &state->file;
    if (file->problem == WAFER_FLASH_FILE_LOCKED) {
        complain("%s is in use by another wafer; try again when that one has ended", state->store_path);
        return STATUS_LATER;
    }
    if (file->problem == WAFER_FLASH_FILE_SIZE) {
        complain("%s has %lld octets, a store has %lld: it was cut off or is something else; put a copy "
                 "back, or move "
                 "it away to begin anew",
                 state->store_path, (long long)file->size,
                 (long long)file->flash.block_size * file->flash.block_count);
        return STATUS_FAILED;
    }
    bool refused = file->os_error == EACCES || file->os_error == EPERM || file->os_error == EROFS;
    complain("cannot open %s: %s; %s", state->store_path, system_error_text(file->os_error),
             refused ? "run wafer as the user who owns it, or name another directory with --state"
                     : "check the disk, or name another directory with --state");
    return STATUS_FAILED;
}

static enum status complain_mount(const struct state *state, int error)
{
    if (error == WAFER_E_FLASH) {
        return complain_file(state);
    }
    complain("%s: %s: it is damaged or something else; put a copy back, or move it away to begin anew "
             "(`wafer store format --force` erases it)",
             state->store_path, wafer_error_text(error));
    return STATUS_FAILED;
}

static enum status mount_for_writing(struct state *state)
{
    int rc = wafer_store_mount(&state->store, &state->file.flash);
    if (rc == WAFER_E_BLANK) {
        rc = wafer_store_format(&state->store, &state->file.flash);
    }
    return rc == 0 ? STATUS_DONE : complain_mount(state, rc);
}

/* A store that another process writes to is read without its lock: commits are
 * whole, and what moves in the meantime is read again. */
static enum status mount_for_reading(struct state *state)
{
    static const struct timespec pause = {.tv_nsec = 50000000};
    bool written_to = state->file.problem == WAFER_FLASH_FILE_LOCKED;
    int rc = wafer_store_mount(&state->store, &state->file.flash);
    for (int tries = 1; written_to && rc == WAFER_E_STORE_FORMAT && tries < 5; tries++) {
        (void)nanosleep(&pause, NULL);
        rc = wafer_store_mount(&state->store, &state->file.flash);
    }
    state->empty = rc == WAFER_E_BLANK;
    return rc == 0 || state->empty ? STATUS_DONE : complain_mount(state, rc);
}

static enum status open_for_reading(struct state *state)
{
    struct wafer_flash_file *file = &state->file;
    int rc = wafer_flash_file_open(file, state->store_path, WAFER_FLASH_FILE_READ, NULL);
    if (rc >= 0) {
        return mount_for_reading(state);
    }
    if (file->problem == WAFER_FLASH_FILE_LOCKED) {
        file->fd = open(state->store_path, O_RDONLY | O_CLOEXEC);
        return file->fd >= 0 ? mount_for_reading(state) : complain_file(state);
    }
    if (file->problem == WAFER_FLASH_FILE_SYSTEM && file->os_error == ENOENT) {
        state->empty = true;
        return STATUS_DONE;
    }
    return complain_file(state);
}

enum status state_open(struct state *state, const char *path, enum state_use use)
{
    wipe_at_end(state, sizeof *state);
    state->path = path;
    state->empty = false;
    if (!text_format(state->store_path, sizeof state->store_path, "%s/store", path)) {
        complain("--state %.*s...: the path is too long", 80, path);
        return STATUS_USAGE;
    }
    enum status status = open_directory(state, use);
    if (status != STATUS_DONE || state->empty) {
        return status;
    }
    if (use == STATE_READ) {
        return open_for_reading(state);
    }
    int rc = wafer_flash_file_open(&state->file, state->store_path, WAFER_FLASH_FILE_CREATE, NULL);
    if (rc < 0) {
        return complain_file(state);
    }
    return use == STATE_RAW ? STATUS_DONE : mount_for_writing(state);
}

/* --- images --- */

/* A geometry that an image may have. */
struct geometry {
    uint32_t block_size, block_count, unit;
};

/* Tries one geometry. Returns what mounting says; the file is open when that is 0. */
static int try_geometry(struct state *state, const struct geometry *geometry, uint8_t erased)
{
    struct wafer_flash flash = {.block_size = geometry->block_size,
                                .block_count = geometry->block_count,
                                .program_unit = geometry->unit,
                                .erased = erased};
    int rc = wafer_flash_file_open(&state->file, state->store_path, WAFER_FLASH_FILE_READ, &flash);
    if (rc < 0) {
        return WAFER_E_FLASH;
    }
    rc = wafer_store_mount(&state->store, &state->file.flash);
    if (rc < 0) {
        wafer_flash_file_close(&state->file);
    }
    return rc;
}

/* No header tells what erased octets read as, but the free end of the newest block does.
 * Where it has none, they are taken for 0xff. */
static int try_erased(struct state *state, const struct geometry *geometry)
{
    int rc = try_geometry(state, geometry, 0xff);
    if (rc < 0 || state->store.offset < geometry->block_size) {
        return rc;
    }
    wafer_flash_file_close(&state->file);
    rc = try_geometry(state, geometry, 0x00);
    if (rc < 0 || state->store.offset < geometry->block_size) {
        return rc;
    }
    wafer_flash_file_close(&state->file);
    return try_geometry(state, geometry, 0xff);
}

/* The header of a block names its geometry, so only the right one mounts. */
static int search_geometry(struct state *state, int64_t size)
{
    for (unsigned shift = 9; shift <= 24 && size >> shift >= 2; shift++) {
        struct geometry geometry = {(uint32_t)1 << shift, (uint32_t)(size >> shift), 1};
        bool whole = (size & (geometry.block_size - 1)) == 0;
        for (; whole && geometry.unit <= WAFER_PROGRAM_UNIT_MAX; geometry.unit *= 2) {
            int rc = try_erased(state, &geometry);
            if (rc == 0 || rc == WAFER_E_FLASH) {
                return rc;
            }
        }
    }
    return WAFER_E_STORE_FORMAT;
}

enum status state_open_image(struct state *state, const char *path)
{
    struct stat info;
    wipe_at_end(state, sizeof *state);
    state->path = path;
    state->fd = -1;
    state->empty = false;
    if (!text_format(state->store_path, sizeof state->store_path, "%s", path)) {
        complain("%.*s...: the path is too long", 80, path);
        return STATUS_USAGE;
    }
    if (stat(path, &info) != 0) {
        complain("cannot open %s: %s; name an image of a store", path, system_error_text(errno));
        return STATUS_FAILED;
    }
    int rc = search_geometry(state, info.st_size);
    return rc == 0 ? STATUS_DONE : complain_mount(state, rc);
}
