/* What opening a file and making one have in common. */
#ifndef FLASH_FILE_PARTS_H
#define FLASH_FILE_PARTS_H

#include "flash_file.h"

#define FLASH_FILE_PATH 4096 /* octets of a path with its NUL */

/* Notes what went wrong. Return WAFER_E_FLASH; the second takes errno. */
int wafer_flash_file_fail(struct wafer_flash_file *file, enum wafer_flash_file_problem problem, int os_error);
int wafer_flash_file_fail_system(struct wafer_flash_file *file);

/* Keeps other writers out of the open file. Returns 0 or WAFER_E_FLASH. */
int wafer_flash_file_lock(struct wafer_flash_file *file);

/* Closes the open file, and wipes what was read. */
void wafer_flash_file_end(struct wafer_flash_file *file);

/* Makes and opens the file at `path`, all erased. Returns 0 or WAFER_E_FLASH. */
int wafer_flash_file_create(struct wafer_flash_file *file, const char *path);

#endif
