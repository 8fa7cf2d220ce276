/* Copies the current values of a store into another one, in one transaction of that. A transaction that
 * writes nothing keeps others from changing the first one meanwhile. */
#include "wafer/store.h"
#include <string.h>
#include "base/wipe.h"
#include "store/find.h"
#include "store/lock.h"

#define CHUNK 128 /* octets copied at once */

/* wafer_find_name, with the lock. */
static int find_name(struct wafer_store *store, unsigned from)
{
    wafer_lock(store);
    int rc = wafer_find_name(store, from);
    return wafer_unlock(store, rc);
}

static int measure_newest(struct wafer_store *store, struct wafer_value *value)
{
    int rc = wafer_find_newest(store, value);

    if (rc < 0) {
        return rc;
    }
    if (value->sequence == 0) {
        return WAFER_E_NOT_FOUND;
    }
    return wafer_find_measure(store, value);
}

/* The newest version of a value, and no older one in place of a damaged one. Returns 0,
 * WAFER_E_NOT_FOUND, _DAMAGED, _FLASH. */
static int find_newest(struct wafer_store *store, uint8_t kind, uint8_t slot, struct wafer_value *value)
{
    memset(value, 0, sizeof *value);
    value->kind = kind;
    value->slot = slot;
    value->sequence = UINT32_MAX;
    wafer_lock(store);
    int rc = wafer_unlock(store, measure_newest(store, value));
    if (rc == WAFER_FIND_TOMBSTONE) {
        return WAFER_E_NOT_FOUND;
    }
    return rc;
}

/* Values of one commit are known by their sequence, and all are of one commit in the copy. So what a
 * reader takes for a set must be one: a certificate with its chain and its key. */
static int check_set(struct wafer_store *store, const struct wafer_value *certificate)
{
    static const uint8_t others[] = {WAFER_KIND_CHAIN, WAFER_KIND_KEY};
    struct wafer_value other;

    for (size_t i = 0; i < sizeof others; i++) {
        int rc = find_newest(store, others[i], certificate->slot, &other);

        if (rc < 0 && rc != WAFER_E_NOT_FOUND) {
            return rc;
        }
        if (rc == 0 && other.sequence != certificate->sequence) {
            return WAFER_E_DAMAGED;
        }
    }
    return 0;
}

/* Copies the octets of a value to the open one of the other store. */
static int copy_octets(struct wafer_store *to, struct wafer_store *from, const struct wafer_value *value)
{
    uint8_t chunk[CHUNK];
    uint32_t offset = 0;
    int rc;

    while ((rc = wafer_store_read(from, value, offset, chunk, sizeof chunk)) > 0) {
        offset += (uint32_t)rc;
        rc = wafer_store_append(to, chunk, (size_t)rc);
        if (rc < 0) {
            break;
        }
    }
    wafer_wipe(chunk, sizeof chunk);
    return rc;
}

/* Copies a value, if there is one and it is not the store's own. */
static int copy_value(struct wafer_store *to, struct wafer_store *from, uint8_t kind, uint8_t slot)
{
    struct wafer_value value;

    if (kind == WAFER_KIND_WORN) {
        return 0;
    }
    int rc = find_newest(from, kind, slot, &value);
    if (rc == WAFER_E_NOT_FOUND) {
        return 0;
    }
    if (rc < 0) {
        return rc;
    }
    if (kind == WAFER_KIND_CERT) {
        rc = check_set(from, &value);
        if (rc < 0) {
            return rc;
        }
    }
    if (value.overhead != 0 && to->cipher == NULL) {
        return WAFER_E_LOCKED; /* a secret would become plain */
    }
    rc = wafer_store_value(to, (enum wafer_kind)kind, slot);
    if (rc < 0) {
        return rc;
    }
    return copy_octets(to, from, &value);
}

static int copy_all(struct wafer_store *to, struct wafer_store *from)
{
    for (unsigned next = 0;;) {
        int name = find_name(from, next);
        if (name == WAFER_E_NOT_FOUND) {
            return 0;
        }
        if (name < 0) {
            return name;
        }
        int rc = copy_value(to, from, (uint8_t)(name >> 8), (uint8_t)name);
        if (rc < 0) {
            return rc;
        }
        next = (unsigned)name + 1;
    }
}

/* The transaction in the other store. */
static int copy_at_once(struct wafer_store *to, struct wafer_store *from)
{
    int rc = wafer_store_begin(to);

    if (rc < 0) {
        return rc;
    }
    rc = copy_all(to, from);
    if (rc < 0) {
        wafer_store_abort(to);
        return rc;
    }
    return wafer_store_commit(to);
}

int wafer_store_copy(struct wafer_store *to, struct wafer_store *from)
{
    if (to->flash == from->flash) {
        return WAFER_E_ARGUMENT;
    }
    int rc = wafer_store_begin(from);
    if (rc < 0) {
        return rc;
    }
    rc = copy_at_once(to, from);
    wafer_store_abort(from);
    return rc;
}
