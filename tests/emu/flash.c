/* Does to an array what a chip does to its cells, also those with error correction or that must not be read where they are
 * erased, and aborts where the store breaks a rule. */
#include "flash.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds, const char *rule)
{
    if (!holds) {
        fprintf(stderr, "emulated flash: %s\n", rule);
        abort();
    }
}

static uint32_t size_of(const struct emu_flash *emu)
{
    return emu->flash.block_size * emu->flash.block_count;
}

uint32_t emu_flash_random(struct emu_flash *emu)
{
    emu->random ^= emu->random << 13;
    emu->random ^= emu->random >> 17;
    emu->random ^= emu->random << 5;
    return emu->random;
}

static void emu_lock(void *ctx)
{
    struct emu_flash *emu = ctx;

    require(!emu->locked, "is locked twice");
    emu->locked = true;
    emu->locks++;
}

static void emu_unlock(void *ctx)
{
    struct emu_flash *emu = ctx;

    require(emu->locked, "is unlocked and was not locked");
    emu->locked = false;
}

static void require_lock(const struct emu_flash *emu)
{
    require(emu->locked || emu->flash.lock == NULL, "is used without its lock");
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

/* As the driver of such a chip reads: it asks the blank check first. */
static int read_cells(struct emu_flash *emu, uint32_t address, uint8_t *data, uint32_t len)
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

static int emu_read(void *ctx, uint32_t address, void *data, size_t len)
{
    struct emu_flash *emu = ctx;

    require_lock(emu);
    require(address <= size_of(emu) && len <= size_of(emu) - address, "reads outside of the region");
    emu->reads++;
    emu->read_octets += len;
    if (emu->dead || emu->reads_fail) {
        return WAFER_E_FLASH;
    }
    return read_cells(emu, address, data, (uint32_t)len);
}

/* Programs what of the data an interrupted or failing operation still does. */
static void program_some(struct emu_flash *emu, uint32_t address, const uint8_t *data, size_t len,
                         enum emu_tear tear, size_t octets)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t *at = &emu->data[address + i];
        uint8_t bits = (uint8_t)(data[i] ^ emu->flash.erased); /* to be programmed */

        if (tear == EMU_TEAR_NONE || (tear == EMU_TEAR_PREFIX && i >= octets)) {
            bits = 0;
        } else if (tear == EMU_TEAR_RANDOM) {
            bits &= (uint8_t)emu_flash_random(emu);
        }
        *at = emu->flash.erased == 0xff ? (uint8_t)(*at & ~bits) : *at | bits;
    }
}

static void *zeros(size_t count, size_t size)
{
    void *data = calloc(count, size);

    require(data != NULL, "no memory");
    return data;
}

static uint8_t *copy_of(const struct emu_flash *emu, uint32_t address, size_t len)
{
    return memcpy(zeros(len, 1), emu->data + address, len);
}

/* What an operation that was cut or has failed has left in units that held `before` and were to hold `after`, NULL for erased. */
static void tear_units(struct emu_flash *emu, uint32_t address, const uint8_t *before, const uint8_t *after,
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

/* After a cut, units that still look erased may be programmed: nobody can tell them. */
static void mark_units(struct emu_flash *emu, uint32_t address, uint32_t len)
{
    uint32_t unit = emu->flash.program_unit;

    for (uint32_t number = address / unit; number < (address + len) / unit; number++) {
        emu->programmed[number] = !chip_is_blank(emu, number);
    }
}

static void renew_units(struct emu_flash *emu, uint32_t block)
{
    uint32_t units = emu->flash.block_size / emu->flash.program_unit;

    memset(emu->unreadable + (size_t)block * units, false, units);
    memset(emu->programmed + (size_t)block * units, false, units);
}

/* What an operation has left that was cut or has failed. */
static void leave_torn(struct emu_flash *emu, uint32_t address, const uint8_t *before, const uint8_t *after,
                       uint32_t len)
{
    tear_units(emu, address, before, after, len);
    if (emu->dead) {
        mark_units(emu, address, len);
    }
}

/* Whether the power fails in this operation. */
static bool cut(struct emu_flash *emu)
{
    emu->operations++;
    if (emu->operations == emu->cut_at) {
        emu->dead = true;
    }
    return emu->dead;
}

static int emu_program(void *ctx, uint32_t address, const void *data, size_t len)
{
    struct emu_flash *emu = ctx;
    uint32_t unit = emu->flash.program_unit, block = address / emu->flash.block_size;
    int rc = 0;

    require_lock(emu);
    if (emu->dead) {
        return WAFER_E_FLASH;
    }
    if (emu->before != NULL) {
        emu->before(emu, &(struct emu_operation){false, address, data, (uint32_t)len});
    }
    require(len > 0 && address % unit == 0 && len % unit == 0, "programs a part of a unit");
    require(address < size_of(emu) && (address + len - 1) / emu->flash.block_size == block,
            "programs over a block's end");
    for (size_t i = 0; i < len / unit; i++) {
        require(!emu->programmed[address / unit + i], "programs a unit twice");
    }
    emu->programs++;
    emu->dead = cut(emu);
    uint8_t *was = copy_of(emu, address, len);
    if (emu->writes_fail || emu->fault[block] == EMU_PROGRAM_FAILS) {
        program_some(emu, address, data, len, EMU_TEAR_RANDOM, 0);
        rc = WAFER_E_FLASH;
    } else if (emu->dead && emu->fault[block] == EMU_FINE) {
        program_some(emu, address, data, len, emu->tear, emu->tear_octets % (len + 1));
    } else {
        program_some(emu, address, data, len, EMU_TEAR_ALL, 0);
    }
    if (emu->fault[block] == EMU_PROGRAM_LIES) {
        emu_flash_flip(emu, address + emu_flash_random(emu) % (uint32_t)len, emu_flash_random(emu) % 8);
    }
    memset(emu->programmed + address / unit, true, len / unit);
    if (emu->dead || rc < 0) {
        leave_torn(emu, address, was, data, (uint32_t)len);
        rc = WAFER_E_FLASH;
    }
    free(was);
    return rc;
}

static void erase_some(struct emu_flash *emu, uint32_t block, enum emu_tear tear)
{
    uint32_t size = emu->flash.block_size;
    uint8_t *at = emu->data + (size_t)block * size;
    uint32_t octets = tear == EMU_TEAR_PREFIX ? emu->tear_octets % (size + 1) : size;

    for (uint32_t i = 0; i < octets && tear != EMU_TEAR_NONE; i++) {
        uint8_t noise = (uint8_t)emu_flash_random(emu), choice = (uint8_t)emu_flash_random(emu);

        /* Chips program a block whole before they erase it: anything may be left. */
        at[i] = tear == EMU_TEAR_RANDOM ? (uint8_t)((at[i] & choice) | (noise & ~choice)) : emu->flash.erased;
    }
}

static int emu_erase(void *ctx, uint32_t block)
{
    struct emu_flash *emu = ctx;
    uint32_t size = emu->flash.block_size, address = block * size;

    require_lock(emu);
    if (emu->dead) {
        return WAFER_E_FLASH;
    }
    require(block < emu->flash.block_count, "erases outside of the region");
    if (emu->before != NULL) {
        emu->before(emu, &(struct emu_operation){true, address, NULL, size});
    }
    emu->erases[block]++;
    emu->dead = cut(emu);
    if (emu->fault[block] == EMU_ERASE_NOTHING) {
        return WAFER_E_FLASH;
    }
    if (emu->dead || emu->writes_fail || emu->fault[block] == EMU_ERASE_FAILS) {
        uint8_t *was = copy_of(emu, address, size);
        erase_some(emu, block, emu->dead ? emu->tear : EMU_TEAR_RANDOM);
        leave_torn(emu, address, was, NULL, size);
        mark_units(emu, address, size);
        free(was);
        return WAFER_E_FLASH;
    }
    erase_some(emu, block, EMU_TEAR_ALL);
    renew_units(emu, block);
    for (int i = 0; i < 8 && emu->fault[block] == EMU_ERASE_LIES; i++) {
        emu_flash_flip(emu, address + emu_flash_random(emu) % size, 3);
    }
    return 0;
}

static int emu_sync(void *ctx)
{
    struct emu_flash *emu = ctx;

    require_lock(emu);
    emu->syncs++;
    return emu->dead ? WAFER_E_FLASH : 0;
}

void emu_flash_init(struct emu_flash *emu, uint32_t block_size, uint32_t block_count, uint32_t program_unit,
                    uint8_t erased)
{
    memset(emu, 0, sizeof *emu);
    emu->flash.ctx = emu;
    emu->flash.block_size = block_size;
    emu->flash.block_count = block_count;
    emu->flash.program_unit = program_unit;
    emu->flash.erased = erased;
    emu->flash.read = emu_read;
    emu->flash.program = emu_program;
    emu->flash.erase = emu_erase;
    emu->flash.sync = emu_sync;
    emu->flash.lock = emu_lock;
    emu->flash.unlock = emu_unlock;
    emu->data = zeros(block_count, block_size);
    memset(emu->data, erased, size_of(emu));
    emu->programmed = zeros(size_of(emu) / program_unit, 1);
    emu->erases = zeros(block_count, sizeof emu->erases[0]);
    emu->fault = zeros(block_count, 1);
    emu->unreadable = zeros(size_of(emu) / program_unit, 1);
    emu->tear = EMU_TEAR_RANDOM;
    emu->cells = EMU_BLANK_FAULTS | EMU_ECC;
    emu->random = 0x2545f491;
}

void emu_flash_free(struct emu_flash *emu)
{
    free(emu->data);
    free(emu->programmed);
    free(emu->erases);
    free(emu->fault);
    free(emu->unreadable);
}

void emu_flash_restart(struct emu_flash *emu)
{
    emu->dead = false;
    emu->cut_at = 0;
}

void emu_flash_tear(struct emu_flash *emu, const struct emu_operation *operation, enum emu_tear tear,
                    uint32_t octets)
{
    emu->cut_at = emu->operations + 1;
    emu->tear = tear;
    emu->tear_octets = octets;
    emu->locked = true;
    if (operation->erase) {
        emu->flash.erase(emu, operation->address / emu->flash.block_size);
    } else {
        emu->flash.program(emu, operation->address, operation->data, operation->len);
    }
    emu->locked = false;
    emu_flash_restart(emu);
}

struct emu_flash *emu_flash_clone(const struct emu_flash *emu)
{
    struct emu_flash *clone = zeros(1, sizeof *clone), fresh;

    emu_flash_init(&fresh, emu->flash.block_size, emu->flash.block_count, emu->flash.program_unit,
                   emu->flash.erased);
    *clone = *emu;
    clone->flash.ctx = clone;
    clone->before = NULL;
    clone->locked = false;
    clone->data = fresh.data;
    clone->programmed = fresh.programmed;
    clone->erases = fresh.erases;
    clone->fault = fresh.fault;
    clone->unreadable = fresh.unreadable;
    memcpy(clone->unreadable, emu->unreadable, size_of(emu) / emu->flash.program_unit);
    memcpy(clone->data, emu->data, size_of(emu));
    memcpy(clone->programmed, emu->programmed, size_of(emu) / emu->flash.program_unit);
    memcpy(clone->erases, emu->erases, emu->flash.block_count * sizeof emu->erases[0]);
    memcpy(clone->fault, emu->fault, emu->flash.block_count);
    return clone;
}

void emu_flash_drop(struct emu_flash *clone)
{
    emu_flash_free(clone);
    free(clone);
}

void emu_flash_flip(struct emu_flash *emu, uint32_t address, unsigned bit)
{
    emu->data[address] ^= (uint8_t)(1u << bit);
}

void emu_pattern(uint8_t *data, size_t len, uint32_t seed)
{
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525u + 1013904223u;
        data[i] = (uint8_t)(seed >> 24);
    }
}
