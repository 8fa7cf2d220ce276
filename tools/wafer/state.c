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
#include "trust.h"
#include "wipe.h"

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Whether a path can be gone through. */
static bool is_passable(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode) && access(path, X_OK) == 0;
}

/* The first part of a path that is no directory to go through: what is in the way. */
static void find_way(const char *path, char way[TRUST_PATH_SIZE])
{
    size_t len = strlen(path);
    for (size_t end = 1; end <= len; end++) {
        if (end < len && path[end] != '/') {
            continue;
        }
        (void)text_format(way, TRUST_PATH_SIZE, "%.*s", (int)end, path);
        if (!is_passable(way)) {
            return;
        }
    }
}

/* `target`: what the directory's path leads to. */
static enum status complain_directory(const struct state *state, const char *target, int error)
{
    char way[TRUST_PATH_SIZE] = "";
    find_way(target, way);
    bool other = strcmp(way, state->path) != 0 && way[0] != 0;
    complain("cannot use the state directory %s: %s%s%s; %s", state->path, other ? way : "",
             other ? ": " : "", system_error_text(error), system_error_remedy(error));
    return STATUS_FAILED;
}

/* Makes the directory: one level, for its owner only. */
static enum status make_directory(const struct state *state, const char *target)
{
    int made = mkdir(target, 0700);
    if (made == 0 || errno == EEXIST) {
        return STATUS_DONE;
    }
    if (errno != ENOENT) {
        return complain_directory(state, target, errno);
    }
    complain("cannot make %s: the directory above it is missing; run `mkdir -p %s`, or name another "
             "with --state",
             target, target);
    return STATUS_FAILED;
}

/* Opens the directory, or makes it. */
static enum status open_directory(struct state *state, const char *target, enum state_use use)
{
    state->fd = open(target, DIRECTORY_FLAGS);
    if (state->fd >= 0) {
        return STATUS_DONE;
    }
    if (errno != ENOENT) {
        return complain_directory(state, target, errno);
    }
    if (use == STATE_READ || use == STATE_CHANGE) {
        state->empty = true;
        return STATUS_DONE;
    }
    enum status status = make_directory(state, target);
    if (status != STATUS_DONE) {
        return status;
    }
    state->fd = open(target, DIRECTORY_FLAGS);
    return state->fd >= 0 ? STATUS_DONE : complain_directory(state, target, errno);
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
    complain("cannot open %s: %s; %s", state->store_path, system_error_text(file->os_error),
             system_error_remedy(file->os_error));
    return STATUS_FAILED;
}

enum status state_complain_mount(const struct state *state, int error)
{
    if (error == WAFER_E_FLASH) {
        return complain_file(state);
    }
    complain("%s: %s: it is damaged or something else; put a copy back, or move it away to begin anew "
             "(`wafer store format --force` erases it)",
             state->store_path, wafer_error_text(error));
    return STATUS_FAILED;
}

static enum status mount_for_writing(struct state *state, enum state_use use)
{
    int rc = wafer_store_mount(&state->store, &state->file.flash);
    if (rc == WAFER_E_BLANK && use == STATE_CHANGE) {
        state->empty = true;
        return STATUS_DONE;
    }
    if (rc == WAFER_E_BLANK) {
        rc = wafer_store_format(&state->store, &state->file.flash);
    }
    return rc == 0 ? STATUS_DONE : state_complain_mount(state, rc);
}

/* Nobody who only reads keeps a writer out: commits are whole, and what was half there is read again. */
static enum status mount_for_reading(struct state *state)
{
    static const struct timespec pause = {.tv_nsec = 50000000};
    int rc = WAFER_E_STORE_FORMAT;
    for (int tries = 0; rc == WAFER_E_STORE_FORMAT && tries < 5; tries++) {
        if (tries > 0) {
            (void)nanosleep(&pause, NULL);
        }
        rc = wafer_flash_file_read_again(&state->file);
        if (rc == 0) {
            rc = wafer_store_mount(&state->store, &state->file.flash);
        }
    }
    state->empty = rc == WAFER_E_BLANK;
    return rc == 0 || state->empty ? STATUS_DONE : state_complain_mount(state, rc);
}

static bool is_missing(const struct wafer_flash_file *file)
{
    return file->problem == WAFER_FLASH_FILE_SYSTEM && file->os_error == ENOENT;
}

static enum status open_for_reading(struct state *state, const char *target)
{
    struct wafer_flash_file *file = &state->file;
    int rc = wafer_flash_file_open(file, target, WAFER_FLASH_FILE_READ, NULL);
    if (rc < 0 && is_missing(file)) {
        state->empty = true;
        return STATUS_DONE;
    }
    if (rc < 0) {
        return complain_file(state);
    }
    (void)trust_check(file->fd, state->store_path, -1, TRUST_READS);
    return mount_for_reading(state);
}

/* `place`: the directory that the store is in. */
static enum status open_for_writing(struct state *state, const char *target, int place, enum state_use use)
{
    enum wafer_flash_file_mode mode = use == STATE_CHANGE ? WAFER_FLASH_FILE_WRITE : WAFER_FLASH_FILE_CREATE;
    int rc = wafer_flash_file_open(&state->file, target, mode, NULL);
    if (rc < 0 && use == STATE_CHANGE && is_missing(&state->file)) {
        state->empty = true;
        return STATUS_DONE;
    }
    if (rc < 0) {
        return complain_file(state);
    }
    enum status status = trust_check(state->file.fd, state->store_path, place, TRUST_WRITES);
    if (status != STATUS_DONE) {
        return status;
    }
    trust_close_to_others(state->file.fd, state->store_path);
    return use == STATE_RAW ? STATUS_DONE : mount_for_writing(state, use);
}

/* Opens the directory of a store that a symbolic link leads to. Returns it, or -1 after a complaint. */
static int open_place(const char *target)
{
    char parent[TRUST_PATH_SIZE];
    trust_parent(target, parent);
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        complain("cannot use %s, where the store is: %s; %s", parent, system_error_text(errno),
                 system_error_remedy(errno));
        return -1;
    }
    enum status status = trust_check(fd, parent, fd, TRUST_WRITES);
    if (status != STATUS_DONE) {
        close(fd);
        return -1;
    }
    return fd;
}

/* The store, which may be elsewhere by a symbolic link. */
static enum status open_store(struct state *state, enum state_use use)
{
    char target[TRUST_PATH_SIZE];
    enum status status = trust_follow(state->store_path, target);
    if (status != STATUS_DONE) {
        return status;
    }
    if (use == STATE_READ) {
        return open_for_reading(state, target);
    }
    bool here = strcmp(target, state->store_path) == 0;
    int place = here ? state->fd : open_place(target);
    if (place < 0) {
        return STATUS_FAILED;
    }
    status = open_for_writing(state, target, place, use);
    if (!here) {
        close(place);
    }
    return status;
}

enum status state_open(struct state *state, const char *path, enum state_use use)
{
    char target[TRUST_PATH_SIZE];
    wipe_at_end(state, sizeof *state);
    state->path = path;
    state->empty = false;
    if (path[0] == 0) {
        complain("--state: no directory is named");
        return STATUS_USAGE;
    }
    if (!text_format(state->store_path, sizeof state->store_path, "%s/store", path)) {
        complain("--state %.*s...: the path is too long", 80, path);
        return STATUS_USAGE;
    }
    enum status status = trust_follow(path, target);
    if (status != STATUS_DONE) {
        return status;
    }
    status = open_directory(state, target, use);
    if (status != STATUS_DONE || state->empty) {
        return status;
    }
    status = trust_check(state->fd, path, state->fd, use == STATE_READ ? TRUST_READS : TRUST_WRITES);
    return status == STATUS_DONE ? open_store(state, use) : status;
}

enum status state_open_present(struct state *state, const struct options *options, enum state_use use)
{
    bool named = options->value[OPTION_STATE].source > SOURCE_PRESET;
    enum status status = state_open(state, option_text(options, OPTION_STATE), use);
    if (status == STATUS_DONE && state->fd < 0 && named) {
        complain("--state %s: there is no such directory; see how it is spelled, or `wafer issue` makes it",
                 state->path);
        return STATUS_FAILED;
    }
    return status;
}
