#include "store_log.h"
#include "wipe.h"

/* Free blocks that are kept: one to copy to, and more for blocks that turn out
 * worn. */
static uint32_t reserve(const struct wafer_flash *flash)
{
    return flash->block_count < 4 ? 1 : 2 + flash->block_count / 32;
}

uint32_t wafer_log_capacity(const struct wafer_flash *flash)
{
    /* At worst the last record of a block just does not fit. Two small records stay
     * free so that a delete and its commit always fit. */
    uint32_t block = flash->block_size - wafer_log_align(flash, WAFER_BLOCK_HEADER) -
                     (WAFER_STORE_PART - wafer_log_align(flash, 1));
    uint32_t all = (flash->block_count - reserve(flash)) * block, small = 2 * wafer_log_align(flash, 1);

    return all > small + WAFER_STORE_PART ? all - small : 0;
}

int wafer_log_geometry(const struct wafer_flash *flash)
{
    uint32_t block = flash->block_size, count = flash->block_count, unit = flash->program_unit;

    if (block < 512 || block > 1u << 24 || (block & (block - 1)) != 0 || count < 2 || count > 65535 ||
        count > UINT32_MAX / block || unit < 1 || unit > WAFER_PROGRAM_UNIT_MAX || (unit & (unit - 1)) != 0 ||
        (flash->erased != 0xff && flash->erased != 0) || wafer_log_capacity(flash) == 0) {
        return WAFER_E_ARGUMENT;
    }
    return 0;
}

int wafer_log_live(struct wafer_store *store, uint32_t *live)
{
    struct wafer_record record;
    int pair;

    *live = 0;
    for (unsigned from = 0; (pair = wafer_log_next_pair(store, from)) >= 0; from = (unsigned)pair + 1) {
        int rc = wafer_log_lookup(store, (uint8_t)(pair >> 8), (uint8_t)pair, 0, &record);
        if (rc == WAFER_E_NOT_FOUND) {
            continue;
        }
        if (rc < 0) {
            return rc;
        }
        uint32_t room = WAFER_ENTRY_MAX - (uint32_t)record.overhead;
        uint32_t full = record.length == 0 ? 0 : (record.length - 1) / room;
        *live +=
            full * WAFER_STORE_PART +
            wafer_log_align(store->flash, WAFER_ENTRY_HEADER + record.overhead + record.length - full * room);
    }
    return pair == WAFER_E_NOT_FOUND ? 0 : pair;
}

static bool is_open(const struct wafer_store *store, const struct wafer_entry *entry)
{
    return store->open && entry->sequence == store->sequence;
}

/* Whether an intact record of the oldest block must be kept. Its copy may be there
 * already; a tombstone must stay while there is something that it hides, or will hide
 * after the commit. */
static int needed(struct wafer_store *store, const struct wafer_entry *entry, uint32_t oldest)
{
    struct wafer_cursor at;
    bool keep = !(entry->flags & WAFER_FLAG_DELETED) || is_open(store, entry);
    int rc;

    wafer_cursor_start(&at, store, wafer_log_after(store, store->head));
    while ((rc = wafer_cursor_next(&at)) > 0) {
        if (at.sequence <= oldest || at.entry.kind != entry->kind || at.entry.slot != entry->slot) {
            continue;
        }
        if (at.entry.sequence == entry->sequence && at.entry.part == entry->part &&
            (rc = wafer_entry_intact(store->flash, &at.entry)) != 0) {
            return rc < 0 ? rc : 0;
        }
        keep = keep || at.entry.sequence < entry->sequence;
    }
    return rc < 0 ? rc : keep;
}

/* Whether a record of the oldest block is live: 1, 0, or WAFER_E_FLASH. */
static int is_live(struct wafer_store *store, const struct wafer_entry *entry, uint32_t oldest)
{
    struct wafer_record record;
    int rc;

    if (entry->kind == 0) {
        return 0;
    }
    if (!is_open(store, entry)) {
        rc = wafer_log_lookup(store, entry->kind, entry->slot, 0, &record);
        if (rc < 0 || record.sequence != entry->sequence) {
            return rc == WAFER_E_FLASH ? rc : 0;
        }
    }
    rc = wafer_entry_intact(store->flash, entry);
    return rc <= 0 ? rc : needed(store, entry, oldest);
}

static int copy_entry(struct wafer_store *store, const struct wafer_entry *from, uint32_t block,
                      uint32_t sequence, uint32_t offset)
{
    const struct wafer_flash *flash = store->flash;
    struct wafer_entry to = *from;
    uint8_t buffer[WAFER_STORE_PART];
    int rc;

    to.block = block;
    to.offset = offset;
    if (!is_open(store, from)) {
        to.flags |= WAFER_FLAG_COPIED;
    }
    rc = flash->read(flash->ctx, from->block * flash->block_size + from->offset, buffer,
                     WAFER_ENTRY_HEADER + (size_t)from->length);
    if (rc == 0) {
        rc = wafer_entry_write(flash, sequence, &to, buffer);
    }
    wafer_wipe(buffer, sizeof buffer);
    return rc < 0 ? WAFER_E_FLASH : 0;
}

/* Copies what is live in the cursor's block. Returns 0, 1 when there was no room for
 * all, or WAFER_E_FLASH. */
static int copy_live(struct wafer_cursor *at, uint32_t block, uint32_t sequence, uint32_t *offset)
{
    struct wafer_store *store = at->store;
    int rc;

    at->left = 0;
    while ((rc = wafer_cursor_next(at)) > 0) {
        uint32_t len = wafer_log_align(store->flash, WAFER_ENTRY_HEADER + (uint32_t)at->entry.length);

        rc = is_live(store, &at->entry, at->sequence);
        if (rc == 0) {
            continue;
        }
        if (rc > 0 && *offset + len > store->flash->block_size) {
            return 1;
        }
        if (rc < 0 || (rc = copy_entry(store, &at->entry, block, sequence, *offset)) < 0) {
            return rc;
        }
        *offset += len;
    }
    return rc;
}

/* Copies the live records of the oldest blocks to `block` until enough blocks will be
 * free behind it; raises *floor over them. */
static int compact(struct wafer_store *store, uint32_t block, uint32_t sequence, uint32_t *floor,
                   uint32_t *offset)
{
    uint32_t count = store->flash->block_count;
    struct wafer_cursor at;
    int rc;

    wafer_cursor_start(&at, store, wafer_log_after(store, store->head));
    while ((rc = wafer_cursor_block(&at)) > 0) {
        struct wafer_cursor oldest = at;

        if ((at.block + count - block - 1) % count >= reserve(store->flash)) {
            return 0;
        }
        rc = copy_live(&oldest, block, sequence, offset);
        if (rc != 0) {
            return rc < 0 ? rc : 0;
        }
        *floor = at.sequence;
    }
    return rc;
}

/* Erases a block and makes it the head. Its header comes last: without it the copies
 * in the block count for nothing, with it the blocks that they came from are dead. */
static int open_block(struct wafer_store *store, uint32_t block, uint32_t sequence)
{
    const struct wafer_flash *flash = store->flash;
    struct wafer_block header;
    uint32_t offset = wafer_log_align(flash, WAFER_BLOCK_HEADER), floor = store->floor;
    int rc = wafer_block_read(flash, block, &header);

    if (rc > 0) {
        header.erases++;
    } else if (rc == 0 && (rc = wafer_block_read(flash, store->head, &header)) == 0) {
        header.erases = 1;
    }
    if (rc < 0 || flash->erase(flash->ctx, block) < 0) {
        return WAFER_E_FLASH;
    }
    rc = compact(store, block, sequence, &floor, &offset);
    if (rc < 0 || flash->sync(flash->ctx) < 0) {
        return WAFER_E_FLASH;
    }
    header.sequence = sequence;
    header.floor = floor;
    header.next = store->sequence + store->open;
    rc = wafer_block_write(flash, block, &header);
    if (rc == 0) {
        store->head = block;
        store->offset = offset;
        store->block_sequence = sequence;
        store->floor = floor;
    }
    return rc;
}

int wafer_log_begin(struct wafer_store *store)
{
    int rc = WAFER_E_FLASH;

    for (uint32_t block = 0; block < store->flash->block_count && rc < 0; block++) {
        rc = open_block(store, block, 1);
    }
    return rc;
}

int wafer_log_advance(struct wafer_store *store)
{
    struct wafer_cursor at;
    uint32_t sequence = store->block_sequence, block = store->head;
    int rc;

    /* What made blocks dead must be on the medium before one is erased. */
    if (store->flash->sync(store->flash->ctx) < 0) {
        return WAFER_E_FLASH;
    }
    wafer_cursor_start(&at, store, wafer_log_after(store, block));
    rc = wafer_cursor_block(&at);
    if (rc <= 0) {
        return WAFER_E_FLASH;
    }
    rc = WAFER_E_STORE_FULL;
    while (rc < 0 && (block = wafer_log_after(store, block)) != at.block) {
        if (++sequence >= WAFER_SEQUENCE_END) {
            return WAFER_E_STORE_FULL;
        }
        rc = open_block(store, block, sequence);
    }
    return rc;
}

/* Sees that there is room before anything is written. */
static int claim(struct wafer_store *store, uint32_t octets, bool value)
{
    uint32_t limit = wafer_log_capacity(store->flash) + (value ? 0 : 2 * wafer_log_align(store->flash, 1));

    if (octets > limit || store->live > limit - octets) {
        int rc = wafer_log_live(store, &store->live);
        if (rc < 0) {
            return rc;
        }
        store->live += store->written;
        if (octets > limit || store->live > limit - octets) {
            return WAFER_E_STORE_FULL;
        }
    }
    store->live += octets;
    return 0;
}

int wafer_log_append(struct wafer_store *store, struct wafer_entry *entry, uint8_t *buffer)
{
    const struct wafer_flash *flash = store->flash;
    uint32_t len = wafer_log_align(flash, WAFER_ENTRY_HEADER + (uint32_t)entry->length);
    int rc = claim(store, len, !(entry->flags & (WAFER_FLAG_DELETED | WAFER_FLAG_COMMIT)));

    /* Twice around: worn blocks fail on the way, live ones move on. */
    for (uint32_t tries = 2 * flash->block_count; rc == 0 && tries > 0; tries--) {
        if (store->offset + len > flash->block_size) {
            rc = wafer_log_advance(store);
            continue;
        }
        entry->block = store->head;
        entry->offset = store->offset;
        if (wafer_entry_write(flash, store->block_sequence, entry, buffer) == 0) {
            store->offset += len;
            store->written += len;
            return 0;
        }
        store->offset = flash->block_size; /* worn: left as it is */
    }
    return rc < 0 ? rc : WAFER_E_STORE_FULL;
}
