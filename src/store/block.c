/* Encodes, decodes and repairs block headers, and finds the head of the log by them. */
#include "store/block.h"
#include <string.h>
#include "base/crc32.h"
#include "store/flash.h"
#include "store/geometry.h"
#include "store/octets.h"

#define MAGIC   0x72666177u /* "wafr" */
#define VERSION 1u

static void header_encode(const struct wafer_flash *flash, uint32_t block, const struct wafer_block *header,
                          uint8_t raw[WAFER_BLOCK_HEADER])
{
    const uint32_t words[7] = {MAGIC,
                               VERSION | flash->program_unit << 16,
                               flash->block_size / 512 | flash->block_count << 16,
                               header->sequence,
                               header->floor,
                               header->next,
                               header->erases};

    for (int i = 0; i < 7; i++) {
        wafer_octets_put32(raw + 4 * i, words[i]);
    }
    wafer_octets_put32(raw + 28, wafer_crc32(block, raw, 28));
}

/* A header is right when it is what its own numbers encode to. */
static bool header_decode(const struct wafer_flash *flash, uint32_t block,
                          const uint8_t raw[WAFER_BLOCK_HEADER], struct wafer_block *header)
{
    uint8_t expected[WAFER_BLOCK_HEADER];

    header->sequence = wafer_octets_get32(raw + 12);
    header->floor = wafer_octets_get32(raw + 16);
    header->next = wafer_octets_get32(raw + 20);
    header->erases = wafer_octets_get32(raw + 24);
    if (header->sequence >= WAFER_SEQUENCE_END || header->floor >= header->sequence ||
        header->next - 1 >= WAFER_SEQUENCE_END - 1) {
        return false;
    }
    header_encode(flash, block, header, expected);
    return memcmp(raw, expected, sizeof expected) == 0;
}

/* So much hangs on a header that one flipped bit is worth finding, unless more than one in the first
 * octets says that this is none. Returns whether it is right now. */
static bool header_repair(const struct wafer_flash *flash, uint32_t block, uint8_t raw[WAFER_BLOCK_HEADER],
                          struct wafer_block *header)
{
    uint32_t wrong = wafer_octets_get32(raw) ^ MAGIC;

    for (unsigned bit = 0; (wrong & (wrong - 1)) == 0 && bit < WAFER_BLOCK_HEADER * 8; bit++) {
        raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (header_decode(flash, block, raw, header)) {
            return true;
        }
        raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    return false;
}

int wafer_block_read(const struct wafer_flash *flash, uint32_t block, struct wafer_block *header)
{
    uint8_t raw[WAFER_BLOCK_HEADER];
    int rc = wafer_flash_look(flash, block * flash->block_size, raw, sizeof raw);

    if (rc < 0) {
        return rc;
    }
    return header_decode(flash, block, raw, header) || header_repair(flash, block, raw, header);
}

int wafer_block_write(const struct wafer_flash *flash, uint32_t block, const struct wafer_block *header)
{
    uint8_t raw[WAFER_STORE_PART];
    uint32_t len = wafer_geometry_align(flash, WAFER_BLOCK_HEADER);

    memset(raw, flash->erased, len);
    header_encode(flash, block, header, raw);
    return wafer_flash_program(flash, block * flash->block_size, raw, len);
}

int wafer_block_find_head(struct wafer_store *store, uint32_t *next)
{
    const struct wafer_flash *flash = store->flash;
    struct wafer_block header;

    for (uint32_t block = 0; block < flash->block_count; block++) {
        int rc = wafer_block_read(flash, block, &header);
        if (rc < 0) {
            return rc;
        }
        if (rc > 0 && header.sequence > store->block_sequence) {
            store->head = block;
            store->offset = flash->block_size; /* not known yet */
            store->block_sequence = header.sequence;
            store->floor = header.floor;
            *next = header.next;
        }
    }
    return 0;
}

/* Whether the first octets may be what a torn first header left: it has only such bits programmed
 * as the header has. */
static bool is_torn_header(const struct wafer_flash *flash, const uint8_t raw[WAFER_BLOCK_HEADER])
{
    static const struct wafer_block first = {1, 0, 1, 1};
    uint8_t whole[WAFER_BLOCK_HEADER];

    header_encode(flash, 0, &first, whole);
    for (unsigned i = 0; i < WAFER_BLOCK_HEADER; i++) {
        if (((raw[i] ^ flash->erased) & ~(whole[i] ^ flash->erased)) != 0) {
            return false;
        }
    }
    return true;
}

int wafer_block_no_store(const struct wafer_flash *flash)
{
    uint8_t raw[WAFER_BLOCK_HEADER];
    uint32_t size = flash->block_size * flash->block_count, len = wafer_geometry_align(flash, WAFER_BLOCK_HEADER);
    int rc = wafer_flash_is_erased(flash, len, size - len);

    if (rc < 0) {
        return rc;
    }
    if (rc == 0) {
        return WAFER_E_STORE_FORMAT;
    }
    rc = wafer_flash_read(flash, 0, raw, sizeof raw);
    if (rc == WAFER_E_DAMAGED) {
        return WAFER_E_BLANK; /* its programming was cut, on a chip that tells */
    }
    if (rc < 0) {
        return rc;
    }
    rc = wafer_flash_is_erased(flash, sizeof raw, len - (uint32_t)sizeof raw);
    if (rc < 0) {
        return rc;
    }
    return rc > 0 && is_torn_header(flash, raw) ? WAFER_E_BLANK : WAFER_E_STORE_FORMAT;
}
