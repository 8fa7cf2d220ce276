/* board_flash over the SPI NOR S25FL128 at SPI0. */
#include <string.h>
#include "board.h"

#define REG(offset) (*(volatile uint32_t *)(0x40001000u + (offset)))
#define CONTROL     REG(0x00)
#define FRAME_SIZE  REG(0x04)
#define STATUS      REG(0x08)
#define RX          REG(0x10)
#define TX          REG(0x14)

#define ENABLE         1u
#define MASTER         2u
#define FRAME_COUNT(n) ((uint32_t)(n) << 8)
#define HOLD_SELECT    (1u << 26 | 1u << 29) /* over the whole frame count; deep FIFO */
#define RX_EMPTY       0x40u

enum command { PROGRAM = 0x02, READ = 0x03, READ_STATUS = 0x05, WRITE_ENABLE = 0x06, ERASE = 0xd8 };
#define BUSY   0x01u
#define FAILED 0x60u /* erase or program error */

#define SECTOR         0x10000u
#define PAGE           0x100u
#define REGION         0x100000u /* the first MiB is kept for firmware images */
#define REGION_SECTORS 4u
#define ERASE_MS       3000u /* worst case of the data sheet is 2.6 s */

static uint8_t exchange(uint8_t octet)
{
    TX = octet;
    while (STATUS & RX_EMPTY)
        ;
    return (uint8_t)RX;
}

/* One transfer: command, address when it has one, data out or in. */
static void transfer(enum command command, int has_address, uint32_t address, const uint8_t *out, uint8_t *in,
                     size_t len)
{
    CONTROL = MASTER;
    FRAME_SIZE = 8;
    CONTROL = MASTER | FRAME_COUNT(1 + (has_address ? 3 : 0) + len) | HOLD_SELECT;
    CONTROL = MASTER | FRAME_COUNT(1 + (has_address ? 3 : 0) + len) | HOLD_SELECT | ENABLE;
    exchange((uint8_t)command);
    for (int shift = 16; has_address && shift >= 0; shift -= 8)
        exchange((uint8_t)(address >> shift));
    for (size_t i = 0; i < len; i++) {
        uint8_t octet = exchange(out != NULL ? out[i] : 0);
        if (in != NULL)
            in[i] = octet;
    }
    CONTROL = MASTER;
}

static int wait_done(void)
{
    uint32_t start = board_ms();
    uint8_t status;
    do {
        transfer(READ_STATUS, 0, 0, NULL, &status, 1);
        board_watchdog();
    } while ((status & BUSY) && board_ms() - start < ERASE_MS);
    if (status & (BUSY | FAILED))
        return WAFER_E_FLASH;
    return 0;
}

static int flash_read(void *ctx, uint32_t address, void *data, size_t len)
{
    uint8_t *to = data;
    (void)ctx;
    while (len > 0) {
        size_t n = len < 4096 ? len : 4096; /* the frame count has 16 bits */
        transfer(READ, 1, REGION + address, NULL, to, n);
        address += (uint32_t)n;
        to += n;
        len -= n;
    }
    return 0;
}

static int flash_program(void *ctx, uint32_t address, const void *data, size_t len)
{
    const uint8_t *from = data;
    (void)ctx;
    while (len > 0) {
        size_t n = PAGE - address % PAGE; /* a page wraps around within itself */
        if (n > len)
            n = len;
        transfer(WRITE_ENABLE, 0, 0, NULL, NULL, 0);
        transfer(PROGRAM, 1, REGION + address, from, NULL, n);
        int rc = wait_done();
        if (rc < 0)
            return rc;
        address += (uint32_t)n;
        from += n;
        len -= n;
    }
    return 0;
}

static int flash_erase(void *ctx, uint32_t block)
{
    (void)ctx;
    transfer(WRITE_ENABLE, 0, 0, NULL, NULL, 0);
    transfer(ERASE, 1, REGION + block * SECTOR, NULL, NULL, 0);
    return wait_done();
}

static int flash_sync(void *ctx)
{
    (void)ctx;
    return 0; /* program and erase return when the chip is done */
}

/* The chip's own error correction covers units of 16 octets: each is programmed
 * once. */
const struct wafer_flash board_flash = {
    .block_size = SECTOR,
    .block_count = REGION_SECTORS,
    .program_unit = 16,
    .erased = 0xff,
    .read = flash_read,
    .program = flash_program,
    .erase = flash_erase,
    .sync = flash_sync,
};
