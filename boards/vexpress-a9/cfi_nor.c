/* board_flash over CFI01 (Intel command set) NOR: two 16-bit chips side by side, so
 * each command and each status bit stands twice in a word. */
#include <string.h>
#include "board.h"

#define BASE     0x40000000u
#define SECTOR   0x40000u
#define SECTORS  4u
#define BOTH(x)  ((uint32_t)(x) << 16 | (x))
#define READY    BOTH(0x80u)
#define FAILED   BOTH(0x3au) /* erase, program, voltage, locked */
#define ERASE_MS 5000u

enum command { PROGRAM = 0x40, ERASE = 0x20, CONFIRM = 0xd0, CLEAR_STATUS = 0x50, READ_ARRAY = 0xff };

static volatile uint32_t *word_at(uint32_t address)
{
    return (volatile uint32_t *)(uintptr_t)(BASE + address);
}

/* Waits for the chips and lets them be read again. */
static int finish(uint32_t address)
{
    uint32_t start = board_ms(), status;
    do {
        status = *word_at(address);
        board_watchdog();
    } while ((status & READY) != READY && board_ms() - start < ERASE_MS);
    *word_at(address) = BOTH(CLEAR_STATUS);
    *word_at(address) = BOTH(READ_ARRAY);
    return (status & READY) == READY && (status & FAILED) == 0 ? 0 : WAFER_E_FLASH;
}

static int flash_read(void *ctx, uint32_t address, void *data, size_t len)
{
    (void)ctx;
    memcpy(data, (const void *)(uintptr_t)(BASE + address), len);
    return 0;
}

static int flash_program(void *ctx, uint32_t address, const void *data, size_t len)
{
    (void)ctx;
    for (size_t i = 0; i < len; i += 4) {
        uint32_t word;
        memcpy(&word, (const uint8_t *)data + i, 4);
        *word_at(address) = BOTH(PROGRAM);
        *word_at(address + (uint32_t)i) = word;
        if (finish(address) < 0)
            return WAFER_E_FLASH;
    }
    return 0;
}

static int flash_erase(void *ctx, uint32_t block)
{
    (void)ctx;
    *word_at(block * SECTOR) = BOTH(ERASE);
    *word_at(block * SECTOR) = BOTH(CONFIRM);
    return finish(block * SECTOR);
}

static int flash_sync(void *ctx)
{
    (void)ctx;
    return 0; /* program and erase return when the chips are done */
}

const struct wafer_flash board_flash = {
    .block_size = SECTOR,
    .block_count = SECTORS,
    .program_unit = 4,
    .erased = 0xff,
    .read = flash_read,
    .program = flash_program,
    .erase = flash_erase,
    .sync = flash_sync,
};
