/* Sizes that follow from a region's geometry alone: where records may start, and how much fits.
 * docs/store-format.md has them under "The region" and "Capacity". */
#ifndef WAFER_STORE_GEOMETRY_H
#define WAFER_STORE_GEOMETRY_H

#include "wafer/store.h"

#define WAFER_BLOCK_HEADER   32                                       /* octets of a block's header */
#define WAFER_RECORD_HEADER  16                                       /* octets of a record's header */
#define WAFER_RECORD_PAYLOAD (WAFER_STORE_PART - WAFER_RECORD_HEADER) /* octets behind it at most */

/* Returns 0, or WAFER_E_ARGUMENT for a device that the store cannot work with: a geometry out
 * of bounds or with a capacity of 0, a lock without its unlock. */
int wafer_geometry_check(const struct wafer_flash *flash) WAFER_MUST_CHECK;

/* Rounds octets up to where records may start and end. */
uint32_t wafer_geometry_align(const struct wafer_flash *flash, uint32_t octets);

/* Octets of records that so many blocks hold at least. */
uint32_t wafer_geometry_room(const struct wafer_flash *flash, uint32_t blocks);

/* Free blocks that are kept: one to copy to, and more for blocks that turn out worn. */
uint32_t wafer_geometry_reserve(const struct wafer_flash *flash);

/* Octets that live records may take when so many blocks are retired. */
uint32_t wafer_geometry_capacity(const struct wafer_flash *flash, uint32_t retired);

#endif
