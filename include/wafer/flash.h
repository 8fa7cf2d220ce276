/* The storage seam: one flash region with its geometry. A board fills one const
 * struct wafer_flash; boards/template is the file to copy.
 *
 * The store never programs a byte twice between two erases, programs only whole,
 * aligned program units, in ascending order within a block except that the block's
 * first 32 octets (or first unit) may come last, and takes a value read back as the
 * truth. A device that fails for one block only may go on failing: the store retires
 * such blocks.
 *
 * Chips with error correction (STM32 G0, G4, L4, L5, U5, WB, H7 and others) report an error where
 * programming or erasing was cut, until the block is erased: `read` says WAFER_E_DAMAGED then,
 * and the store takes that for damage there and nowhere else. Where such a read is an interrupt or
 * a fault, the driver catches it. Chips on which a read of erased cells faults (LPC55): the
 * driver asks the chip's blank check first, and gives `erased` for what is blank.
 *
 * The functions are called by the thread that calls the store, one at a time with `lock`
 * (store.h has the rules for threads), and must not call the store. `data` is valid for
 * the call. The struct, and what `ctx` points to, must live as long as the store. */
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
     * Returns 0; WAFER_E_DAMAGED when one of them cannot be read because of what is in
     * the cells, though the device works: `data` may hold anything then; or
     * WAFER_E_FLASH. */
    int (*read)(void *ctx, uint32_t address, void *data, size_t len);

    /* Programs len bytes at `address`, both multiples of program_unit, within
     * one block, over erased bytes. Returns 0, or WAFER_E_FLASH. */
    int (*program)(void *ctx, uint32_t address, const void *data, size_t len);

    /* Erases one block. Returns 0, or WAFER_E_FLASH. */
    int (*erase)(void *ctx, uint32_t block);

    /* Returns once everything programmed and erased before is on the medium
     * (fsync on a file; nothing to do on most chips). 0, or WAFER_E_FLASH. */
    int (*sync)(void *ctx);

    /* For a product whose threads share the store, both NULL when all calls come from
     * one: lock waits until no other thread holds it, unlock gives it back. They cannot
     * fail. Each call of the store that uses the device is between the two, from the
     * same thread; they are never nested, so a plain mutex will do. It is held for as
     * long as an erase takes, and longer when blocks are copied. */
    void (*lock)(void *ctx);
    void (*unlock)(void *ctx);
};

#ifdef __cplusplus
}
#endif

#endif
