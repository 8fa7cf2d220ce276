/* Where the store lives: at least two erase blocks, better 64 KiB, that nothing else
 * uses. wafer/flash.h has the contract. */
#include "board.h"

static int flash_read(void *ctx, uint32_t address, void *data, size_t len)
{
    (void)ctx;
    (void)address;
    (void)data;
    return len == 0 ? 0 : WAFER_E_FLASH;
}

/* Return an error that the chip reports; what was programmed is read back by the
 * store. Feed the watchdog where it takes long. */
static int flash_program(void *ctx, uint32_t address, const void *data, size_t len)
{
    (void)ctx;
    (void)address;
    (void)data;
    return len == 0 ? 0 : WAFER_E_FLASH;
}

static int flash_erase(void *ctx, uint32_t block)
{
    (void)ctx;
    (void)block;
    return WAFER_E_FLASH;
}

static int flash_sync(void *ctx)
{
    (void)ctx;
    return 0;
}

/* The program unit is the smallest piece that may be programmed once between two
 * erases: with error correction in the chip it is the size of its code word. */
const struct wafer_flash board_flash = {
    .block_size = 4096,
    .block_count = 16,
    .program_unit = 8,
    .erased = 0xff,
    .read = flash_read,
    .program = flash_program,
    .erase = flash_erase,
    .sync = flash_sync,
};
