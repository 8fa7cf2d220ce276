/* The log below the transactions: erase blocks with a header, records in them, and
 * a cursor over both. docs/store-format.md has the bytes and the rules. */
#ifndef WAFER_LOG_H
#define WAFER_LOG_H

#include "wafer/store.h"

#define WAFER_BLOCK_HEADER 32                                      /* octets of a block's header */
#define WAFER_ENTRY_HEADER 16                                      /* octets of a record's header */
#define WAFER_ENTRY_MAX    (WAFER_STORE_PART - WAFER_ENTRY_HEADER) /* payload octets */

/* Sequence numbers are 1 to this one less. */
#define WAFER_SEQUENCE_END 0xffff0000u

/* Flags of a record. */
#define WAFER_FLAG_LAST      0x01 /* the value's last part */
#define WAFER_FLAG_DELETED   0x02 /* the value is no more: a tombstone */
#define WAFER_FLAG_COMMIT    0x04 /* all records of this sequence are committed */
#define WAFER_FLAG_COPIED    0x08 /* a copy of a committed record: committed by itself */
#define WAFER_FLAG_ENCRYPTED 0x10 /* the payload is encrypted */

#define WAFER_SEAL_SIZE 28 /* octets that encryption adds to a part */

struct wafer_block {
    uint32_t sequence; /* position in the log */
    uint32_t floor;    /* blocks with a sequence up to this are dead */
    uint32_t next;     /* lowest sequence for transactions begun after this block */
    uint32_t erases;
};

struct wafer_entry {
    uint8_t kind, slot, flags, length;
    uint8_t overhead; /* octets of the payload that are not the value's own */
    uint16_t part;
    uint32_t sequence;
    uint32_t block, offset;
    uint32_t crc;    /* as stored */
    uint32_t so_far; /* computed over the header */
};

/* What encrypts, if the firmware wants that: cipher.c. */
struct wafer_cipher {
    uint8_t secret[4]; /* the kinds that are encrypted */
    /* Encrypts a part in place; entry->length is that of the result. Returns 0,
     * WAFER_E_LOCKED without a key. */
    int (*seal)(const uint8_t *key, const struct wafer_entry *entry, uint8_t *payload);
    /* Reads n octets of an encrypted part from `skip` on, which it has. Returns 0,
     * WAFER_E_LOCKED, _FLASH. */
    int (*unseal)(const struct wafer_store *store, const struct wafer_entry *entry, uint32_t skip,
                  uint8_t *to, size_t n);
};

struct wafer_cursor {
    struct wafer_entry entry;
    bool damage; /* since the last record */
    struct wafer_store *store;
    uint32_t left;                    /* blocks still to visit */
    uint32_t next;                    /* the first of them */
    uint32_t block, offset, sequence; /* where it is; the block's sequence */
    uint32_t erased;                  /* octets that looked erased since the last damage */
};

/* Rounds up to where records may start and end. */
uint32_t wafer_log_align(const struct wafer_flash *flash, uint32_t octets);

/* 0, or WAFER_E_ARGUMENT for a geometry that the store cannot work with. */
int wafer_log_geometry(const struct wafer_flash *flash) WAFER_MUST_CHECK;

/* Reads a block's header. Returns 1, 0 when there is none of this geometry, or
 * WAFER_E_FLASH. */
int wafer_block_read(const struct wafer_flash *flash, uint32_t block,
                     struct wafer_block *header) WAFER_MUST_CHECK;

/* Programs it. 0 or WAFER_E_FLASH. */
int wafer_block_write(const struct wafer_flash *flash, uint32_t block,
                      const struct wafer_block *header) WAFER_MUST_CHECK;

/* The flash's own read and sync, with no other error than WAFER_E_FLASH. */
int wafer_log_read(const struct wafer_flash *flash, uint32_t address, void *to,
                   uint32_t len) WAFER_MUST_CHECK;
int wafer_log_sync(const struct wafer_flash *flash) WAFER_MUST_CHECK;

/* Programs octets and reads them back. 0 or WAFER_E_FLASH. */
int wafer_log_program(const struct wafer_flash *flash, uint32_t address, const uint8_t *data,
                      uint32_t len) WAFER_MUST_CHECK;

/* 0 when octets are erased from an address on, 1 when not, or WAFER_E_FLASH. */
int wafer_log_erased(const struct wafer_flash *flash, uint32_t address, uint32_t len) WAFER_MUST_CHECK;

/* Erases a block and looks at it. 0 or WAFER_E_FLASH. */
int wafer_log_erase(const struct wafer_flash *flash, uint32_t block) WAFER_MUST_CHECK;

/* Makes the block with the highest sequence the head, if that is above the head's; *next is
 * what its header has then. Returns 0 or WAFER_E_FLASH. */
int wafer_log_head(struct wafer_store *store, uint32_t *next) WAFER_MUST_CHECK;

/* WAFER_E_BLANK when the region is erased but for a torn first header at most, else
 * WAFER_E_STORE_FORMAT or WAFER_E_FLASH. */
int wafer_log_blank(const struct wafer_flash *flash) WAFER_MUST_CHECK;

/* Completes the header of a record whose payload stands behind it in `buffer` (of
 * WAFER_STORE_PART octets), programs it where entry says, in a block of that
 * sequence, and reads it back. Returns 0 or WAFER_E_FLASH. */
int wafer_entry_write(const struct wafer_flash *flash, uint32_t block_sequence,
                      const struct wafer_entry *entry, uint8_t *buffer) WAFER_MUST_CHECK;

/* Whether the whole record is as it was written: 1, 0, or WAFER_E_FLASH. */
int wafer_entry_intact(const struct wafer_flash *flash, const struct wafer_entry *entry) WAFER_MUST_CHECK;

/* Puts a cursor before a block. It visits all live blocks once, the log's end and
 * beginning somewhere on the way. */
void wafer_cursor_start(struct wafer_cursor *cursor, struct wafer_store *store, uint32_t block);

/* Puts it before the oldest block: it visits all in the order of the log. */
void wafer_cursor_rewind(struct wafer_cursor *cursor, struct wafer_store *store);
uint32_t wafer_log_after(const struct wafer_store *store, uint32_t block);

/* Moves on to the next live block: 1, 0 when all were visited, or WAFER_E_FLASH. */
int wafer_cursor_block(struct wafer_cursor *cursor) WAFER_MUST_CHECK;

/* Moves on to the next record, whose header is right (its payload is not looked at),
 * or to damage: that is an entry of kind 0 without flags. Returns as above. */
int wafer_cursor_next(struct wafer_cursor *cursor) WAFER_MUST_CHECK;

/* The newest committed and undamaged value, or tombstone, below a sequence (0: no
 * bound). Returns 0, 1 for a tombstone, WAFER_E_NOT_FOUND or WAFER_E_FLASH. */
int wafer_log_lookup(struct wafer_store *store, uint8_t kind, uint8_t slot, uint32_t below,
                     struct wafer_value *value) WAFER_MUST_CHECK;

/* The smallest kind << 8 | slot that is at least `from` and occurs in the log, or
 * WAFER_E_NOT_FOUND, _FLASH. */
int wafer_log_next_pair(struct wafer_store *store, unsigned from) WAFER_MUST_CHECK;

/* Octets that live records may take, for a value or for a tombstone or commit. */
uint32_t wafer_log_capacity(const struct wafer_store *store, bool value);

/* How many free blocks to keep: fewer than the reserve when what is live takes more of
 * the blocks that are left. */
uint32_t wafer_log_spare(const struct wafer_store *store);

/* How often a block failed, as far as known: 2 means that it is retired. */
unsigned wafer_log_failures(struct wafer_store *store, uint32_t block);

/* Notes that a block failed. The second time it is retired, if enough are left without
 * it. The list is saved with the next commit. */
void wafer_log_strike(struct wafer_store *store, uint32_t block);

/* Counts the octets of all live records. 0 or WAFER_E_FLASH. */
int wafer_log_live(struct wafer_store *store, uint32_t *live) WAFER_MUST_CHECK;

/* Makes the next free block the head (or block 0, when there is no log and head is the
 * last block), and keeps free blocks in reserve by copying what is live in the oldest
 * ones to it. `worn` says that the old head failed. Blocks that fail get their strike.
 * Returns 0, WAFER_E_FLASH, _WORN, _STORE_FULL. */
int wafer_log_advance(struct wafer_store *store, bool worn) WAFER_MUST_CHECK;

/* Sees that there is room for octets of a value, or else of a tombstone or commit, and
 * counts them as live. Returns 0, WAFER_E_STORE_FULL, _WORN, _FLASH. */
int wafer_log_claim(struct wafer_store *store, uint32_t octets, bool value) WAFER_MUST_CHECK;

/* Appends a record of the open transaction, in the head block or the next. Returns as above. */
int wafer_log_append(struct wafer_store *store, struct wafer_entry *entry, uint8_t *buffer) WAFER_MUST_CHECK;

#endif
