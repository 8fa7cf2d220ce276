/* Goes along the log, record by record. */
#ifndef WAFER_STORE_CURSOR_H
#define WAFER_STORE_CURSOR_H

#include "store/record.h"

struct wafer_cursor {
    struct wafer_record record; /* where the cursor has come to */
    bool damage;                /* since the last record */
    struct wafer_store *store;
    uint32_t left;                    /* blocks still to visit */
    uint32_t next;                    /* the first of them */
    uint32_t block, offset, sequence; /* what comes behind the record; the block's sequence */
};

/* Puts a cursor before a block. It visits all blocks of the log once, the log's end and beginning
 * somewhere on the way. */
void wafer_cursor_start(struct wafer_cursor *cursor, struct wafer_store *store, uint32_t block);

/* Puts it before the oldest block: it visits all in the order of the log. */
void wafer_cursor_rewind(struct wafer_cursor *cursor, struct wafer_store *store);

/* Moves on to the next block of the log: 1, 0 when all were visited, or WAFER_E_FLASH. */
int wafer_cursor_next_block(struct wafer_cursor *cursor) WAFER_MUST_CHECK;

/* Moves on to the next record, whose header is right (its payload is not looked at), or to damage:
 * that is a record of kind 0 without flags, once for all between two records. Returns as above. */
int wafer_cursor_next(struct wafer_cursor *cursor) WAFER_MUST_CHECK;

/* The block that follows another in their circle. */
uint32_t wafer_cursor_after(const struct wafer_store *store, uint32_t block);

#endif
