/* Writes records behind the last one of the log. */
#ifndef WAFER_STORE_APPEND_H
#define WAFER_STORE_APPEND_H

#include "store/record.h"

/* Appends a record of the open transaction, in the head block or the next; its payload stands in
 * `buffer` as wafer_record_write has it. Returns 0, WAFER_E_STORE_FULL, _WORN, _FLASH. */
int wafer_append(struct wafer_store *store, struct wafer_record *record, uint8_t *buffer) WAFER_MUST_CHECK;

#endif
