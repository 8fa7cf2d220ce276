/* Finds values by their names, a kind and a slot, and their parts in the log. docs/store-format.md
 * says under "Values" which of several versions counts. */
#ifndef WAFER_STORE_FIND_H
#define WAFER_STORE_FIND_H

#include "store/cursor.h"

/* What wafer_find_version found. */
enum wafer_find_kind { WAFER_FIND_VALUE, WAFER_FIND_TOMBSTONE };

/* The highest sequence below value->sequence that committed records of its kind and slot, 0 when
 * none; value->block is where they begin. Their parts may be missing or damaged. Returns 0 or
 * WAFER_E_FLASH. */
int wafer_find_newest(struct wafer_store *store, struct wafer_value *value) WAFER_MUST_CHECK;

/* The newest committed and undamaged version below a sequence (0: no bound). Returns an enum
 * wafer_find_kind, WAFER_E_NOT_FOUND or WAFER_E_FLASH. */
int wafer_find_version(struct wafer_store *store, uint8_t kind, uint8_t slot, uint32_t below,
                       struct wafer_value *value) WAFER_MUST_CHECK;

/* Checks all parts of a version and adds up its length. Returns an enum wafer_find_kind,
 * WAFER_E_DAMAGED when a part is missing, or WAFER_E_FLASH. */
int wafer_find_measure(struct wafer_store *store, struct wafer_value *value) WAFER_MUST_CHECK;

/* The smallest name, kind << 8 | slot, that is at least `from` and occurs in the log, or
 * WAFER_E_NOT_FOUND, _FLASH. */
int wafer_find_name(struct wafer_store *store, unsigned from) WAFER_MUST_CHECK;

#endif
