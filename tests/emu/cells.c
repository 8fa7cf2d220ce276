/* Chips with error correction, and chips that must not be read where they are erased. */
#include "cells.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t unit_count(const struct emu_flash *emu)
{
    return emu->flash.block_size / emu->flash.program_unit * emu->flash.block_count;
}

static void *zeros(size_t count)
{
    void *data = calloc(count, 1);

    if (data == NULL) {
        abort();
    }
    return data;
}

void emu_cells_init(struct emu_flash *emu)
{
    emu->unreadable = zeros(unit_count(emu));
}

void emu_cells_free(struct emu_flash *emu)
{
    free(emu->unreadable);
}

void emu_cells_copy(struct emu_flash *to, const struct emu_flash *from)
{
    memcpy(to->unreadable, from->unreadable, unit_count(from));
}

static bool is_all(const uint8_t *data, uint8_t octet, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        if (data[i] != octet) {
            return false;
        }
    }
    return true;
}

/* --- reading --- */

/* The chip's blank check of a unit. */
static bool chip_is_blank(const struct emu_flash *emu, uint32_t unit)
{
    uint32_t size = emu->flash.program_unit;

    return !emu->unreadable[unit] && is_all(emu->data + (size_t)unit * size, emu->flash.erased, size);
}

/* A read within a unit. Of a chip with EMU_BLANK_FAULTS it ends in a fault where the unit is erased. */
static int chip_read(const struct emu_flash *emu, uint32_t address, uint8_t *data, uint32_t len)
{
    uint32_t unit = address / emu->flash.program_unit;

    if ((emu->cells & EMU_BLANK_FAULTS) && chip_is_blank(emu, unit)) {
        fprintf(stderr, "emulated flash: a fault: erased cells were read\n");
        abort();
    }
    if (emu->unreadable[unit]) {
        memset(data, 0x5a, len); /* what a code word gives that can't be corrected */
        return WAFER_E_DAMAGED;
    }
    memcpy(data, emu->data + address, len);
    return 0;
}

int emu_cells_read(struct emu_flash *emu, uint32_t address, uint8_t *data, uint32_t len)
{
    uint32_t unit = emu->flash.program_unit;
    int rc = 0;

    for (uint32_t n; len > 0; address += n, data += n, len -= n) {
        n = unit - address % unit < len ? unit - address % unit : len;
        if ((emu->cells & EMU_BLANK_FAULTS) && chip_is_blank(emu, address / unit)) {
            memset(data, emu->flash.erased, n);
            continue;
        }
        int failed = chip_read(emu, address, data, n);
        rc = failed < 0 ? failed : rc;
    }
    return rc;
}

/* --- after a cut --- */

void emu_cells_torn(struct emu_flash *emu, uint32_t address, const uint8_t *before, const uint8_t *after,
                    uint32_t len)
{
    uint32_t unit = emu->flash.program_unit;

    for (uint32_t at = 0; at < len; at += unit) {
        const uint8_t *now = emu->data + address + at;
        bool done = after != NULL ? memcmp(now, after + at, unit) == 0 : is_all(now, emu->flash.erased, unit);
        bool begun = memcmp(now, before + at, unit) != 0;

        if (begun && (emu->cells & EMU_ECC)) {
            /* The code word's check bits are cells, too: of those that were last nobody knows. */
            emu->unreadable[(address + at) / unit] = !done || emu_flash_random(emu) % 8 == 0;
        }
    }
}

void emu_cells_mark(struct emu_flash *emu, uint32_t address, uint32_t len)
{
    uint32_t unit = emu->flash.program_unit;

    for (uint32_t number = address / unit; number < (address + len) / unit; number++) {
        emu->programmed[number] = !chip_is_blank(emu, number);
    }
}

void emu_cells_erased(struct emu_flash *emu, uint32_t block)
{
    uint32_t units = emu->flash.block_size / emu->flash.program_unit;

    memset(emu->unreadable + (size_t)block * units, false, units);
    memset(emu->programmed + (size_t)block * units, false, units);
}
