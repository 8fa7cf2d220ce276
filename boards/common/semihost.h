/* Calls to the debugger's host ("Semihosting for AArch32 and AArch64", ARM DUI 0203).
 * Only the QEMU boards use them: without a debugger the call is a fault. */
#ifndef WAFER_SEMIHOST_H
#define WAFER_SEMIHOST_H

#include <stddef.h>
#include <stdint.h>

_Noreturn void semihost_exit(int status);

enum semihost_mode { SEMIHOST_EXISTING, SEMIHOST_CREATE };

/* Opens a file of the host for reading and writing. Returns a handle, or -1. */
int semihost_open(const char *path, enum semihost_mode mode);

/* Each returns 0 when all of len was done, else -1. */
int semihost_read(int file, uint32_t offset, void *data, size_t len);
int semihost_write(int file, uint32_t offset, const void *data, size_t len);

/* Octets in the file, or -1. */
int32_t semihost_length(int file);

#endif
