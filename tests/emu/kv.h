/* An emulated key-value store for port/kv-flash that counts, fails, loses values, and can
 * be copied at any put: what a power cut leaves. */
#ifndef EMU_KV_H
#define EMU_KV_H

#include <stdbool.h>
#include "kv_flash.h"
#include "life.h"

#define EMU_KV_BLOCK_MAX 4096

/* What a put that fails or is cut leaves. */
enum emu_kv_tear {
    EMU_KV_OLD,    /* the old value */
    EMU_KV_NEW,    /* the new value, never reported */
    EMU_KV_MIXED,  /* each octet the old or the new one: overwritten in place, its length kept */
    EMU_KV_PREFIX, /* a part of the new value: truncated, then written */
    EMU_KV_GONE,   /* no value: deleted, then written */
    EMU_KV_TEARS
};

struct emu_kv_value {
    bool there;
    bool corrupt; /* get says WAFER_E_DAMAGED */
    uint32_t len;
    uint8_t *data; /* room for two blocks */
};

struct emu_kv {
    struct wafer_kv kv; /* ctx points to this struct */
    struct emu_kv_value *values;
    uint64_t calls, gets, puts;  /* so far */
    uint64_t fail_from, fail_to; /* calls that fail: from the first to before the other, 1 is the first */
    enum emu_kv_tear tear;       /* what a failing put leaves */
    bool lies;                   /* puts succeed and change nothing */
    bool whole;                  /* reading a part aborts the test program */
    void (*before)(struct emu_kv *kv, uint32_t block, const uint8_t *data); /* of each put; NULL: nothing */
    void *before_ctx;
    uint32_t random; /* state of the generator, not 0 */
};

/* Allocates an empty KV store. */
void emu_kv_init(struct emu_kv *kv, uint32_t block_size, uint32_t block_count);
void emu_kv_free(struct emu_kv *kv);

/* A copy with all values, without `before` and failures. */
struct emu_kv *emu_kv_clone(const struct emu_kv *kv);
void emu_kv_drop(struct emu_kv *clone);

/* Does a put as far as a power cut lets it. */
void emu_kv_tear(struct emu_kv *kv, uint32_t block, const uint8_t *data, enum emu_kv_tear tear);

/* A device with its store on it. */
struct emu_kv_device {
    struct emu_kv *kv;
    struct wafer_kv_flash flash;
    struct emu_life life;
    bool whole; /* it reads whole values */
    uint8_t block[EMU_KV_BLOCK_MAX], reader[EMU_KV_BLOCK_MAX];
};

/* The power comes (back): what was in memory is gone. Returns what wafer_store_mount does. */
int emu_kv_boot(struct emu_kv_device *device) WAFER_MUST_CHECK;

#endif
