/* Which version of a value is current, where its parts are, and what they hold. */
#include "store/find.h"
#include <string.h>
#include "store/cipher.h"
#include "store/flash.h"
#include "store/lock.h"

#define VERSIONS 32 /* damaged versions of a value that are gone through at most */

/* A version of the value that is searched for. */
struct version {
    uint32_t sequence; /* 0: none */
    uint32_t block;    /* where its first record was seen */
};

static bool is_named(const struct wafer_record *record, const struct wafer_value *value)
{
    return record->kind == value->kind && record->slot == value->slot;
}

int wafer_find_newest(struct wafer_store *store, struct wafer_value *value)
{
    struct wafer_cursor at;
    struct version pending = {0, 0};   /* its commit record was not seen yet */
    struct version committed = {0, 0}; /* the newest of those */
    int rc;

    wafer_cursor_rewind(&at, store);
    while ((rc = wafer_cursor_next(&at)) > 0) {
        const struct wafer_record *record = &at.record;

        if (record->flags & WAFER_FLAG_COMMIT) {
            if (record->sequence != pending.sequence || pending.sequence <= committed.sequence) {
                continue;
            }
            rc = wafer_record_intact(store->flash, record);
            if (rc < 0) {
                return rc;
            }
            if (rc > 0) {
                committed = pending;
            }
        } else if (is_named(record, value) && record->sequence < value->sequence &&
                   record->sequence > committed.sequence) {
            struct version *version = record->flags & WAFER_FLAG_COPIED ? &committed : &pending;

            if (version->sequence != record->sequence) {
                version->sequence = record->sequence;
                version->block = at.block;
            }
        }
    }
    value->sequence = committed.sequence;
    value->block = committed.block;
    return rc;
}

/* Moves the cursor on to an intact copy of a part, once around the log at most. Returns 1, 0 when
 * there is none, or WAFER_E_FLASH. */
static int find_part(struct wafer_cursor *at, const struct wafer_value *value, uint32_t part)
{
    int rc;

    at->left = at->store->flash->block_count;
    while ((rc = wafer_cursor_next(at)) > 0) {
        if (is_named(&at->record, value) && at->record.sequence == value->sequence &&
            at->record.part == part) {
            rc = wafer_record_intact(at->store->flash, &at->record);
            if (rc != 0) {
                return rc;
            }
        }
    }
    return rc;
}

int wafer_find_measure(struct wafer_store *store, struct wafer_value *value)
{
    struct wafer_cursor at;

    wafer_cursor_start(&at, store, value->block);
    value->length = 0;
    for (uint32_t part = 0;; part++) {
        int rc = find_part(&at, value, part);
        if (rc < 0) {
            return rc;
        }
        if (rc > 0 && part == 0) {
            value->block = at.block;
            value->overhead = at.record.overhead;
        }
        if (rc == 0 || value->overhead != at.record.overhead) {
            return WAFER_E_DAMAGED;
        }
        value->length += at.record.length - (uint32_t)value->overhead;
        if (at.record.flags & WAFER_FLAG_LAST) {
            return at.record.flags & WAFER_FLAG_DELETED ? WAFER_FIND_TOMBSTONE : WAFER_FIND_VALUE;
        }
        if (at.record.length != WAFER_RECORD_PAYLOAD) {
            return WAFER_E_DAMAGED;
        }
    }
}

int wafer_find_version(struct wafer_store *store, uint8_t kind, uint8_t slot, uint32_t below,
                       struct wafer_value *value)
{
    memset(value, 0, sizeof *value);
    value->kind = kind;
    value->slot = slot;
    value->sequence = below == 0 ? UINT32_MAX : below;
    for (int i = 0; i < VERSIONS; i++) {
        int rc = wafer_find_newest(store, value);
        if (rc < 0) {
            return rc;
        }
        if (value->sequence == 0) {
            break;
        }
        rc = wafer_find_measure(store, value);
        if (rc != WAFER_E_DAMAGED) {
            return rc;
        }
    }
    return WAFER_E_NOT_FOUND;
}

/* Reads n octets of a part from `skip` on. */
static int read_part(struct wafer_store *store, const struct wafer_record *record, uint32_t skip, uint8_t *to,
                     uint32_t n)
{
    uint32_t address = record->address + WAFER_RECORD_HEADER + skip;

    if (record->overhead == 0) {
        return wafer_flash_read(store->flash, address, to, n);
    }
    if (store->cipher == NULL) {
        return WAFER_E_LOCKED;
    }
    return store->cipher->unseal(store, record, skip, to, n);
}

static int read_octets(struct wafer_store *store, const struct wafer_value *value, uint32_t offset,
                       void *data, size_t len)
{
    struct wafer_cursor at;
    uint32_t room = WAFER_RECORD_PAYLOAD - (uint32_t)value->overhead, skip, n;
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
        int rc = find_part(&at, value, offset / room);
        if (rc < 0) {
            return rc;
        }
        if (rc == 0 || at.record.overhead != value->overhead || at.record.length <= skip + value->overhead) {
            return WAFER_E_DAMAGED;
        }
        n = at.record.length - value->overhead - skip;
        n = n < left ? n : (uint32_t)left;
        rc = read_part(store, &at.record, skip, to, n);
        if (rc < 0) {
            return rc;
        }
    }
    return (int)len;
}

int wafer_find_name(struct wafer_store *store, unsigned from)
{
    struct wafer_cursor at;
    unsigned least = 0x10000;
    int rc;

    wafer_cursor_rewind(&at, store);
    while ((rc = wafer_cursor_next(&at)) > 0) {
        unsigned name = (unsigned)at.record.kind << 8 | at.record.slot;

        if (at.record.kind != 0 && name >= from && name < least) {
            least = name;
        }
    }
    if (rc < 0) {
        return rc;
    }
    if (least == 0x10000) {
        return WAFER_E_NOT_FOUND;
    }
    return (int)least;
}

/* The smallest slot of a kind above `slot` that has a value. */
static int find_next(struct wafer_store *store, int kind, int slot, struct wafer_value *value)
{
    int name = kind * 256 + slot, rc;

    do {
        name = wafer_find_name(store, (unsigned)name + 1);
        if (name < 0) {
            return name;
        }
        if (name >> 8 != kind) {
            return WAFER_E_NOT_FOUND;
        }
        rc = wafer_find_version(store, (uint8_t)kind, (uint8_t)name, 0, value);
    } while (rc == WAFER_E_NOT_FOUND || rc == WAFER_FIND_TOMBSTONE);
    if (rc < 0) {
        return rc;
    }
    return name & 255;
}

int wafer_store_find(struct wafer_store *store, enum wafer_kind kind, uint8_t slot, uint32_t below,
                     struct wafer_value *value)
{
    wafer_lock(store);
    int rc = wafer_find_version(store, (uint8_t)kind, slot, below, value);
    if (rc == WAFER_FIND_TOMBSTONE) {
        rc = WAFER_E_NOT_FOUND;
    }
    return wafer_unlock(store, rc);
}

int wafer_store_find_in(struct wafer_store *store, enum wafer_kind kind, uint8_t slot, uint32_t sequence,
                        struct wafer_value *value)
{
    int rc = wafer_store_find(store, kind, slot, sequence + 1, value);

    if (rc == 0 && value->sequence != sequence) {
        return WAFER_E_NOT_FOUND;
    }
    return rc;
}

int wafer_store_read(struct wafer_store *store, const struct wafer_value *value, uint32_t offset, void *data,
                     size_t len)
{
    wafer_lock(store);
    int rc = read_octets(store, value, offset, data, len);
    return wafer_unlock(store, rc);
}

int wafer_store_next(struct wafer_store *store, enum wafer_kind kind, int slot, struct wafer_value *value)
{
    wafer_lock(store);
    int rc = find_next(store, (int)kind, slot, value);
    return wafer_unlock(store, rc);
}
