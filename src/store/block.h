/* The header that each erase block in use begins with. docs/store-format.md has it under "Block
 * header", and how the log follows from the headers alone. */
#ifndef WAFER_STORE_BLOCK_H
#define WAFER_STORE_BLOCK_H

#include "wafer/store.h"

/* Sequence numbers are 1 to this one less. */
#define WAFER_SEQUENCE_END 0xffff0000u

struct wafer_block {
    uint32_t sequence; /* position in the log */
    uint32_t floor;    /* blocks with a sequence up to this are dead */
    uint32_t next;     /* lowest sequence for transactions begun after this block */
    uint32_t erases;   /* how often it was erased, as far as known */
};

/* Reads a block's header. Returns 1, 0 when there is none of this geometry, or WAFER_E_FLASH. */
int wafer_block_read(const struct wafer_flash *flash, uint32_t block,
                     struct wafer_block *header) WAFER_MUST_CHECK;

/* Programs it. Returns 0 or WAFER_E_FLASH. */
int wafer_block_write(const struct wafer_flash *flash, uint32_t block,
                      const struct wafer_block *header) WAFER_MUST_CHECK;

/* Makes the block with the highest sequence the head, if that is above the head's; *next is what
 * its header has then. Returns 0 or WAFER_E_FLASH. */
int wafer_block_find_head(struct wafer_store *store, uint32_t *next) WAFER_MUST_CHECK;

/* What a region without a head is: WAFER_E_BLANK when it is erased but for a torn first header at
 * most, else WAFER_E_STORE_FORMAT or WAFER_E_FLASH. */
int wafer_block_no_store(const struct wafer_flash *flash) WAFER_MUST_CHECK;

#endif
