/* A flash region in a plain file: what the store of the wafer command lives in, and
 * how an image of a device is read on a PC. The file is locked while it is open for writing, so
 * that two processes never write to a store. */
#ifndef WAFER_FLASH_FILE_H
#define WAFER_FLASH_FILE_H

#include <stdint.h>
#include "wafer/flash.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The geometry of the command's own store: 256 KiB. */
#define WAFER_FLASH_FILE_BLOCK_SIZE  4096
#define WAFER_FLASH_FILE_BLOCK_COUNT 64

/* The store looks for each value from the log's begin on, a few octets at a time: all of the command's
 * own store is kept once it was read, of larger ones a part of each block. */
#define WAFER_FLASH_FILE_WINDOW  4096
#define WAFER_FLASH_FILE_WINDOWS 64

enum wafer_flash_file_mode {
    WAFER_FLASH_FILE_READ,  /* nothing is written, and nobody kept out, not even who writes meanwhile:
                               wafer_flash_file_read_again */
    WAFER_FLASH_FILE_WRITE, /* it must exist */
    WAFER_FLASH_FILE_CREATE /* made, all erased, when there is none */
};

/* What went wrong, beside the WAFER_E_FLASH that is returned. */
enum wafer_flash_file_problem {
    WAFER_FLASH_FILE_FINE,
    WAFER_FLASH_FILE_SYSTEM, /* the system refused: os_error */
    WAFER_FLASH_FILE_LOCKED, /* another process has it open */
    WAFER_FLASH_FILE_SIZE    /* not as large as the geometry says, but `size`: truncated or foreign */
};

/* What was read last of a block: `len` octets from `at` on. */
struct wafer_flash_file_window {
    uint8_t octets[WAFER_FLASH_FILE_WINDOW];
    uint32_t at, len;
};

struct wafer_flash_file {
    struct wafer_flash flash;              /* for wafer_store_mount; ctx points to this struct */
    int fd;                                /* -1: not open */
    enum wafer_flash_file_problem problem; /* of the last call that failed */
    int os_error;                          /* errno of the last call that failed, 0: none */
    int64_t size;                          /* of the file as found */
    struct wafer_flash_file_window windows[WAFER_FLASH_FILE_WINDOWS]; /* block n's is n modulo their number */
};

/* Opens `path` with the geometry (sizes and erased value) of `geometry`, NULL for the
 * command's own. Its lock and unlock are taken over too, and called with the struct
 * wafer_flash_file: an application with threads makes that the first member of a struct
 * with its mutex. A new file is complete, on the disk and readable for its owner only
 * before it has its name; PATH.new is used meanwhile.
 * Returns 0 or WAFER_E_FLASH; WAFER_E_ARGUMENT for a path too long. */
int wafer_flash_file_open(struct wafer_flash_file *file, const char *path, enum wafer_flash_file_mode mode,
                          const struct wafer_flash *geometry) WAFER_MUST_CHECK;

/* Reads the whole file, as far as it is kept (the command's own store is), at one moment: anew while another process
 * writes, but not without end. What is mounted then and does not hold is read and mounted once more. Returns 0 or WAFER_E_FLASH. */
int wafer_flash_file_read_again(struct wafer_flash_file *file) WAFER_MUST_CHECK;

/* Closes and unlocks, and wipes what was read; nothing when it is not open. */
void wafer_flash_file_close(struct wafer_flash_file *file);

#ifdef __cplusplus
}
#endif

#endif
