/* Reads, programs and erases the device, and takes nothing for done that does not read back so. */
#include "store/flash.h"
#include <stddef.h>
#include <string.h>

#define CHUNK 64 /* octets compared at once */

int wafer_flash_read(const struct wafer_flash *flash, uint32_t address, void *to, uint32_t len)
{
    int rc = flash->read(flash->ctx, address, to, len);

    if (rc == WAFER_E_DAMAGED) {
        return rc;
    }
    if (rc < 0) {
        return WAFER_E_FLASH;
    }
    return 0;
}

int wafer_flash_look(const struct wafer_flash *flash, uint32_t address, void *to, uint32_t len)
{
    int rc = wafer_flash_read(flash, address, to, len);

    if (rc == WAFER_E_DAMAGED) {
        memset(to, flash->erased ^ 0xff, len);
        return 0;
    }
    return rc;
}

int wafer_flash_sync(const struct wafer_flash *flash)
{
    int rc = flash->sync(flash->ctx);

    if (rc < 0) {
        return WAFER_E_FLASH;
    }
    return 0;
}

/* Whether `data`, or what is erased for NULL, is what octets read as: 1, 0, or WAFER_E_FLASH. */
static int holds(const struct wafer_flash *flash, uint32_t address, const uint8_t *data, uint32_t len)
{
    uint8_t chunk[CHUNK];

    for (uint32_t at = 0; at < len; at++) {
        if (at % CHUNK == 0) {
            int rc = wafer_flash_read(flash, address + at, chunk, len - at < CHUNK ? len - at : CHUNK);
            if (rc == WAFER_E_DAMAGED) {
                return 0;
            }
            if (rc < 0) {
                return rc;
            }
        }
        if (chunk[at % CHUNK] != (data == NULL ? flash->erased : data[at])) {
            return 0;
        }
    }
    return 1;
}

int wafer_flash_program(const struct wafer_flash *flash, uint32_t address, const uint8_t *data, uint32_t len)
{
    int rc = flash->program(flash->ctx, address, data, len);

    if (rc < 0) {
        return WAFER_E_FLASH;
    }
    rc = holds(flash, address, data, len);
    if (rc <= 0) {
        return WAFER_E_FLASH;
    }
    return 0;
}

int wafer_flash_is_erased(const struct wafer_flash *flash, uint32_t address, uint32_t len)
{
    return holds(flash, address, NULL, len);
}

int wafer_flash_erase(const struct wafer_flash *flash, uint32_t block)
{
    uint32_t size = flash->block_size;
    int rc = flash->erase(flash->ctx, block);

    if (rc < 0) {
        return WAFER_E_FLASH;
    }
    rc = wafer_flash_is_erased(flash, block * size, size);
    if (rc <= 0) {
        return WAFER_E_FLASH;
    }
    return 0;
}
