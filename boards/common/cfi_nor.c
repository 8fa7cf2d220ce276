/* board_flash over CFI NOR with the Intel command set (CFI01). Chips may stand side by side on the
 * bus: each command and each status bit stands in a word once for each of them.
 *
 * board.mk gives CFI_BASE, CFI_WIDTH (bits of a chip: 8 or 16), CFI_CHIPS (1, 2 or 4 side by side), and
 * FLASH_BLOCK (octets of an erase block, of all chips together) and FLASH_BLOCKS. */
#include <string.h>
#include "board.h"

#define UNIT (CFI_WIDTH / 8 * CFI_CHIPS)
#if UNIT == 4
typedef uint32_t bus_word;
#elif UNIT == 2
typedef uint16_t bus_word;
#elif UNIT == 1
typedef uint8_t bus_word;
#else
#error "CFI_WIDTH * CFI_CHIPS must be 8, 16 or 32"
#endif

/* A value for each chip: 1 is 0x00010001 for two chips of 16 bits. */
#define LANES    ((0xffffffffu >> (32 - 8 * UNIT)) / (0xffffffffu >> (32 - CFI_WIDTH)))
#define EACH(x)  ((bus_word)((x)*LANES))
#define READY    EACH(0x80u)
#define FAILED   EACH(0x3au) /* erase, program, voltage, locked */
#define ERASE_MS 5000u

enum command { PROGRAM = 0x40, ERASE = 0x20, CONFIRM = 0xd0, CLEAR_STATUS = 0x50, READ_ARRAY = 0xff };

static volatile bus_word *word_at(uint32_t address)
{
    return (volatile bus_word *)(uintptr_t)(CFI_BASE + address);
}

/* Waits for the chips and lets them be read again. */
static int finish(uint32_t address)
{
    uint32_t start = board_ms();
    bus_word status;
    do {
        status = *word_at(address);
        board_watchdog();
    } while ((status & READY) != READY && board_ms() - start < ERASE_MS);
    *word_at(address) = EACH(CLEAR_STATUS);
    *word_at(address) = EACH(READ_ARRAY);
    if ((status & READY) != READY || (status & FAILED) != 0)
        return WAFER_E_FLASH;
    return 0;
}

static int flash_read(void *ctx, uint32_t address, void *data, size_t len)
{
    (void)ctx;
    memcpy(data, (const void *)(uintptr_t)(CFI_BASE + address), len);
    return 0;
}

static int flash_program(void *ctx, uint32_t address, const void *data, size_t len)
{
    (void)ctx;
    for (size_t i = 0; i < len; i += UNIT) {
        bus_word word;
        memcpy(&word, (const uint8_t *)data + i, UNIT);
        *word_at(address) = EACH(PROGRAM);
        *word_at(address + (uint32_t)i) = word;
        int rc = finish(address);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int flash_erase(void *ctx, uint32_t block)
{
    (void)ctx;
    *word_at(block * FLASH_BLOCK) = EACH(ERASE);
    *word_at(block * FLASH_BLOCK) = EACH(CONFIRM);
    return finish(block * FLASH_BLOCK);
}

static int flash_sync(void *ctx)
{
    (void)ctx;
    return 0; /* program and erase return when the chips are done */
}

const struct wafer_flash board_flash = {
    .block_size = FLASH_BLOCK,
    .block_count = FLASH_BLOCKS,
    .program_unit = UNIT,
    .erased = 0xff,
    .read = flash_read,
    .program = flash_program,
    .erase = flash_erase,
    .sync = flash_sync,
};
