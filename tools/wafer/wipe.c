/* Wiping, for what the command itself holds of keys. */
#include "wipe.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>

#define KEPT_MAX     8 /* a state, and an EAB key, for each command that this process runs */
#define STACK_PART   4096
#define STACK_OCTETS 131072 /* more than an order takes, with what the C library needs for names */

static struct {
    void *data;
    size_t len;
} kept[KEPT_MAX];
static size_t kept_count;

void wipe(void *data, size_t len)
{
    volatile unsigned char *at = data;
    while (len-- > 0) {
        *at++ = 0;
    }
}

/* Wipes below where the stack stands, part after part: an array of all could not be as long as there is room. */
static void wipe_below(size_t octets)
{
    unsigned char below[STACK_PART];
    if (octets > sizeof below) {
        wipe_below(octets - sizeof below);
    }
    wipe(below, sizeof below);
}

/* What functions that have returned left behind: BearSSL does not wipe the numbers that it computes with. Arguments and
 * environment may have a quarter of the stack. */
static void wipe_stack(void)
{
    struct rlimit limit;
    int rc = getrlimit(RLIMIT_STACK, &limit);
    bool small = rc == 0 && limit.rlim_cur / 2 < STACK_OCTETS;
    wipe_below(small ? (size_t)limit.rlim_cur / 2 : STACK_OCTETS);
}

static void wipe_kept(void)
{
    for (size_t i = 0; i < kept_count; i++) {
        wipe(kept[i].data, kept[i].len);
    }
    wipe_stack();
}

static bool is_kept(const void *data)
{
    for (size_t i = 0; i < kept_count; i++) {
        if (kept[i].data == data) {
            return true;
        }
    }
    return false;
}

void wipe_at_end(void *data, size_t len)
{
    if (is_kept(data)) {
        return;
    }
    if (kept_count == KEPT_MAX || (kept_count == 0 && atexit(wipe_kept) != 0)) {
        abort(); /* a mistake in this program; a secret that stays is worse */
    }
    kept[kept_count].data = data;
    kept[kept_count++].len = len;
}
