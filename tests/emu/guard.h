/* A copy of an input whose last octet stands before a page that nobody may touch:
 * reading one octet too far crashes the test, with and without sanitizers. */
#ifndef WAFER_TESTS_GUARD_H
#define WAFER_TESTS_GUARD_H

#include <stddef.h>
#include <stdint.h>

struct guard {
    uint8_t *data; /* the copy, len octets, writable */
    size_t len;
    void *map;
    size_t map_len;
};

/* Copies data; NULL leaves zeros. Aborts when there is no memory. */
struct guard guard_copy(const void *data, size_t len);

/* Shows the last `len` of the copy's octets as its whole, with new content: cheaper
 * than a new copy for each truncation of an input. len <= guard->len. */
uint8_t *guard_refill(struct guard *guard, const void *data, size_t len);

void guard_free(struct guard *guard);

#endif
