/* The store on a key-value store or a file system that the product has already: one
 * value, or one file, for each erase block. README.md tells how to choose sizes.
 *
 * The product fills one const struct wafer_kv and gives memory for one block. What the
 * store programs gathers there, and becomes a value when the store syncs or turns to
 * another block; so the values are at any time what a flash would have been at one moment
 * of its life, and a power cut goes back to the last put.
 *
 * One task at a time calls the store (where there are several, `lock` and `unlock` of
 * flash.flash see to that), and so these functions; `get` and `put` are called by that task,
 * from within calls of the store, and must not call it. */
#ifndef WAFER_KV_FLASH_H
#define WAFER_KV_FLASH_H

#include <stdbool.h>
#include "wafer/flash.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the product's KV store does. A value is named by the number of its block, 0 to
 * block_count - 1; nothing else may have these names. */
struct wafer_kv {
    void *ctx;            /* handed back as the first argument of each call */
    uint32_t block_size;  /* octets of each value: a power of two, 512 .. 2^24 */
    uint32_t block_count; /* values, 2 .. 65535 */

    /* Reads len octets of a value, from `offset` on; with memory for a second block
     * (wafer_kv_flash_init) it is always asked for the whole: offset 0, len block_size.
     * Nothing is written beyond len octets; where the value ends earlier nothing is needed.
     * Returns the length of the whole value, whatever part was asked for; the block reads
     * as damage if that is neither block_size nor 0. Or
     * - WAFER_E_NOT_FOUND (or 0, an empty value) when there surely is none: the block reads
     *   as erased. If all do, the device is taken for a new one;
     * - WAFER_E_DAMAGED when the KV store finds it corrupt, now and for ever: the block
     *   reads as damage. Damage stays until the block's turn to be erased comes, and the
     *   store goes on with what the others hold;
     * - any other negative value when it can't be read now: the call of the store fails with
     *   WAFER_E_FLASH, nothing is changed, and it may be tried again. */
    int (*get)(void *ctx, uint32_t block, uint32_t offset, void *data, size_t len);

    /* Makes `data`, whole, the value; len is block_size. Two promises:
     * - It is atomic. Whenever the power goes, and if it fails, the value is the old one
     *   (or none, if there was none) or the new one. Otherwise a cut destroys what was
     *   committed in that block: keys and certificates. A file that is truncated and written
     *   is not atomic, one that is written anew and renamed is. (Overwriting in place is
     *   enough where the length is there already and a cut leaves each octet old or new.)
     * - It is durable once it returns 0, after all earlier puts: with a KV store that
     *   commits or syncs by another call, put makes that call, and fails if it fails.
     * Returns 0 or a negative value; then the same block is put again, whole, before
     * anything else is, and nothing is reported as done before that has worked. */
    int (*put)(void *ctx, uint32_t block, const void *data, size_t len);
};

struct wafer_kv_flash {
    struct wafer_flash flash; /* for wafer_store_mount; ctx points to this struct */
    const struct wafer_kv *kv;
    uint8_t *block;           /* what is programmed: octets of the block `cached` */
    uint8_t *reader;          /* what is read: octets of the block `reading`; NULL: parts are read */
    uint32_t cached, reading; /* UINT32_MAX: none */
    bool dirty;               /* the value of `cached` is older than `block` */
};

/* Fills flash->flash. Nothing is read or written yet. `kv` and the memory must outlive it:
 * `block` has kv->block_size octets; `reader` as many more, or is NULL: then each of the
 * store's many small reads is a `get`, which suits KV stores that read parts of a value
 * quickly. To be called once a start: another call while the store is in use is like a
 * power cut. A wrong geometry is what wafer_store_mount refuses. */
void wafer_kv_flash_init(struct wafer_kv_flash *flash, const struct wafer_kv *kv, uint8_t *block,
                         uint8_t *reader);

#ifdef __cplusplus
}
#endif

#endif
