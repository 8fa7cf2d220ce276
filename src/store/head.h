/* The head of the log, the block that is written to: how the next one takes its place. */
#ifndef WAFER_STORE_HEAD_H
#define WAFER_STORE_HEAD_H

#include "wafer/store.h"

/* Why the old head is written no more. */
enum wafer_head_end { WAFER_HEAD_FULL, WAFER_HEAD_FAILED };

/* Makes the next free block the head (or block 0, when there is no log and the head is the last
 * block), and keeps free blocks in reserve by copying what is live in the oldest ones to it. Blocks
 * that fail get their strike, the old head too if it is that what ended it. Returns 0, WAFER_E_FLASH,
 * _WORN, _STORE_FULL. */
int wafer_head_advance(struct wafer_store *store, enum wafer_head_end why) WAFER_MUST_CHECK;

#endif
