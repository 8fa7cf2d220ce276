/* Writes records, and tells whether octets are one and whether it is whole. */
#include "store/record.h"
#include <string.h>
#include "base/crc32.h"
#include "store/block.h"
#include "store/flash.h"
#include "store/octets.h"

#define CHUNK 64 /* octets checked at once */

/* Checksums start from where the record is, so that octets which look like a record are none
 * elsewhere, nor in an earlier life of the block. */
static uint32_t seed(const struct wafer_flash *flash, uint32_t block_sequence,
                     const struct wafer_record *record)
{
    return block_sequence * 0x9e3779b1u ^ (record->address & (flash->block_size - 1));
}

uint32_t wafer_record_size(const struct wafer_flash *flash, const struct wafer_record *record)
{
    return wafer_geometry_align(flash, WAFER_RECORD_HEADER + (uint32_t)record->length);
}

void wafer_record_describe(const struct wafer_record *record, uint8_t about[WAFER_RECORD_ABOUT])
{
    memcpy(about, record, 4);
    wafer_octets_put32(about + 4, record->sequence);
    wafer_octets_put16(about + 8, record->part);
}

int wafer_record_write(const struct wafer_flash *flash, uint32_t block_sequence,
                       const struct wafer_record *record, uint8_t *buffer)
{
    uint32_t used = WAFER_RECORD_HEADER + (uint32_t)record->length, size = wafer_record_size(flash, record);

    wafer_record_describe(record, buffer);
    uint32_t crc = wafer_crc32(seed(flash, block_sequence, record), buffer, WAFER_RECORD_ABOUT);
    wafer_octets_put16(buffer + 10, (uint16_t)crc);
    crc = wafer_crc32(crc, buffer + 10, 2);
    wafer_octets_put32(buffer + 12, wafer_crc32(crc, buffer + WAFER_RECORD_HEADER, record->length));
    memset(buffer + used, flash->erased, size - used);
    return wafer_flash_program(flash, record->address, buffer, size);
}

bool wafer_record_decode(struct wafer_record *record, const struct wafer_flash *flash,
                         uint32_t block_sequence, const uint8_t raw[WAFER_RECORD_HEADER])
{
    uint32_t crc = wafer_crc32(seed(flash, block_sequence, record), raw, WAFER_RECORD_ABOUT);

    memcpy(record, raw, 4);
    record->overhead = record->flags & WAFER_FLAG_ENCRYPTED ? WAFER_SEAL_SIZE : 0;
    record->sequence = wafer_octets_get32(raw + 4);
    record->part = wafer_octets_get16(raw + 8);
    record->so_far = wafer_crc32(crc, raw + 10, 2);
    record->crc = wafer_octets_get32(raw + 12);
    return wafer_octets_get16(raw + 10) == (uint16_t)crc && record->length <= WAFER_RECORD_PAYLOAD &&
           record->length >= record->overhead && record->sequence - 1 < WAFER_SEQUENCE_END - 1 &&
           (record->kind == 0) == ((record->flags & WAFER_FLAG_COMMIT) != 0) &&
           (record->address & (flash->block_size - 1)) + WAFER_RECORD_HEADER + record->length <=
               flash->block_size;
}

int wafer_record_intact(const struct wafer_flash *flash, const struct wafer_record *record)
{
    uint8_t chunk[CHUNK];
    uint32_t address = record->address + WAFER_RECORD_HEADER;
    uint32_t left = record->length, crc = record->so_far;

    for (uint32_t n; left > 0; address += n, left -= n) {
        n = left < CHUNK ? left : CHUNK;
        int rc = wafer_flash_read(flash, address, chunk, n);
        if (rc == WAFER_E_DAMAGED) {
            return 0;
        }
        if (rc < 0) {
            return rc;
        }
        crc = wafer_crc32(crc, chunk, n);
    }
    return crc == record->crc && (record->kind != 0 || record->flags != 0);
}
