/* What the tests of encrypted values begin with: one store on one emulated flash, its key, and another
 * one. To be included after cmocka.h. */
#ifndef CIPHER_KIT_H
#define CIPHER_KIT_H

#include <stdlib.h>
#include <string.h>
#include "flash.h"
#include "store/cipher.h"

static struct emu_flash emu;
static struct wafer_store store;
static uint8_t key[WAFER_STORE_KEY], other_key[WAFER_STORE_KEY];

static inline void fresh(uint32_t block_size, uint32_t block_count, uint32_t unit)
{
    for (unsigned i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)(0x40 + i);
        other_key[i] = key[i];
    }
    other_key[31] ^= 1;
    emu_flash_init(&emu, block_size, block_count, unit, 0xff);
    assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
    assert_int_equal(wafer_store_encrypt(&store, key), 0);
}

static inline int remount(const uint8_t *with)
{
    uint64_t operations = emu.operations;

    assert_int_equal(wafer_store_mount(&store, &emu.flash), 0);
    int rc = with == NULL ? 0 : wafer_store_encrypt(&store, with);
    assert_int_equal(emu.operations, operations);
    return rc;
}

static inline int put(enum wafer_kind kind, unsigned slot, unsigned seed, size_t len)
{
    uint8_t data[4096];

    emu_pattern(data, len, seed);
    int rc = wafer_store_begin(&store);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_store_put(&store, kind, (uint8_t)slot, data, len);
    int end = wafer_store_commit(&store);
    return rc < 0 ? rc : end;
}

/* 1 when the value is there and right, else what reading gave. */
static inline int get(enum wafer_kind kind, unsigned slot, unsigned seed, size_t len)
{
    uint8_t want[4096], got[4096];
    struct wafer_value value;
    int rc = wafer_store_find(&store, kind, (uint8_t)slot, 0, &value);

    if (rc < 0) {
        return rc;
    }
    emu_pattern(want, len, seed);
    memset(got, 0x55, sizeof got);
    rc = wafer_store_read(&store, &value, 0, got, sizeof got);
    if (rc < 0) { /* nothing of it comes out */
        for (size_t i = 0; i < sizeof got; i++) {
            assert_int_equal(got[i], 0x55);
        }
        return rc;
    }
    assert_int_equal(rc, value.length);
    return value.length == len && memcmp(want, got, len) == 0;
}

#endif
