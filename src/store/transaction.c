/* Values are cut into parts, which are written as they come; the commit record makes them count. The
 * first error of a transaction sticks in store->failed, and nothing more is written then. */
#include "wafer/store.h"
#include <string.h>
#include "base/wipe.h"
#include "store/append.h"
#include "store/block.h"
#include "store/cipher.h"
#include "store/find.h"
#include "store/flash.h"
#include "store/lock.h"
#include "store/space.h"

static int begin_transaction(struct wafer_store *store)
{
    if (store->open) {
        return WAFER_E_BUSY;
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

/* Notes an error, if it is the first one. Returns what the transaction has come to. */
static int stick(struct wafer_store *store, int rc)
{
    if (store->failed == 0 && rc < 0) {
        store->failed = rc;
    }
    return store->failed;
}

/* Writes what is in the buffer as the next part of the open value. */
static int write_part(struct wafer_store *store, uint8_t flags)
{
    struct wafer_record record;

    record.kind = store->kind;
    record.slot = store->slot;
    record.flags = flags;
    record.length = store->fill;
    record.part = store->part;
    record.sequence = store->sequence;
    if (store->fill > 0 && store->room < WAFER_RECORD_PAYLOAD) {
        record.flags |= WAFER_FLAG_ENCRYPTED;
        record.length = (uint8_t)(record.length + WAFER_SEAL_SIZE);
        stick(store, store->cipher->seal(store->key, &record, store->buffer + WAFER_RECORD_HEADER));
    }
    if (store->failed == 0) {
        stick(store, wafer_append(store, &record, store->buffer));
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

/* WAFER_E_ARGUMENT when the open transaction has this kind and slot already. */
static int check_unused(struct wafer_store *store, uint8_t kind, uint8_t slot)
{
    struct wafer_cursor at;
    int rc;

    if (store->written == 0) {
        return 0;
    }
    wafer_cursor_rewind(&at, store);
    while ((rc = wafer_cursor_next(&at)) > 0) {
        if (at.record.kind == kind && at.record.slot == slot && at.record.sequence == store->sequence) {
            return WAFER_E_ARGUMENT;
        }
    }
    return rc;
}

static bool is_secret(const struct wafer_store *store, uint8_t kind)
{
    return store->cipher != NULL && memchr(store->cipher->secret, kind, sizeof store->cipher->secret) != NULL;
}

static int start_value(struct wafer_store *store, enum wafer_kind kind, uint8_t slot)
{
    if (!store->open) {
        return WAFER_E_ARGUMENT;
    }
    int rc = end_value(store);
    if (rc < 0) {
        return rc;
    }
    if (kind < 1 || kind > 254) {
        return stick(store, WAFER_E_ARGUMENT);
    }
    store->kind = (uint8_t)kind;
    store->slot = slot;
    store->part = 0;
    store->fill = 0;
    store->room = WAFER_RECORD_PAYLOAD;
    if (is_secret(store, store->kind)) {
        store->room -= WAFER_SEAL_SIZE;
    }
    return stick(store, check_unused(store, store->kind, slot));
}

static int add_octets(struct wafer_store *store, const uint8_t *from, size_t len)
{
    size_t n;

    if (!store->open) {
        return WAFER_E_ARGUMENT;
    }
    if (store->kind == 0) {
        return stick(store, WAFER_E_ARGUMENT);
    }
    for (; len > 0 && store->failed == 0; from += n, len -= n) {
        if (store->fill == store->room) {
            if (store->part == UINT16_MAX) {
                return stick(store, WAFER_E_STORE_FULL);
            }
            write_part(store, 0);
        }
        n = (size_t)store->room - store->fill;
        n = len < n ? len : n;
        memcpy(store->buffer + WAFER_RECORD_HEADER + store->fill, from, n);
        store->fill = (uint8_t)(store->fill + n);
    }
    return store->failed;
}

static int delete_value(struct wafer_store *store, enum wafer_kind kind, uint8_t slot)
{
    struct wafer_value value;
    int rc = start_value(store, kind, slot);

    if (rc < 0) {
        return rc;
    }
    rc = wafer_find_version(store, (uint8_t)kind, slot, 0, &value);
    if (rc == WAFER_FIND_VALUE) {
        write_part(store, WAFER_FLAG_LAST | WAFER_FLAG_DELETED);
    }
    store->kind = 0;
    if (rc == WAFER_E_NOT_FOUND) {
        return 0;
    }
    return stick(store, rc);
}

/* Puts the list of worn blocks, once there is room for it. Whether it did. */
static bool put_worn_list(struct wafer_store *store)
{
    uint32_t size = wafer_geometry_align(store->flash, WAFER_RECORD_HEADER + sizeof store->worn);
    int rc = end_value(store);

    if (rc < 0 || !store->unsaved) {
        return false;
    }
    rc = wafer_space_claim(store, size, WAFER_SPACE_VALUE);
    if (rc < 0) {
        return false;
    }
    store->unsaved = false;
    start_value(store, WAFER_KIND_WORN, 0);
    add_octets(store, store->worn, 1 + 2u * store->listed);
    return true;
}

/* Writes the commit record, if anything was written. */
static void write_commit(struct wafer_store *store)
{
    const struct wafer_flash *flash = store->flash;
    int rc = end_value(store);

    if (rc < 0 || store->written == 0) {
        return;
    }
    /* The records first, then what makes them count. */
    stick(store, wafer_flash_sync(flash));
    store->slot = 0;
    store->part = 0;
    rc = write_part(store, WAFER_FLAG_COMMIT);
    if (rc == 0) {
        stick(store, wafer_flash_sync(flash));
    }
}

static void end_transaction(struct wafer_store *store)
{
    wafer_wipe(store->buffer, sizeof store->buffer);
    store->open = false;
    store->kind = 0;
    store->sequence++;
}

static int commit_transaction(struct wafer_store *store)
{
    if (!store->open) {
        return WAFER_E_ARGUMENT;
    }
    bool saving = put_worn_list(store);
    write_commit(store);
    end_transaction(store);
    if (saving && store->failed < 0) {
        store->unsaved = true;
    }
    return store->failed;
}

/* Saves the list of worn blocks if one failed under the commit record itself. The next commit tries
 * again if this one fails. */
static void save_worn_list(struct wafer_store *store)
{
    int rc = begin_transaction(store);

    if (rc == 0) {
        commit_transaction(store);
    }
}

/* --- public --- */

int wafer_store_begin(struct wafer_store *store)
{
    wafer_lock(store);
    int rc = begin_transaction(store);
    return wafer_unlock(store, rc);
}

int wafer_store_value(struct wafer_store *store, enum wafer_kind kind, uint8_t slot)
{
    wafer_lock(store);
    int rc = start_value(store, kind, slot);
    return wafer_unlock(store, rc);
}

int wafer_store_append(struct wafer_store *store, const void *data, size_t len)
{
    wafer_lock(store);
    int rc = add_octets(store, data, len);
    return wafer_unlock(store, rc);
}

int wafer_store_put(struct wafer_store *store, enum wafer_kind kind, uint8_t slot, const void *data,
                    size_t len)
{
    int rc = wafer_store_value(store, kind, slot);

    if (rc < 0) {
        return rc;
    }
    return wafer_store_append(store, data, len);
}

int wafer_store_delete(struct wafer_store *store, enum wafer_kind kind, uint8_t slot)
{
    wafer_lock(store);
    int rc = delete_value(store, kind, slot);
    return wafer_unlock(store, rc);
}

int wafer_store_commit(struct wafer_store *store)
{
    wafer_lock(store);
    int rc = commit_transaction(store);
    if (rc == 0 && store->unsaved) {
        save_worn_list(store);
    }
    return wafer_unlock(store, rc);
}

void wafer_store_abort(struct wafer_store *store)
{
    wafer_lock(store);
    if (store->open) {
        end_transaction(store);
    }
    wafer_unlock(store, 0);
}
