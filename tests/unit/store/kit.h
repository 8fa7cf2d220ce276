/* What the tests of the store begin with: one store on one emulated flash, and values whose octets a
 * seed gives. To be included after cmocka.h. */
#ifndef STORE_KIT_H
#define STORE_KIT_H

#include <stdlib.h>
#include <string.h>
#include "flash.h"
#include "wafer/store.h"

static struct emu_flash emu;
static struct wafer_store store;

static inline void fresh(uint32_t block_size, uint32_t block_count, uint32_t unit, uint8_t erased)
{
    emu_flash_init(&emu, block_size, block_count, unit, erased);
    assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
}

static inline int put(enum wafer_kind kind, unsigned slot, unsigned seed, size_t len)
{
    uint8_t data[8192];

    emu_pattern(data, len, seed);
    assert_int_equal(wafer_store_begin(&store), 0);
    int rc = wafer_store_put(&store, kind, (uint8_t)slot, data, len);
    int end = wafer_store_commit(&store);
    return rc < 0 ? rc : end;
}

static inline int erase_value(enum wafer_kind kind, unsigned slot)
{
    assert_int_equal(wafer_store_begin(&store), 0);
    int rc = wafer_store_delete(&store, kind, (uint8_t)slot);
    int end = wafer_store_commit(&store);
    return rc < 0 ? rc : end;
}

static inline bool has(enum wafer_kind kind, unsigned slot, uint32_t below, unsigned seed, size_t len)
{
    uint8_t want[8192], got[8192];
    struct wafer_value value;

    if (wafer_store_find(&store, kind, (uint8_t)slot, below, &value) < 0 || value.length != len ||
        value.kind != kind || value.slot != slot || (below != 0 && value.sequence >= below)) {
        return false;
    }
    emu_pattern(want, len, seed);
    return wafer_store_read(&store, &value, 0, got, sizeof got) == (int)len && memcmp(want, got, len) == 0;
}

static inline bool missing(enum wafer_kind kind, unsigned slot)
{
    struct wafer_value value;

    return wafer_store_find(&store, kind, (uint8_t)slot, 0, &value) == WAFER_E_NOT_FOUND;
}

static inline void remount(void)
{
    uint64_t operations = emu.operations;

    assert_int_equal(wafer_store_mount(&store, &emu.flash), 0);
    assert_int_equal(emu.operations, operations);
}

#endif
