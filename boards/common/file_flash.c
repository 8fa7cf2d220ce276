/* board_flash over a file of the host by semihosting, for machines whose own flash
 * QEMU does not emulate. It has the geometry of the chip that it stands for and
 * refuses what flash would: programming a byte that is not erased.
 *
 * board.mk gives FLASH_BLOCK, FLASH_BLOCKS and FLASH_UNIT. */
#include <string.h>
#include "board.h"
#include "config.h"
#include "semihost.h"

#define CHUNK 64

static int file = -1;

static int fill(uint32_t address, size_t len)
{
    uint8_t erased[CHUNK];
    memset(erased, 0xff, sizeof erased);
    for (; len > 0; address += CHUNK, len -= CHUNK) {
        int rc = semihost_write(file, address, erased, CHUNK);
        if (rc < 0)
            return WAFER_E_FLASH;
    }
    return 0;
}

static int make_file(const char *path)
{
    file = semihost_open(path, SEMIHOST_CREATE);
    if (file < 0)
        return WAFER_E_FLASH;
    return fill(0, FLASH_BLOCK * FLASH_BLOCKS);
}

static int open_file(void)
{
    const char *path = config_text(CONFIG_FILE, 0);
    if (file >= 0)
        return 0;
    if (path == NULL)
        path = "flash.bin";
    file = semihost_open(path, SEMIHOST_EXISTING);
    if (file < 0)
        return make_file(path);
    int32_t length = semihost_length(file);
    if (length != FLASH_BLOCK * FLASH_BLOCKS)
        return WAFER_E_FLASH;
    return 0;
}

static int flash_read(void *ctx, uint32_t address, void *data, size_t len)
{
    (void)ctx;
    int rc = open_file();
    if (rc < 0)
        return rc;
    if (len == 0)
        return 0;
    rc = semihost_read(file, address, data, len);
    if (rc < 0)
        return WAFER_E_FLASH;
    return 0;
}

static int flash_program(void *ctx, uint32_t address, const void *data, size_t len)
{
    const uint8_t *from = data;
    uint8_t old[CHUNK];
    (void)ctx;
    for (size_t done = 0; done < len;) {
        size_t n = len - done < CHUNK ? len - done : CHUNK;
        int rc = flash_read(NULL, address + (uint32_t)done, old, n);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < n; i++)
            if (old[i] != 0xff)
                return WAFER_E_FLASH;
        rc = semihost_write(file, address + (uint32_t)done, from + done, n);
        if (rc < 0)
            return WAFER_E_FLASH;
        done += n;
    }
    return 0;
}

static int flash_erase(void *ctx, uint32_t block)
{
    (void)ctx;
    int rc = open_file();
    if (rc < 0)
        return rc;
    return fill(block * FLASH_BLOCK, FLASH_BLOCK);
}

static int flash_sync(void *ctx)
{
    (void)ctx;
    return 0;
}

const struct wafer_flash board_flash = {
    .block_size = FLASH_BLOCK,
    .block_count = FLASH_BLOCKS,
    .program_unit = FLASH_UNIT,
    .erased = 0xff,
    .read = flash_read,
    .program = flash_program,
    .erase = flash_erase,
    .sync = flash_sync,
};
