/* Frames of network chips that are read and written a word at a time. */
#ifndef WAFER_WORDS_H
#define WAFER_WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include "lwip/pbuf.h"

/* A place in a frame. */
struct words {
    const struct pbuf *part;
    uint16_t at;
};

static inline uint8_t words_octet(struct words *words)
{
    while (words->part != NULL && words->at == words->part->len) {
        words->part = words->part->next;
        words->at = 0;
    }
    return words->part != NULL ? ((const uint8_t *)words->part->payload)[words->at++] : 0;
}

/* The next four octets, the first in the lowest bits; zeros after the end. */
static inline uint32_t words_next(struct words *words)
{
    uint32_t word = words_octet(words);
    word |= (uint32_t)words_octet(words) << 8;
    word |= (uint32_t)words_octet(words) << 16;
    return word | (uint32_t)words_octet(words) << 24;
}

/* Buffers for a frame of len octets. NULL when it is damaged, too long, or when
 * there are none: the frame is lost. */
static inline struct pbuf *words_frame(uint32_t len, bool damaged)
{
    return damaged || len > WAFER_LWIP_FRAME ? NULL : pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_POOL);
}

/* Puts the octets from number `from` of a word into the frame; those after its end
 * (checksum, padding) are dropped. `part` NULL drops all. */
static inline void words_put(struct words *words, uint32_t word, unsigned from)
{
    for (word >>= 8 * from; from < 4; from++, word >>= 8) {
        if (words->part != NULL && words->at == words->part->len) {
            words->part = words->part->next;
            words->at = 0;
        }
        if (words->part != NULL)
            ((uint8_t *)words->part->payload)[words->at++] = (uint8_t)word;
    }
}

#endif
