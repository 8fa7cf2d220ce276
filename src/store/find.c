#include "store/log.h"
#include <string.h>

#define VERSIONS 32 /* damaged versions of a value that are gone through at most */

/* Finds the highest sequence below value->sequence that committed a record of its
 * kind and slot: 0 when none. Looks at headers only. value->block is where it begins. */
static int newest(struct wafer_store *store, struct wafer_value *value)
{
    struct wafer_cursor at;
    struct wafer_value pending = {0}, best = *value;
    int rc;

    best.sequence = 0;
    wafer_cursor_rewind(&at, store);
    while ((rc = wafer_cursor_next(&at)) > 0) {
        const struct wafer_entry *entry = &at.entry;

        if (entry->flags & WAFER_FLAG_COMMIT) {
            if (entry->sequence != pending.sequence || pending.sequence <= best.sequence) {
                continue;
            }
            rc = wafer_entry_intact(store->flash, entry);
            if (rc < 0) {
                return rc;
            }
            if (rc > 0) {
                best.sequence = pending.sequence;
                best.block = pending.block;
            }
        } else if (entry->kind == value->kind && entry->slot == value->slot &&
                   entry->sequence < value->sequence && entry->sequence > best.sequence) {
            struct wafer_value *to = entry->flags & WAFER_FLAG_COPIED ? &best : &pending;

            if (to->sequence != entry->sequence) {
                to->sequence = entry->sequence;
                to->block = entry->block;
            }
        }
    }
    *value = best;
    return rc;
}

/* Moves the cursor on to an intact copy of a part, once around the log at most.
 * Returns 1, 0 when there is none, or WAFER_E_FLASH. */
static int locate(struct wafer_cursor *at, const struct wafer_value *value, uint32_t part)
{
    int rc;

    at->left = at->store->flash->block_count;
    while ((rc = wafer_cursor_next(at)) > 0) {
        const struct wafer_entry *entry = &at->entry;

        if (entry->kind == value->kind && entry->slot == value->slot && entry->sequence == value->sequence &&
            entry->part == part && (rc = wafer_entry_intact(at->store->flash, entry)) != 0) {
            return rc;
        }
    }
    return rc;
}

/* Reads n octets of a part from `skip` on. */
static int read_part(struct wafer_store *store, const struct wafer_entry *entry, uint32_t skip, uint8_t *to,
                     uint32_t n)
{
    const struct wafer_flash *flash = store->flash;
    uint32_t address = entry->block * flash->block_size + entry->offset + WAFER_ENTRY_HEADER + skip;

    if (entry->overhead != 0) {
        return store->cipher == NULL ? WAFER_E_LOCKED : store->cipher->unseal(store, entry, skip, to, n);
    }
    return wafer_log_read(flash, address, to, n);
}

/* Checks all parts of a value and adds up its length. Returns 1, 2 for a tombstone,
 * 0 when a part is missing, or WAFER_E_FLASH. */
static int measure(struct wafer_store *store, struct wafer_value *value)
{
    struct wafer_cursor at;

    wafer_cursor_start(&at, store, value->block);
    value->length = 0;
    for (uint32_t part = 0;; part++) {
        int rc = locate(&at, value, part);
        if (rc <= 0) {
            return rc;
        }
        if (part == 0) {
            value->block = at.block;
            value->overhead = at.entry.overhead;
        }
        if (value->overhead != at.entry.overhead) {
            return 0;
        }
        value->length += at.entry.length - (uint32_t)value->overhead;
        if (at.entry.flags & WAFER_FLAG_LAST) {
            return at.entry.flags & WAFER_FLAG_DELETED ? 2 : 1;
        }
        if (at.entry.length != WAFER_ENTRY_MAX) {
            return 0;
        }
    }
}

int wafer_log_lookup(struct wafer_store *store, uint8_t kind, uint8_t slot, uint32_t below,
                     struct wafer_value *value)
{
    memset(value, 0, sizeof *value);
    value->kind = kind;
    value->slot = slot;
    value->sequence = below == 0 ? UINT32_MAX : below;
    for (int i = 0; i < VERSIONS; i++) {
        int rc = newest(store, value);
        if (rc < 0) {
            return rc;
        }
        if (value->sequence == 0) {
            break;
        }
        rc = measure(store, value);
        if (rc != 0) {
            return rc < 0 ? rc : rc - 1;
        }
    }
    return WAFER_E_NOT_FOUND;
}

int wafer_store_find(struct wafer_store *store, enum wafer_kind kind, uint8_t slot, uint32_t below,
                     struct wafer_value *value)
{
    int rc = wafer_log_lookup(store, (uint8_t)kind, slot, below, value);

    return rc > 0 ? WAFER_E_NOT_FOUND : rc;
}

int wafer_store_find_in(struct wafer_store *store, enum wafer_kind kind, uint8_t slot, uint32_t sequence,
                        struct wafer_value *value)
{
    int rc = wafer_store_find(store, kind, slot, sequence + 1, value);

    return rc == 0 && value->sequence != sequence ? WAFER_E_NOT_FOUND : rc;
}

int wafer_store_read(struct wafer_store *store, const struct wafer_value *value, uint32_t offset, void *data,
                     size_t len)
{
    struct wafer_cursor at;
    uint32_t room = WAFER_ENTRY_MAX - (uint32_t)value->overhead, skip, n;
    uint8_t *to = data;

    if (offset >= value->length) {
        return 0;
    }
    if (len > value->length - offset) {
        len = value->length - offset;
    }
    wafer_cursor_start(&at, store, value->block);
    for (size_t left = len; left > 0; left -= n, to += n, offset += n) {
        skip = offset % room;
        int rc = locate(&at, value, offset / room);
        if (rc < 0) {
            return rc;
        }
        if (rc == 0 || at.entry.overhead != value->overhead || at.entry.length <= skip + value->overhead) {
            return WAFER_E_DAMAGED;
        }
        n = at.entry.length - value->overhead - skip;
        n = n < left ? n : (uint32_t)left;
        rc = read_part(store, &at.entry, skip, to, n);
        if (rc < 0) {
            return rc;
        }
    }
    return (int)len;
}

int wafer_log_next_pair(struct wafer_store *store, unsigned from)
{
    struct wafer_cursor at;
    unsigned least = 0x10000;
    int rc;

    wafer_cursor_rewind(&at, store);
    while ((rc = wafer_cursor_next(&at)) > 0) {
        unsigned pair = (unsigned)at.entry.kind << 8 | at.entry.slot;

        if (at.entry.kind != 0 && pair >= from && pair < least) {
            least = pair;
        }
    }
    return rc < 0 ? rc : least < 0x10000 ? (int)least : WAFER_E_NOT_FOUND;
}

int wafer_store_next(struct wafer_store *store, enum wafer_kind kind, int slot, struct wafer_value *value)
{
    int pair = (int)kind * 256 + slot, rc;

    do {
        pair = wafer_log_next_pair(store, (unsigned)pair + 1);
        if (pair < 0 || pair >> 8 != (int)kind) {
            return pair < 0 ? pair : WAFER_E_NOT_FOUND;
        }
        rc = wafer_store_find(store, kind, (uint8_t)pair, 0, value);
    } while (rc == WAFER_E_NOT_FOUND);
    return rc < 0 ? rc : pair & 255;
}
