/* struct wafer_flash over a key-value store: one block is gathered in memory and put
 * whole. */
#include "kv_flash.h"
#include <string.h>

#define ERASED 0xff
#define DAMAGE 0x00       /* what a block reads as that has no right value: neither erased nor a header */
#define NONE   UINT32_MAX /* no block */
#define CHUNK  64         /* octets compared at once */

/* Reads octets of a block's value. Returns 0, 1 for damage, or WAFER_E_FLASH. */
static int kv_get(const struct wafer_kv_flash *flash, uint32_t block, uint32_t offset, uint8_t *data,
                  size_t len)
{
    const struct wafer_kv *kv = flash->kv;
    int rc = kv->get(kv->ctx, block, offset, data, len);

    if (rc == WAFER_E_NOT_FOUND || rc == 0) {
        memset(data, ERASED, len);
        return 0;
    }
    if (rc == WAFER_E_DAMAGED || (rc >= 0 && (uint32_t)rc != kv->block_size)) {
        memset(data, DAMAGE, len);
        return 1;
    }
    return rc < 0 ? WAFER_E_FLASH : 0;
}

/* Reads octets of a block as its value has them, newer ones in memory or not. */
static int kv_read(struct wafer_kv_flash *flash, uint32_t block, uint32_t offset, uint8_t *data, size_t len)
{
    if (flash->reader == NULL) {
        return kv_get(flash, block, offset, data, len);
    }
    if (flash->reading != block) {
        flash->reading = NONE;
        int rc = kv_get(flash, block, 0, flash->reader, flash->kv->block_size);
        if (rc < 0) {
            return rc;
        }
        flash->reading = block;
    }
    memcpy(data, flash->reader + offset, len);
    return 0;
}

/* Whether the KV store gives back what was put: 0 or WAFER_E_FLASH. The store reads back
 * each record, but that only shows it the memory. */
static int kv_verify(struct wafer_kv_flash *flash)
{
    uint8_t back[CHUNK];

    flash->reading = NONE;
    for (uint32_t at = 0; at < flash->kv->block_size; at += CHUNK) {
        int rc = kv_read(flash, flash->cached, at, back, CHUNK);
        if (rc != 0 || memcmp(back, flash->block + at, CHUNK) != 0) {
            return WAFER_E_FLASH;
        }
    }
    return 0;
}

/* Puts the block in memory if it is newer than its value. It stays so until that works:
 * what was programmed is nowhere else. */
static int flash_sync(void *ctx)
{
    struct wafer_kv_flash *flash = ctx;
    const struct wafer_kv *kv = flash->kv;

    if (!flash->dirty) {
        return 0;
    }
    int rc = kv->put(kv->ctx, flash->cached, flash->block, kv->block_size);
    if (rc < 0) {
        return WAFER_E_FLASH;
    }
    rc = kv_verify(flash);
    if (rc < 0) {
        return rc;
    }
    flash->dirty = false;
    return 0;
}

static int flash_read(void *ctx, uint32_t address, void *data, size_t len)
{
    struct wafer_kv_flash *flash = ctx;
    uint32_t size = flash->kv->block_size;
    uint8_t *to = data;

    for (size_t n; len > 0; address += (uint32_t)n, to += n, len -= n) {
        uint32_t block = address / size, offset = address % size;

        n = size - offset < len ? size - offset : len;
        if (block == flash->cached) {
            memcpy(to, flash->block + offset, n);
            continue;
        }
        int rc = kv_read(flash, block, offset, to, n);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

/* Brings a block's value into memory, to be programmed further. Damage can't be. */
static int load_block(struct wafer_kv_flash *flash, uint32_t block)
{
    int rc = flash_sync(flash);

    if (rc < 0) {
        return rc;
    }
    flash->cached = NONE;
    rc = kv_get(flash, block, 0, flash->block, flash->kv->block_size);
    if (rc != 0) {
        return WAFER_E_FLASH;
    }
    flash->cached = block;
    return 0;
}

static int flash_program(void *ctx, uint32_t address, const void *data, size_t len)
{
    struct wafer_kv_flash *flash = ctx;
    uint32_t size = flash->kv->block_size, block = address / size;

    if (block != flash->cached) {
        int rc = load_block(flash, block);
        if (rc < 0) {
            return rc;
        }
    }
    memcpy(flash->block + address % size, data, len);
    flash->dirty = true;
    return 0;
}

/* The old value stays until the next put: an erase alone costs none. */
static int flash_erase(void *ctx, uint32_t block)
{
    struct wafer_kv_flash *flash = ctx;

    if (block != flash->cached) {
        int rc = flash_sync(flash);
        if (rc < 0) {
            return rc;
        }
    }
    memset(flash->block, ERASED, flash->kv->block_size);
    flash->cached = block;
    flash->dirty = true;
    return 0;
}

void wafer_kv_flash_init(struct wafer_kv_flash *flash, const struct wafer_kv *kv, uint8_t *block,
                         uint8_t *reader)
{
    *flash = (struct wafer_kv_flash){
        .flash = {.ctx = flash,
                  .block_size = kv->block_size,
                  .block_count = kv->block_count,
                  .program_unit = 1,
                  .erased = ERASED,
                  .read = flash_read,
                  .program = flash_program,
                  .erase = flash_erase,
                  .sync = flash_sync},
        .kv = kv,
        .block = block,
        .reader = reader,
        .cached = NONE,
        .reading = NONE,
    };
}
