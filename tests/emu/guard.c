/* Copies before a page that nobody may touch; see guard.h. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "guard.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guard guard_copy(const void *data, size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t pages = (len + page - 1) / page * page;
    struct guard guard = {NULL, len, NULL, pages + page};
    uint8_t *map = mmap(NULL, guard.map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (map == MAP_FAILED || mprotect(map + pages, page, PROT_NONE) != 0) {
        abort();
    }
    guard.map = map;
    guard.data = map + pages - len;
    if (data != NULL && len > 0) {
        memcpy(guard.data, data, len);
    }
    return guard;
}

uint8_t *guard_refill(struct guard *guard, const void *data, size_t len)
{
    uint8_t *at;

    if (len > guard->len) {
        abort();
    }
    at = guard->data + guard->len - len;
    if (len > 0) {
        memcpy(at, data, len);
    }
    return at;
}

void guard_free(struct guard *guard)
{
    munmap(guard->map, guard->map_len);
    memset(guard, 0, sizeof *guard);
}
