/* Finds out the geometry of an image, for nobody tells. */
#include "image.h"

#include <errno.h>
#include <sys/stat.h>
#include "console.h"
#include "system_error.h"
#include "trust.h"
#include "wipe.h"

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

enum status image_open(struct state *state, const char *path)
{
    char target[TRUST_PATH_SIZE];
    struct stat info;
    wipe_at_end(state, sizeof *state);
    state->path = path;
    state->fd = -1;
    state->empty = false;
    enum status status = trust_follow(path, target);
    if (status != STATUS_DONE) {
        return status;
    }
    if (!text_format(state->store_path, sizeof state->store_path, "%s", target)) {
        complain("%.*s...: the path is too long", 80, path);
        return STATUS_USAGE;
    }
    if (stat(path, &info) != 0) {
        complain("cannot open %s: %s; name an image of a store", path, system_error_text(errno));
        return STATUS_FAILED;
    }
    int rc = search_geometry(state, info.st_size);
    return rc == 0 ? STATUS_DONE : state_complain_mount(state, rc);
}
