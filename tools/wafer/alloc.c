/* malloc for the small static build. A command that runs for seconds and asks for a few
 * kilobytes (roots of --ca-file, addresses of the CA) needs no general allocator: this
 * one hands out an arena and takes nothing back, and saves 8 kB with musl. Under glibc
 * the system's own stays, so that sanitizers see what happens. */
#include <stdlib.h>

#ifndef __GLIBC__

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_SIZE (512u * 1024) /* pages that are not used take no memory */

union unit {
    long double number;
    void *pointer;
    uint64_t integer;
};

static union {
    union unit align;
    uint8_t octets[ARENA_SIZE];
} arena;
static size_t used;

void *malloc(size_t size)
{
    size_t unit = sizeof(union unit), room = ARENA_SIZE - used;
    if (size > room || (size + unit - 1) / unit * unit > room) {
        errno = ENOMEM;
        return NULL;
    }
    void *memory = arena.octets + used;
    used += (size + unit - 1) / unit * unit;
    return memory;
}

void *calloc(size_t count, size_t size)
{
    if (size != 0 && count > ARENA_SIZE / size) {
        errno = ENOMEM;
        return NULL;
    }
    return malloc(count * size); /* never used before: zero */
}

void free(void *memory)
{
    (void)memory;
}

/* Nobody calls it; a libc that does must not mix it with its own. */
void *realloc(void *memory, size_t size)
{
    (void)memory;
    return memory == NULL ? malloc(size) : NULL;
}

#endif
