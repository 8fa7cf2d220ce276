/* A record on the flash: 16 octets of header, its payload, and padding. docs/store-format.md has the
 * bytes under "Record". */
#ifndef WAFER_STORE_RECORD_H
#define WAFER_STORE_RECORD_H

#include "store/geometry.h"

/* Flags of a record. */
#define WAFER_FLAG_LAST      0x01 /* the value's last part */
#define WAFER_FLAG_DELETED   0x02 /* the value is no more: a tombstone */
#define WAFER_FLAG_COMMIT    0x04 /* all records of this sequence are committed */
#define WAFER_FLAG_COPIED    0x08 /* a copy of a committed record: committed by itself */
#define WAFER_FLAG_ENCRYPTED 0x10 /* the payload is encrypted */

#define WAFER_SEAL_SIZE 28 /* octets that encryption adds to a part */

/* What a record's header says, and where it stands. */
struct wafer_record {
    uint8_t kind, slot, flags, length; /* the first, and in the order of the flash */
    uint8_t overhead;                  /* octets of the payload that are not the value's own */
    uint16_t part;
    uint32_t sequence;
    uint32_t address; /* on the flash */
    uint32_t crc;     /* as stored */
    uint32_t so_far;  /* computed over the header */
};

/* Octets that it takes on the flash, padding included. */
uint32_t wafer_record_size(const struct wafer_flash *flash, const struct wafer_record *record);

/* The first octets of a header: all but its checksums. */
#define WAFER_RECORD_ABOUT 10
void wafer_record_describe(const struct wafer_record *record, uint8_t about[WAFER_RECORD_ABOUT]);

/* Completes the header of a record whose payload stands behind it in `buffer` (of WAFER_STORE_PART
 * octets), programs it at its address, in a block of that sequence, and reads it back. Returns 0 or
 * WAFER_E_FLASH. */
int wafer_record_write(const struct wafer_flash *flash, uint32_t block_sequence,
                       const struct wafer_record *record, uint8_t *buffer) WAFER_MUST_CHECK;

/* Whether `raw` is the header of a record that stands at record->address, in a block of that sequence;
 * fills the other members. Its payload is not looked at. */
bool wafer_record_decode(struct wafer_record *record, const struct wafer_flash *flash,
                         uint32_t block_sequence, const uint8_t raw[WAFER_RECORD_HEADER]);

/* Whether the whole record is as it was written: 1, 0, or WAFER_E_FLASH. */
int wafer_record_intact(const struct wafer_flash *flash, const struct wafer_record *record) WAFER_MUST_CHECK;

#endif
