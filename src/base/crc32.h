/* CRC-32 (IEEE 802.3, reflected, as in zlib): detects rot and torn writes. */
#ifndef WAFER_CRC32_H
#define WAFER_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from `crc`, 0 at the start. */
uint32_t wafer_crc32(uint32_t crc, const void *data, size_t len);

#endif
