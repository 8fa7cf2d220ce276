/* An emulated NOR flash that is as strict as the strictest chip, counts, wears, rots,
 * and loses power in the middle of an operation. Its cells may have error correction,
 * and fault where they are read erased. It has a lock, and must be touched with that held only; a test sets flash.lock and flash.unlock to NULL to do without. Breaking
 * the rules of flash.h aborts the test program. */
#ifndef EMU_FLASH_H
#define EMU_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wafer/flash.h"

/* What an interrupted operation leaves. */
enum emu_tear {
    EMU_TEAR_NONE,   /* nothing done */
    EMU_TEAR_PREFIX, /* program: the first tear_octets; erase: the first part of the block */
    EMU_TEAR_RANDOM, /* program: a random half of its bits; erase: random bits, also programmed ones */
    EMU_TEAR_ALL,    /* done, but never reported */
    EMU_TEARS
};

/* What the chip's cells are like: any of these together. */
enum emu_cells {
    EMU_PLAIN = 0,
    EMU_ECC = 1,          /* a unit whose programming or erasing was cut reads as an error until it is erased */
    EMU_BLANK_FAULTS = 2   /* a read of erased cells is a fault: the port asks the blank check first */
};

/* How a block fails. */
enum emu_fault {
    EMU_FINE,
    EMU_ERASE_FAILS,   /* reports it, block half-erased */
    EMU_ERASE_LIES,    /* reports success, leaves bits programmed */
    EMU_PROGRAM_FAILS, /* reports it, half programmed */
    EMU_PROGRAM_LIES,  /* reports success, a bit is wrong */
    EMU_ERASE_NOTHING, /* reports it, block as it was */
    EMU_FAULTS
};

/* An operation that is about to be done. */
struct emu_operation {
    bool erase;
    uint32_t address; /* of the first octet */
    const uint8_t *data;
    uint32_t len; /* octets programmed, or the block */
};

struct emu_flash {
    struct wafer_flash flash; /* for wafer_store_mount; ctx points to this struct */
    uint8_t *data;
    uint8_t *programmed; /* for each unit: programmed since its block's erase */
    uint8_t *unreadable; /* for each unit: its code word is wrong */
    uint32_t *erases;    /* for each block */
    uint8_t *fault;      /* for each block, enum emu_fault */
    uint64_t operations; /* programs and erases so far */
    uint64_t programs, syncs, reads, read_octets;
    uint64_t cut_at; /* the operation that the power fails in, 1 is the first; 0: none */
    enum emu_tear tear;
    unsigned cells;               /* of enum emu_cells */
    uint32_t tear_octets;         /* for EMU_TEAR_PREFIX, modulo the operation's length */
    bool locked;                  /* the store holds the lock */
    uint64_t locks;               /* how often it took it */
    bool dead;                    /* the power is off: everything fails */
    bool writes_fail, reads_fail; /* the whole device fails now */
    void (*before)(struct emu_flash *emu, const struct emu_operation *operation); /* NULL: nothing */
    void *before_ctx;
    uint32_t random; /* state of the generator, not 0 */
};

/* Allocates an erased region. */
void emu_flash_init(struct emu_flash *emu, uint32_t block_size, uint32_t block_count, uint32_t program_unit,
                    uint8_t erased);
void emu_flash_free(struct emu_flash *emu);

/* The power comes back. Interrupted units count as programmed. */
void emu_flash_restart(struct emu_flash *emu);

/* Begins an operation of a copy and lets the power fail in it; then it is back. */
void emu_flash_tear(struct emu_flash *emu, const struct emu_operation *operation, enum emu_tear tear,
                    uint32_t octets);

/* A copy, with the content and the wear, without `before`. */
struct emu_flash *emu_flash_clone(const struct emu_flash *emu);
void emu_flash_drop(struct emu_flash *clone);

/* Flips one bit: rot. */
void emu_flash_flip(struct emu_flash *emu, uint32_t address, unsigned bit);

uint32_t emu_flash_random(struct emu_flash *emu);

/* Octets for a value that look random and that a seed gives again. */
void emu_pattern(uint8_t *data, size_t len, uint32_t seed);

#endif
