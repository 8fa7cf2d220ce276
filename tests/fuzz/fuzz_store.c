/* Any octets as a flash: mounting, walking, finding, reading, copying and writing
 * on must not crash, loop, or break the rules of the flash. The first octet chooses the geometry;
 * the second says whether block headers and checksums are made right, so that what is
 * behind them is reached. */
#include <stdint.h>
#include <string.h>
#include "base/crc32.h"
#include "flash.h"
#include "wafer/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++, value >>= 8) {
        at[i] = (uint8_t)value;
    }
}

/* Gives blocks a header, in the order that a log has, and each place where a record may
 * start one with small numbers out of what is there. */
static void make_plausible(struct emu_flash *emu)
{
    uint32_t step = emu->flash.program_unit < 16 ? 16 : emu->flash.program_unit;

    for (uint32_t block = 0; block < emu->flash.block_count; block++) {
        uint8_t *at = emu->data + block * emu->flash.block_size;
        uint32_t first = step < 32 ? 32 : step;
        uint32_t sequence = at[12] % 4u + 1 + (block + emu->data[13]) % emu->flash.block_count * 4;

        if (at[14] > 250) {
            continue;
        }
        memcpy(at, "wafr", 4);
        put32(at + 4, 1 | emu->flash.program_unit << 16);
        put32(at + 8, emu->flash.block_size / 512 | emu->flash.block_count << 16);
        put32(at + 16, at[16] < 192 ? 0 : at[16] % sequence);
        put32(at + 12, sequence);
        put32(at + 20, at[20] + 16u); /* above all that a record here has */
        put32(at + 28, wafer_crc32(block, at, 28));
        for (uint32_t offset = first; offset + 16 <= emu->flash.block_size;) {
            uint8_t *record = at + offset;
            uint32_t length = record[3] % 241;

            if (record[0] == emu->flash.erased || offset + 16 + length > emu->flash.block_size) {
                offset += step;
                continue;
            }
            record[0] %= 4;
            record[1] %= 2;
            record[2] = (uint8_t)(record[0] == 0 ? 4 : record[2] & 0x1b);
            record[3] = (uint8_t)length;
            put32(record + 4, record[4] % 8 + 1u);
            put32(record + 8, record[8] % 4);
            uint32_t crc = wafer_crc32(sequence * 0x9e3779b1u ^ offset, record, 10);
            record[10] = (uint8_t)crc;
            record[11] = (uint8_t)(crc >> 8);
            crc = wafer_crc32(wafer_crc32(crc, record + 10, 2), record + 16, length);
            put32(record + 12, record[12] == 0 ? 0 : crc);
            offset += (16 + length + step - 1) & ~(step - 1);
        }
    }
}

static int look(void *ctx, const struct wafer_record_view *view)
{
    (void)view;
    return ++*(unsigned *)ctx > 100000;
}

static void read_all(struct wafer_store *store)
{
    struct wafer_value found;
    uint8_t octets[300];
    unsigned seen = 0;

    if (wafer_store_walk(store, look, &seen) != 0) {
        __builtin_trap();
    }
    for (int kind = 1; kind < 9; kind++) {
        for (int slot = -1;
             (slot = wafer_store_next(store, (enum wafer_kind)kind, slot, &found)) >= 0;) {
            uint32_t below = 0;

            while (wafer_store_find(store, (enum wafer_kind)kind, (uint8_t)slot, below, &found) == 0) {
                uint32_t at = 0;
                int got;

                while ((got = wafer_store_read(store, &found, at, octets, sizeof octets)) > 0) {
                    at += (uint32_t)got;
                }
                if ((at != found.length && got != WAFER_E_LOCKED) || (below != 0 && found.sequence >= below)) {
                    __builtin_trap(); /* what is found is whole */
                }
                below = found.sequence;
            }
        }
    }
}

/* Whatever a store holds, a copy of it is all or nothing. */
static void copy_all(struct wafer_store *from)
{
    struct emu_flash emu;
    struct wafer_store to;
    struct wafer_value found;
    uint8_t octet;

    emu_flash_init(&emu, 4096, 8, 4, 0xff);
    if (wafer_store_format(&to, &emu.flash) < 0) {
        __builtin_trap();
    }
    int rc = wafer_store_copy(&to, from);
    if (from->open || to.open || wafer_store_mount(&to, &emu.flash) < 0) {
        __builtin_trap();
    }
    for (int kind = 1; kind < 9; kind++) {
        for (int slot = -1; (slot = wafer_store_next(&to, (enum wafer_kind)kind, slot, &found)) >= 0;) {
            if (rc < 0 || (found.length > 0 && wafer_store_read(&to, &found, 0, &octet, 1) != 1)) {
                __builtin_trap(); /* something came of nothing, or is not whole */
            }
        }
    }
    emu_flash_free(&emu);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        uint32_t block_size, block_count, unit;
        uint8_t erased;
    } geometries[] = {{512, 6, 1, 0xff}, {1024, 4, 4, 0xff}, {4096, 2, 16, 0x00}, {512, 8, 256, 0xff}};
    struct emu_flash emu;
    struct wafer_store store;
    struct wafer_store_usage usage;

    if (size < 2) {
        return 0;
    }
    unsigned g = data[0] % 4u;
    emu_flash_init(&emu, geometries[g].block_size, geometries[g].block_count, geometries[g].unit,
                   geometries[g].erased);
    uint32_t region = geometries[g].block_size * geometries[g].block_count;
    memcpy(emu.data, data + 2, size - 2 < region ? size - 2 : region);
    if (data[1] & 1) {
        make_plausible(&emu);
    }
    for (uint32_t i = 0; i < region; i++) {
        if (emu.data[i] != geometries[g].erased) {
            emu.programmed[i / geometries[g].unit] = true;
        }
    }
    if (wafer_store_mount(&store, &emu.flash) == 0) {
        read_all(&store);
        if (wafer_store_usage(&store, &usage) < 0) {
            __builtin_trap();
        }
        copy_all(&store);
        for (int i = 0; i < 3; i++) {
            uint8_t value[700] = {(uint8_t)i};
            struct wafer_value found;

            if (wafer_store_begin(&store) < 0) {
                break;
            }
            (void)!wafer_store_put(&store, WAFER_KIND_CHAIN, 1, value, sizeof value);
            (void)!wafer_store_delete(&store, WAFER_KIND_ACCOUNT, 0);
            int rc = wafer_store_commit(&store);
            if (rc == 0 && (data[1] & 1) &&
                (wafer_store_find(&store, WAFER_KIND_CHAIN, 1, 0, &found) < 0 || found.length != 700)) {
                __builtin_trap();
            }
        }
        if (wafer_store_mount(&store, &emu.flash) < 0) {
            __builtin_trap();
        }
        read_all(&store);
    }
    emu_flash_free(&emu);
    return 0;
}
