/* The storage seam: one flash region with its geometry. A board fills one const
 * struct wafer_flash; boards/template is the file to copy.
 *
 * The store never programs a byte twice between two erases, programs only whole,
 * aligned program units, in ascending order within a block except that the block's
 * first 32 octets (or first unit) may come last, and takes a value read back as the
 * truth. A device that fails for one block only may go on failing: the store retires
 * such blocks. */
#ifndef WAFER_FLASH_H
#define WAFER_FLASH_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wafer_flash {
    void *ctx;             /* handed back as the first argument of each call */
    uint32_t block_size;   /* erase block, bytes: a power of two, 512 .. 2^24 */
    uint32_t block_count;  /* erase blocks in the region, 2 .. 65535; below 4 GiB in all */
    uint32_t program_unit; /* smallest program, bytes: a power of two, 1 .. WAFER_PROGRAM_UNIT_MAX */
    uint8_t erased;        /* what an erased byte reads as: 0xff or 0x00 */

    /* Reads len bytes at `address` (from the region's start), any alignment.
     * Returns 0, or WAFER_E_FLASH. */
    int (*read)(void *ctx, uint32_t address, void *data, size_t len);

    /* Programs len bytes at `address`, both multiples of program_unit, within
     * one block, over erased bytes. Returns 0, or WAFER_E_FLASH. */
    int (*program)(void *ctx, uint32_t address, const void *data, size_t len);

    /* Erases one block. Returns 0, or WAFER_E_FLASH. */
    int (*erase)(void *ctx, uint32_t block);

    /* Returns once everything programmed and erased before is on the medium
     * (fsync on a file; nothing to do on most chips). 0, or WAFER_E_FLASH. */
    int (*sync)(void *ctx);

    /* The lock of a product with threads; both NULL: the store is used by one thread. */
    void (*lock)(void *ctx);
    void (*unlock)(void *ctx);
};

#ifdef __cplusplus
}
#endif

#endif
