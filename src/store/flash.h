/* The flash as the store sees it: what is programmed is read back, what is erased is looked at, and
 * what the driver returns comes down to three: done, damaged, failed. */
#ifndef WAFER_STORE_FLASH_H
#define WAFER_STORE_FLASH_H

#include "wafer/flash.h"

/* Reads octets at an address. Returns 0, WAFER_E_DAMAGED when one of them can't be read, or
 * WAFER_E_FLASH. */
int wafer_flash_read(const struct wafer_flash *flash, uint32_t address, void *to,
                     uint32_t len) WAFER_MUST_CHECK;

/* The same for who only wants to know what is there: what can't be read is neither erased nor a header
 * of any kind. Returns 0 or WAFER_E_FLASH. */
int wafer_flash_look(const struct wafer_flash *flash, uint32_t address, void *to,
                     uint32_t len) WAFER_MUST_CHECK;

/* Returns once all before is on the medium: 0 or WAFER_E_FLASH. */
int wafer_flash_sync(const struct wafer_flash *flash) WAFER_MUST_CHECK;

/* Programs octets and reads them back. Returns 0 or WAFER_E_FLASH. */
int wafer_flash_program(const struct wafer_flash *flash, uint32_t address, const uint8_t *data,
                        uint32_t len) WAFER_MUST_CHECK;

/* Whether all octets are erased from an address on: 1, 0, or WAFER_E_FLASH. */
int wafer_flash_is_erased(const struct wafer_flash *flash, uint32_t address, uint32_t len) WAFER_MUST_CHECK;

/* Erases a block and looks at it. Returns 0 or WAFER_E_FLASH. */
int wafer_flash_erase(const struct wafer_flash *flash, uint32_t block) WAFER_MUST_CHECK;

#endif
