/* What the tests of worn blocks begin with: one store on one emulated flash whose blocks' operations are
 * counted. To be included after cmocka.h. */
#ifndef WORN_KIT_H
#define WORN_KIT_H

#include <string.h>
#include "flash.h"
#include "store/worn.h"

static struct emu_flash emu;
static struct wafer_store store;
static unsigned touched[64]; /* erases and programs of each block */

static inline void count(struct emu_flash *flash, const struct emu_operation *operation)
{
    touched[operation->address / flash->flash.block_size]++;
}

static inline void fresh(uint32_t block_size, uint32_t block_count, uint32_t unit)
{
    emu_flash_init(&emu, block_size, block_count, unit, 0xff);
    memset(touched, 0, sizeof touched);
    emu.before = count;
    assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
}

static inline int put(enum wafer_kind kind, unsigned version, size_t len)
{
    uint8_t data[3000];

    memset(data, (int)version, len);
    assert_int_equal(wafer_store_begin(&store), 0);
    int rc = wafer_store_put(&store, kind, 0, data, len);
    int end = wafer_store_commit(&store);
    return rc < 0 ? rc : end;
}

static inline bool has(enum wafer_kind kind, unsigned version, size_t len)
{
    uint8_t want[3000], got[3000];
    struct wafer_value value;

    memset(want, (int)version, len);
    return wafer_store_find(&store, kind, 0, 0, &value) == 0 && value.length == len &&
           wafer_store_read(&store, &value, 0, got, sizeof got) == (int)len && memcmp(got, want, len) == 0;
}

static inline void remount(void)
{
    assert_int_equal(wafer_store_mount(&store, &emu.flash), 0);
}

/* Commits, with a reboot after each, for `rounds` turns of the whole region. */
static inline void live(unsigned rounds)
{
    static unsigned version;
    size_t octets = 0, region = (size_t)emu.flash.block_size * emu.flash.block_count;

    while (octets < rounds * region) {
        version++;
        assert_int_equal(put(WAFER_KIND_CERT, version, 300), 0);
        remount();
        assert_true(has(WAFER_KIND_CERT, version, 300));
        octets += 300;
    }
}

static inline struct wafer_store_usage usage(void)
{
    struct wafer_store_usage all;

    assert_int_equal(wafer_store_usage(&store, &all), 0);
    return all;
}

#endif
