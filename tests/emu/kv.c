/* The emulated key-value store. */
#include "kv.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds, const char *rule)
{
    if (!holds) {
        fprintf(stderr, "emulated KV store: %s\n", rule);
        abort();
    }
}

static uint32_t next_random(struct emu_kv *kv)
{
    kv->random ^= kv->random << 13;
    kv->random ^= kv->random >> 17;
    kv->random ^= kv->random << 5;
    return kv->random;
}

/* Counts a call. Whether it fails. */
static bool fails(struct emu_kv *kv)
{
    kv->calls++;
    return kv->calls >= kv->fail_from && kv->calls < kv->fail_to;
}

static int emu_get(void *ctx, uint32_t block, uint32_t offset, void *data, size_t len)
{
    struct emu_kv *kv = ctx;
    const struct emu_kv_value *value = &kv->values[block];

    require(block < kv->kv.block_count, "reads a value that is not the store's");
    require(offset <= kv->kv.block_size && len <= kv->kv.block_size - offset, "reads behind a value's end");
    require(!kv->whole || (offset == 0 && len == kv->kv.block_size), "reads a part");
    kv->gets++;
    memset(data, 0xa5, len); /* must not be believed unless the call says so */
    if (fails(kv)) {
        return WAFER_E_NETWORK; /* any error but the two that mean something */
    }
    if (!value->there) {
        return WAFER_E_NOT_FOUND;
    }
    if (value->corrupt) {
        return WAFER_E_DAMAGED;
    }
    if (offset < value->len) {
        memcpy(data, value->data + offset, value->len - offset < len ? value->len - offset : len);
    }
    return (int)value->len;
}

void emu_kv_tear(struct emu_kv *kv, uint32_t block, const uint8_t *data, enum emu_kv_tear tear)
{
    struct emu_kv_value *value = &kv->values[block];
    uint32_t size = kv->kv.block_size;
    bool kept = value->there && !value->corrupt && value->len == size; /* can be overwritten in place */

    if (tear == EMU_KV_OLD) {
        return;
    }
    value->there = tear != EMU_KV_GONE;
    value->corrupt = false;
    value->len = tear == EMU_KV_PREFIX ? next_random(kv) % size : size;
    for (uint32_t i = 0; i < value->len; i++) {
        if (tear != EMU_KV_MIXED || !kept || next_random(kv) % 2 == 0) {
            value->data[i] = data[i];
        }
    }
}

static int emu_put(void *ctx, uint32_t block, const void *data, size_t len)
{
    struct emu_kv *kv = ctx;

    require(block < kv->kv.block_count && len == kv->kv.block_size, "puts what is no block");
    if (kv->before != NULL) {
        kv->before(kv, block, data);
    }
    kv->puts++;
    if (fails(kv)) {
        emu_kv_tear(kv, block, data, kv->tear);
        return WAFER_E_DAMAGED; /* any error */
    }
    if (!kv->lies) {
        emu_kv_tear(kv, block, data, EMU_KV_NEW);
    }
    return 0;
}

static void *zeros(size_t count, size_t size)
{
    void *data = calloc(count, size);

    require(data != NULL, "no memory");
    return data;
}

void emu_kv_init(struct emu_kv *kv, uint32_t block_size, uint32_t block_count)
{
    *kv = (struct emu_kv){
        .kv =
            {.ctx = kv, .block_size = block_size, .block_count = block_count, .get = emu_get, .put = emu_put},
        .random = 0x2545f491,
    };
    kv->values = zeros(block_count, sizeof kv->values[0]);
    for (uint32_t i = 0; i < block_count; i++) {
        kv->values[i].data = zeros(2, block_size);
    }
}

void emu_kv_free(struct emu_kv *kv)
{
    for (uint32_t i = 0; i < kv->kv.block_count; i++) {
        free(kv->values[i].data);
    }
    free(kv->values);
}

struct emu_kv *emu_kv_clone(const struct emu_kv *kv)
{
    struct emu_kv *clone = zeros(1, sizeof *clone);

    emu_kv_init(clone, kv->kv.block_size, kv->kv.block_count);
    clone->whole = kv->whole;
    clone->random = kv->random;
    for (uint32_t i = 0; i < kv->kv.block_count; i++) {
        uint8_t *data = clone->values[i].data;

        clone->values[i] = kv->values[i];
        clone->values[i].data = data;
        memcpy(data, kv->values[i].data, 2 * (size_t)kv->kv.block_size);
    }
    return clone;
}

void emu_kv_drop(struct emu_kv *clone)
{
    emu_kv_free(clone);
    free(clone);
}

int emu_kv_boot(struct emu_kv_device *device)
{
    require(device->kv->kv.block_size <= EMU_KV_BLOCK_MAX, "blocks too large for the device");
    memset(device->block, 0x55, sizeof device->block);
    memset(device->reader, 0x55, sizeof device->reader);
    device->kv->whole = device->whole;
    wafer_kv_flash_init(&device->flash, &device->kv->kv, device->block,
                        device->whole ? device->reader : NULL);
    return wafer_store_mount(&device->life.store, &device->flash.flash);
}
