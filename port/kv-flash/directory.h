/* An example of a struct wafer_kv: a directory with one file for each block, over POSIX
 * calls. Copy it for another file system. One process at a time has the directory. */
#ifndef WAFER_KV_DIRECTORY_H
#define WAFER_KV_DIRECTORY_H

#include "kv_flash.h"

struct wafer_kv_directory {
    struct wafer_kv kv; /* for wafer_kv_flash_init; ctx points to this struct */
    int fd;             /* of the directory; -1: not open */
    int os_error;       /* errno of the last call that failed, 0: none; EWOULDBLOCK: another process has it */
};

/* Opens a directory that exists, and locks it. Returns 0 or WAFER_E_FLASH. */
int wafer_kv_directory_open(struct wafer_kv_directory *directory, const char *path, uint32_t block_size,
                            uint32_t block_count) WAFER_MUST_CHECK;

/* Closes and unlocks; nothing when it is not open. */
void wafer_kv_directory_close(struct wafer_kv_directory *directory);

#endif
