#include "wafer/store.h"
#include <string.h>
#include "store/log.h"
#include "base/wipe.h"

/* Finds where the head block's records end. A block with anything behind them, torn
 * by a power cut, is written no more. */
static int find_end(struct wafer_store *store)
{
    const struct wafer_flash *flash = store->flash;
    uint32_t end = wafer_log_align(flash, WAFER_BLOCK_HEADER), size = flash->block_size;
    struct wafer_cursor at;
    int rc;

    wafer_cursor_start(&at, store, store->head);
    at.left = 1;
    while ((rc = wafer_cursor_next(&at)) > 0) {
        if ((rc = wafer_entry_intact(flash, &at.entry)) < 0) {
            return rc;
        }
        if (rc > 0) {
            end = at.offset;
            if (at.entry.sequence >= store->sequence) {
                store->sequence = at.entry.sequence + 1;
            }
        }
    }
    if (rc == 0 && (rc = wafer_log_erased(flash, store->head * size + end, size - end)) > 0) {
        end = size;
        store->sequence++; /* what is torn may have been of this transaction */
    }
    store->offset = end;
    return rc < 0 ? rc : 0;
}

/* Reads the list of worn blocks. One that cannot be read, or would leave too few, is none. */
static int load_worn(struct wafer_store *store)
{
    struct wafer_value value;
    int rc = wafer_store_find(store, WAFER_KIND_WORN, 0, 0, &value);

    if (rc == 0) {
        rc = wafer_store_read(store, &value, 0, store->worn, sizeof store->worn);
    }
    store->listed = (uint8_t)(rc > 0 ? (rc - 1) / 2 : 0); /* half a number is none */
    if (store->worn[0] > store->listed || store->worn[0] >= store->flash->block_count ||
        wafer_log_capacity(store, true) == 0) {
        store->worn[0] = store->listed = 0;
    }
    return rc == WAFER_E_FLASH ? rc : 0;
}

int wafer_store_mount(struct wafer_store *store, const struct wafer_flash *flash)
{
    int rc = wafer_log_geometry(flash);

    memset(store, 0, sizeof *store);
    store->flash = flash;
    if (rc == 0) {
        rc = wafer_log_head(store, &store->sequence);
    }
    if (rc < 0) {
        return rc;
    }
    store->live = UINT32_MAX; /* not known yet */
    if (store->block_sequence == 0) {
        return wafer_log_blank(flash);
    }
    rc = find_end(store);
    return rc < 0 ? rc : load_worn(store);
}

/* Erases a block, and programs it from end to end before if it failed already. Returns
 * 0, 1 when it is worn: it stays as it is, or WAFER_E_FLASH. */
static int try_block(struct wafer_store *store, uint32_t block, bool failed)
{
    const struct wafer_flash *flash = store->flash;
    uint32_t size = flash->block_size, start = block * size, at = failed ? 0 : size;
    int rc = wafer_log_erased(flash, start, size);

    if (rc < 0 || (rc == 0 && !failed)) {
        return rc;
    }
    memset(store->buffer, flash->erased ^ 0xff, sizeof store->buffer);
    rc = wafer_log_erase(flash, block);
    for (; rc == 0 && at < size; at += WAFER_STORE_PART) {
        rc = wafer_log_program(flash, start + at, store->buffer, WAFER_STORE_PART);
    }
    if (rc == 0 && failed) {
        rc = wafer_log_erase(flash, block);
    }
    return rc < 0;
}

int wafer_store_format(struct wafer_store *store, const struct wafer_flash *flash)
{
    struct wafer_store old; /* for what it knows of worn blocks */
    int rc = wafer_store_mount(&old, flash);

    if (rc == WAFER_E_ARGUMENT || rc == WAFER_E_FLASH) {
        return rc;
    }
    memset(store, 0, sizeof *store);
    store->flash = flash;
    store->sequence = 1;
    rc = 0;
    for (uint32_t block = 0; rc >= 0 && block < flash->block_count; block++) {
        unsigned strikes = wafer_log_failures(&old, block) > 0 ? 2 : 1;

        rc = try_block(store, block, strikes > 1);
        for (; rc > 0 && strikes > 0; strikes--) {
            wafer_log_strike(store, block);
        }
    }
    /* What a worn block still holds must not pass for a part of the new store. */
    rc = rc < 0 ? rc : wafer_log_head(store, &store->sequence);
    store->floor = store->block_sequence;
    store->head = flash->block_count - 1;
    if (rc < 0 || (rc = wafer_log_advance(store, false)) < 0 || (rc = wafer_log_sync(flash)) < 0 ||
        (rc = wafer_store_begin(store)) < 0 || (rc = wafer_store_commit(store)) < 0) { /* the list, if any */
        return rc;
    }
    return wafer_store_mount(store, flash);
}

int wafer_store_begin(struct wafer_store *store)
{
    if (store->open) {
        return WAFER_E_ARGUMENT;
    }
    if (store->sequence >= WAFER_SEQUENCE_END) {
        return WAFER_E_STORE_FULL;
    }
    store->open = true;
    store->written = 0;
    store->failed = 0;
    store->kind = 0;
    return 0;
}

static int fail(struct wafer_store *store, int error)
{
    if (store->failed == 0 && error < 0) {
        store->failed = error;
    }
    return store->failed;
}

static int write_part(struct wafer_store *store, uint8_t flags)
{
    struct wafer_entry entry = {.sequence = store->sequence,
                                .part = store->part,
                                .kind = store->kind,
                                .slot = store->slot,
                                .flags = flags,
                                .length = store->fill};

    if (store->fill > 0 && store->room < WAFER_ENTRY_MAX) {
        entry.flags |= WAFER_FLAG_ENCRYPTED;
        entry.length = (uint8_t)(entry.length + WAFER_SEAL_SIZE);
        fail(store, store->cipher->seal(store->key, &entry, store->buffer + WAFER_ENTRY_HEADER));
    }
    if (store->failed == 0) {
        fail(store, wafer_log_append(store, &entry, store->buffer));
    }
    store->part++;
    store->fill = 0;
    return store->failed;
}

/* Writes the last part of the open value, if one is open. */
static int end_value(struct wafer_store *store)
{
    if (store->kind != 0) {
        write_part(store, WAFER_FLAG_LAST);
        store->kind = 0;
    }
    return store->failed;
}

/* Whether the open transaction has kind and slot already. */
static int check_unused(struct wafer_store *store, uint8_t kind, uint8_t slot)
{
    struct wafer_cursor at;
    int rc = 0;

    wafer_cursor_rewind(&at, store);
    while (store->written > 0 && (rc = wafer_cursor_next(&at)) > 0) {
        if (at.entry.kind == kind && at.entry.slot == slot && at.entry.sequence == store->sequence) {
            return WAFER_E_ARGUMENT;
        }
    }
    return rc;
}

int wafer_store_value(struct wafer_store *store, enum wafer_kind kind, uint8_t slot)
{
    if (!store->open) {
        return WAFER_E_ARGUMENT;
    }
    if (end_value(store) < 0) {
        return store->failed;
    }
    store->kind = (uint8_t)kind;
    store->slot = slot;
    store->part = 0;
    store->fill = 0;
    store->room = WAFER_ENTRY_MAX;
    if (store->cipher != NULL &&
        memchr(store->cipher->secret, store->kind, sizeof store->cipher->secret) != NULL) {
        store->room -= WAFER_SEAL_SIZE;
    }
    return fail(store, kind < 1 || kind > 254 ? WAFER_E_ARGUMENT : check_unused(store, (uint8_t)kind, slot));
}

int wafer_store_append(struct wafer_store *store, const void *data, size_t len)
{
    const uint8_t *from = data;
    size_t n;

    if (!store->open || store->kind == 0) {
        return store->open ? fail(store, WAFER_E_ARGUMENT) : WAFER_E_ARGUMENT;
    }
    for (; len > 0 && store->failed == 0; from += n, len -= n) {
        if (store->fill == store->room) {
            if (store->part == UINT16_MAX) {
                return fail(store, WAFER_E_STORE_FULL);
            }
            write_part(store, 0);
        }
        n = (size_t)store->room - store->fill;
        n = len < n ? len : n;
        memcpy(store->buffer + WAFER_ENTRY_HEADER + store->fill, from, n);
        store->fill = (uint8_t)(store->fill + n);
    }
    return store->failed;
}

int wafer_store_put(struct wafer_store *store, enum wafer_kind kind, uint8_t slot, const void *data,
                    size_t len)
{
    int rc = wafer_store_value(store, kind, slot);

    return rc < 0 ? rc : wafer_store_append(store, data, len);
}

int wafer_store_delete(struct wafer_store *store, enum wafer_kind kind, uint8_t slot)
{
    struct wafer_value value;
    int rc = wafer_store_value(store, kind, slot);

    if (rc < 0) {
        return rc;
    }
    rc = wafer_log_lookup(store, (uint8_t)kind, slot, 0, &value);
    if (rc == 0) {
        write_part(store, WAFER_FLAG_LAST | WAFER_FLAG_DELETED);
    }
    store->kind = 0;
    return fail(store, rc == WAFER_E_NOT_FOUND ? 0 : rc);
}

static void end(struct wafer_store *store)
{
    wafer_wipe(store->buffer, sizeof store->buffer);
    store->open = false;
    store->kind = 0;
    store->sequence++;
}

static int commit(struct wafer_store *store)
{
    const struct wafer_flash *flash = store->flash;
    bool saving;

    if (!store->open) {
        return WAFER_E_ARGUMENT;
    }
    /* The list of worn blocks goes along, once there is room for it. */
    saving =
        store->unsaved && end_value(store) == 0 &&
        wafer_log_claim(store, wafer_log_align(flash, WAFER_ENTRY_HEADER + sizeof store->worn), true) == 0;
    if (saving) {
        store->unsaved = false;
        fail(store, wafer_store_put(store, WAFER_KIND_WORN, 0, store->worn, 1 + 2u * store->listed));
    }
    if (end_value(store) == 0 && store->written > 0) {
        /* The records first, then what makes them count. */
        fail(store, wafer_log_sync(flash));
        store->slot = 0;
        store->part = 0;
        if (write_part(store, WAFER_FLAG_COMMIT) == 0) {
            fail(store, wafer_log_sync(flash));
        }
    }
    end(store);
    if (saving && store->failed < 0) {
        store->unsaved = true;
    }
    return store->failed;
}

int wafer_store_commit(struct wafer_store *store)
{
    int rc = commit(store);

    /* A block that failed under the commit record itself. */
    if (rc == 0 && store->unsaved && wafer_store_begin(store) == 0) {
        commit(store);
    }
    return rc;
}

void wafer_store_abort(struct wafer_store *store)
{
    if (store->open) {
        end(store);
    }
}

int wafer_store_usage(struct wafer_store *store, struct wafer_store_usage *usage)
{
    struct wafer_block header;
    int rc = 0;

    usage->capacity = wafer_log_capacity(store, true);
    usage->retired = store->worn[0];
    usage->failed = store->listed - usage->retired;
    usage->erases_min = UINT32_MAX;
    usage->erases_max = 0;
    for (uint32_t block = 0; rc >= 0 && block < store->flash->block_count; block++) {
        rc = wafer_block_read(store->flash, block, &header);
        if (rc > 0) {
            usage->erases_min = header.erases < usage->erases_min ? header.erases : usage->erases_min;
            usage->erases_max = header.erases > usage->erases_max ? header.erases : usage->erases_max;
        }
    }
    return rc < 0 ? rc : wafer_log_live(store, &usage->live);
}
