/* A device's life: values that their version tells, and the transactions of an issuance. */
#include "life.h"
#include <string.h>
#include "flash.h"

#define VALUE_MAX 6000

static uint32_t value_length(const struct emu_life *life, unsigned kind, unsigned slot, uint32_t version)
{
    switch (kind) {
    case WAFER_KIND_CHAIN:
        return life->chain - (version * 37 + slot * 101) % (life->chain / 4);
    case WAFER_KIND_KEY:
        return 32;
    default:
        return 60 + (version * 13 + kind * 7) % 120;
    }
}

/* The version stands in front. */
static void value_fill(unsigned kind, unsigned slot, uint32_t version, uint8_t *data, uint32_t len)
{
    emu_pattern(data, len, version * 2654435761u + kind * 40503u + slot * 977u + 1);
    memcpy(data, &version, sizeof version);
}

/* Reads a value and checks it from its version on. Returns that, 0 for none, or negative
 * when it is wrong or can't be read. */
static int64_t value_version(struct emu_life *life, unsigned kind, unsigned slot, uint32_t *sequence)
{
    uint8_t want[VALUE_MAX], got[VALUE_MAX];
    struct wafer_value value;
    uint32_t version;
    int rc = wafer_store_find(&life->store, (enum wafer_kind)kind, (uint8_t)slot, 0, &value);

    *sequence = 0;
    if (rc < 0) {
        return rc == WAFER_E_NOT_FOUND ? 0 : rc;
    }
    *sequence = value.sequence;
    rc = wafer_store_read(&life->store, &value, 0, got, sizeof got);
    if (rc < (int)sizeof version || (uint32_t)rc != value.length) {
        return -1;
    }
    memcpy(&version, got, sizeof version);
    if (version > life->versions || value.length != value_length(life, kind, slot, version)) {
        return -1;
    }
    value_fill(kind, slot, version, want, value.length);
    return memcmp(want, got, value.length) == 0 ? (int64_t)version : -1;
}

bool emu_life_holds(struct emu_life *life, const struct emu_model *model)
{
    for (unsigned slot = 0; slot < EMU_LIFE_SLOTS; slot++) {
        uint32_t sequence[EMU_LIFE_KINDS];

        for (unsigned kind = 1; kind < EMU_LIFE_KINDS; kind++) {
            if (value_version(life, kind, slot, &sequence[kind]) != model->version[kind][slot]) {
                return false;
            }
        }
        if (sequence[WAFER_KIND_KEY] != sequence[WAFER_KIND_CHAIN] ||
            sequence[WAFER_KIND_KEY] != sequence[WAFER_KIND_CERT]) {
            return false;
        }
    }
    return true;
}

bool emu_life_settle(struct emu_life *life)
{
    if (emu_life_holds(life, &life->next)) {
        life->now = life->next;
        return true;
    }
    life->next = life->now;
    return emu_life_holds(life, &life->now);
}

bool emu_life_sane(struct emu_life *life)
{
    uint32_t sequence;

    for (unsigned kind = 1; kind < EMU_LIFE_KINDS; kind++) {
        for (unsigned slot = 0; slot < EMU_LIFE_SLOTS; slot++) {
            if (value_version(life, kind, slot, &sequence) < 0) {
                return false;
            }
        }
    }
    return true;
}

void emu_life_forget(struct emu_life *life)
{
    memset(&life->now, 0, sizeof life->now);
    life->next = life->now;
}

/* --- an issuance --- */

static int put(struct emu_life *life, unsigned kind, unsigned slot)
{
    uint8_t data[VALUE_MAX];
    uint32_t version = ++life->versions, len = value_length(life, kind, slot, version);
    int rc = wafer_store_value(&life->store, (enum wafer_kind)kind, (uint8_t)slot);

    value_fill(kind, slot, version, data, len);
    life->next.version[kind][slot] = version;
    for (uint32_t at = 0, n; rc == 0 && at < len; at += n) { /* as a chain streams in */
        n = len - at < 700 ? len - at : 700;
        rc = wafer_store_append(&life->store, data + at, n);
    }
    return rc;
}

static int drop(struct emu_life *life, unsigned kind, unsigned slot)
{
    life->next.version[kind][slot] = 0;
    return wafer_store_delete(&life->store, (enum wafer_kind)kind, (uint8_t)slot);
}

static int put_issued(struct emu_life *life, unsigned slot)
{
    static const enum wafer_kind issued[] = {WAFER_KIND_CHAIN, WAFER_KIND_KEY, WAFER_KIND_CERT};

    for (unsigned i = 0; i < 3; i++) {
        int rc = put(life, issued[i], slot);
        if (rc < 0) {
            return rc;
        }
    }
    int rc = drop(life, WAFER_KIND_ORDER, slot);
    if (rc < 0) {
        return rc;
    }
    return drop(life, WAFER_KIND_SCHEDULE, slot);
}

/* One value in a transaction, or all of an issued certificate: kind CERT. */
static int commit(struct emu_life *life, unsigned kind, unsigned slot)
{
    life->next = life->now;
    int rc = wafer_store_begin(&life->store);
    if (rc < 0) {
        return rc;
    }
    rc = kind == WAFER_KIND_CERT ? put_issued(life, slot) : put(life, kind, slot);
    if (rc < 0) {
        wafer_store_abort(&life->store);
        life->next = life->now;
        return rc;
    }
    rc = wafer_store_commit(&life->store);
    if (rc < 0) {
        return rc; /* all or nothing */
    }
    life->now = life->next;
    return 0;
}

/* A download that breaks off, and when to try again. */
static int fail_once(struct emu_life *life, unsigned slot)
{
    int rc = wafer_store_begin(&life->store);
    if (rc < 0) {
        return rc;
    }
    rc = put(life, WAFER_KIND_CHAIN, slot);
    wafer_store_abort(&life->store);
    life->next = life->now;
    if (rc < 0) {
        return rc;
    }
    return commit(life, WAFER_KIND_SCHEDULE, slot);
}

int emu_life_issue(struct emu_life *life)
{
    unsigned number = life->number++, slot = number % 5 == 4 && !life->plain;

    if (life->now.version[WAFER_KIND_ACCOUNT][0] == 0) {
        int rc = commit(life, WAFER_KIND_ACCOUNT, 0);
        if (rc < 0) {
            return rc;
        }
    }
    int rc = commit(life, WAFER_KIND_ORDER, slot);
    if (rc == 0 && number % 3 == 2 && !life->plain) {
        rc = fail_once(life, slot);
    }
    if (rc < 0) {
        return rc;
    }
    rc = commit(life, WAFER_KIND_CERT, slot);
    if (rc < 0 || number % 4 != 3 || life->plain) {
        return rc;
    }
    return commit(life, WAFER_KIND_SEED, 0);
}
