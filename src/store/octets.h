/* Numbers in the order of the flash: little-endian. */
#ifndef WAFER_STORE_OCTETS_H
#define WAFER_STORE_OCTETS_H

#include <stdint.h>

static inline uint16_t wafer_octets_get16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t wafer_octets_get32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void wafer_octets_put16(uint8_t *at, uint16_t number)
{
    at[0] = (uint8_t)number;
    at[1] = (uint8_t)(number >> 8);
}

void wafer_octets_put32(uint8_t *at, uint32_t number);

#endif
