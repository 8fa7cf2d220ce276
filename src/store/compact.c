#include "store/log.h"
#include "base/wipe.h"

int wafer_log_live(struct wafer_store *store, uint32_t *live)
{
    struct wafer_value value;
    int pair;

    *live = 0;
    for (unsigned from = 0; (pair = wafer_log_next_pair(store, from)) >= 0; from = (unsigned)pair + 1) {
        int rc = wafer_log_lookup(store, (uint8_t)(pair >> 8), (uint8_t)pair, 0, &value);
        if (rc == WAFER_E_NOT_FOUND) {
            continue;
        }
        if (rc < 0) {
            return rc;
        }
        uint32_t room = WAFER_ENTRY_MAX - (uint32_t)value.overhead;
        uint32_t full = value.length == 0 ? 0 : (value.length - 1) / room;
        *live += full * WAFER_STORE_PART + wafer_log_align(store->flash, WAFER_ENTRY_HEADER + value.overhead +
                                                                             value.length - full * room);
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

    wafer_cursor_rewind(&at, store);
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
    struct wafer_value value;
    int rc;

    if (entry->kind == 0) {
        return 0;
    }
    if (!is_open(store, entry)) {
        rc = wafer_log_lookup(store, entry->kind, entry->slot, 0, &value);
        if (rc < 0 || value.sequence != entry->sequence) {
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
    rc = wafer_log_read(flash, from->block * flash->block_size + from->offset, buffer,
                        WAFER_ENTRY_HEADER + (uint32_t)from->length);
    if (rc == 0) {
        rc = wafer_entry_write(flash, sequence, &to, buffer);
    }
    wafer_wipe(buffer, sizeof buffer);
    return rc;
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

/* How many blocks between two can be used. */
static uint32_t free_between(struct wafer_store *store, uint32_t block, uint32_t end)
{
    uint32_t n = 0;

    while ((block = wafer_log_after(store, block)) != end) {
        n += wafer_log_failures(store, block) < 2;
    }
    return n;
}

/* Copies the live records of the oldest blocks to `block` until enough blocks will be
 * free behind it; raises *floor over them. */
static int compact(struct wafer_store *store, uint32_t block, uint32_t sequence, uint32_t *floor,
                   uint32_t *offset)
{
    struct wafer_cursor at;
    int rc;

    wafer_cursor_rewind(&at, store);
    while ((rc = wafer_cursor_block(&at)) > 0) {
        struct wafer_cursor oldest = at;

        if (free_between(store, block, at.block) >= wafer_log_spare(store)) {
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
    if (rc < 0 || wafer_log_erase(flash, block) < 0) {
        return WAFER_E_FLASH;
    }
    rc = compact(store, block, sequence, &floor, &offset);
    if (rc < 0 || (rc = wafer_log_sync(flash)) < 0) {
        return rc;
    }
    header.sequence = sequence;
    header.floor = floor;
    header.next = store->sequence + store->open;
    rc = wafer_block_write(flash, block, &header);
    if (rc < 0) {
        /* It may be right all the same, and then the old head is out of date after a reset. */
        store->offset = flash->block_size;
        return rc;
    }
    store->head = block;
    store->offset = offset;
    store->block_sequence = sequence;
    store->floor = floor;
    return 0;
}

int wafer_log_advance(struct wafer_store *store, bool worn)
{
    struct wafer_cursor at;
    uint32_t sequence, block, failed;
    int rc = wafer_log_sync(store->flash); /* what made blocks dead, before one is erased */

    /* A header that was reported as failed may be right: a reset would find it. */
    if (rc < 0 || (rc = wafer_log_head(store, &sequence)) < 0) {
        return rc;
    }
    sequence = store->block_sequence;
    block = store->head;
    wafer_cursor_rewind(&at, store);
    failed = worn ? block : at.next;
    rc = wafer_cursor_block(&at);
    if (rc < 0 || (rc == 0 && sequence > store->floor)) {
        return WAFER_E_FLASH;
    }
    rc = WAFER_E_STORE_FULL;
    while (rc < 0 && (block = wafer_log_after(store, block)) != at.block) {
        if (wafer_log_failures(store, block) == 2) {
            continue;
        }
        if (++sequence >= WAFER_SEQUENCE_END) {
            return WAFER_E_STORE_FULL;
        }
        rc = open_block(store, block, sequence);
    }
    if (rc < 0) {
        return store->worn[0] > 0 ? WAFER_E_WORN : rc;
    }
    /* Only now: when no block works it is the device that fails, and that may pass. */
    for (; failed != block; failed = wafer_log_after(store, failed)) {
        wafer_log_strike(store, failed);
    }
    return 0;
}

/* Counts what is live, the open transaction and some more octets included. */
static int recount(struct wafer_store *store, uint32_t octets)
{
    int rc = wafer_log_live(store, &store->live);

    store->live = rc < 0 ? UINT32_MAX : store->live + store->written + octets;
    return rc;
}

int wafer_log_claim(struct wafer_store *store, uint32_t octets, bool value)
{
    uint32_t limit = wafer_log_capacity(store, value);
    int rc = 0;

    if (octets <= limit && store->live <= limit - octets) {
        store->live += octets;
    } else if ((rc = recount(store, octets)) == 0 && store->live > limit) {
        bool fitted = store->live <= wafer_log_capacity(store, false); /* before blocks wore out */

        rc = fitted && store->worn[0] > 0 ? WAFER_E_WORN : WAFER_E_STORE_FULL;
        store->live -= octets;
    }
    return rc;
}

int wafer_log_append(struct wafer_store *store, struct wafer_entry *entry, uint8_t *buffer)
{
    const struct wafer_flash *flash = store->flash;
    uint32_t len = wafer_log_align(flash, WAFER_ENTRY_HEADER + (uint32_t)entry->length);
    int rc = wafer_log_claim(store, len, !(entry->flags & (WAFER_FLAG_DELETED | WAFER_FLAG_COMMIT)));
    bool worn = false;

    /* Twice around: worn blocks fail on the way, live ones move on. */
    for (uint32_t tries = 2 * flash->block_count; rc == 0 && tries > 0; tries--) {
        if (store->offset + len > flash->block_size) {
            if (flash->block_count > 2 && wafer_log_spare(store) == 1) {
                rc = recount(store, len); /* perhaps there is room for another one */
            }
            rc = rc < 0 ? rc : wafer_log_advance(store, worn);
            worn = false;
            continue;
        }
        entry->block = store->head;
        entry->offset = store->offset;
        if (wafer_entry_write(flash, store->block_sequence, entry, buffer) == 0) {
            store->offset += len;
            store->written += len;
            return 0;
        }
        store->offset = flash->block_size; /* left as it is */
        worn = true;
    }
    return rc < 0 ? rc : WAFER_E_STORE_FULL;
}
