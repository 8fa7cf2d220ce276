/* Certificates as the store has them: found, read, forgotten. */
#include "wafer/certificate.h"
#include <string.h>
#include "record/fields.h"
#include "record/lineage.h"

int wafer_certificate_find(struct wafer_store *store, const char *name)
{
    struct wafer_value value;
    int slot = wafer_lineage_slot(store, name);
    if (slot < 0) {
        return slot;
    }
    int rc = wafer_store_find(store, WAFER_KIND_CERT, (uint8_t)slot, 0, &value);
    if (rc < 0) {
        return rc;
    }
    return slot;
}

/* Opens the values of one commit; the key may be held elsewhere. */
static int open_set(struct wafer_store *store, struct wafer_certificate *c, uint32_t below)
{
    int rc = wafer_store_find(store, WAFER_KIND_CERT, c->slot, below, &c->info);
    if (rc < 0) {
        return rc;
    }
    c->sequence = c->info.sequence;
    rc = wafer_store_find_in(store, WAFER_KIND_CHAIN, c->slot, c->sequence, &c->chain);
    if (rc == 0) {
        rc = wafer_store_find_in(store, WAFER_KIND_KEY, c->slot, c->sequence, &c->key);
    }
    return rc == WAFER_E_NOT_FOUND ? WAFER_E_DAMAGED : rc;
}

int wafer_certificate_open(struct wafer_store *store, uint8_t slot, struct wafer_certificate *c)
{
    memset(c, 0, sizeof *c);
    c->slot = slot;
    int rc = open_set(store, c, 0);
    while (rc == WAFER_E_DAMAGED) { /* the set before it may still be whole */
        rc = open_set(store, c, c->sequence);
    }
    if (rc < 0) {
        return rc;
    }
    c->not_before = wafer_field_get_number(store, &c->info, WAFER_FIELD_NOT_BEFORE);
    c->not_after = wafer_field_get_number(store, &c->info, WAFER_FIELD_NOT_AFTER);
    c->issued = wafer_field_get_number(store, &c->info, WAFER_FIELD_ASSERTED);
    c->told = c->issued != 0;
    if (!c->told) {
        c->issued = wafer_field_get_number(store, &c->info, WAFER_FIELD_TIME);
    }
    return 0;
}

int wafer_certificate_name(struct wafer_store *store, const struct wafer_certificate *c,
                           unsigned index, char *name, size_t size)
{
    int len = wafer_field_get(store, &c->info, WAFER_FIELD_NAME, index, name, size - 1);
    name[len < 0 ? 0 : len] = 0;
    return len;
}

int wafer_certificate_text(struct wafer_store *store, const struct wafer_certificate *c,
                           enum wafer_certificate_text what, char *text, size_t size)
{
    static const uint8_t tags[] = {WAFER_FIELD_DIRECTORY, WAFER_FIELD_PROFILE, WAFER_FIELD_CHAIN};
    return wafer_field_get_text(store, &c->info, (enum wafer_field)tags[what], text, size);
}

int wafer_certificate_key(struct wafer_store *store, const struct wafer_certificate *c, struct wafer_key *key)
{
    return c->key.length == 0 ? WAFER_E_NOT_FOUND : wafer_value_key(store, &c->key, 0, key);
}

int wafer_certificate_der(struct wafer_store *store, const struct wafer_certificate *c,
                          uint32_t *offset, uint8_t *der, size_t size)
{
    uint8_t header[4]; /* SEQUENCE with a length of two octets, as every certificate has */
    int got = wafer_store_read(store, &c->chain, *offset, header, sizeof header);
    if (got <= 0) {
        return got;
    }
    if (got < (int)sizeof header || header[0] != 0x30 || header[1] != 0x82) {
        return WAFER_E_DAMAGED;
    }
    size_t len = sizeof header + ((size_t)header[2] << 8 | header[3]);
    if (len > size) {
        return WAFER_E_SPACE;
    }
    got = wafer_store_read(store, &c->chain, *offset, der, len);
    if (got < 0) {
        return got;
    }
    if (got != (int)len) {
        return WAFER_E_DAMAGED;
    }
    *offset += (uint32_t)len;
    return got;
}

int wafer_certificate_forget(struct wafer_store *store, const char *name)
{
    static const uint8_t kinds[] = {WAFER_KIND_CERT,  WAFER_KIND_CHAIN,    WAFER_KIND_KEY,
                                    WAFER_KIND_ORDER, WAFER_KIND_SCHEDULE, WAFER_KIND_OPTIONS};
    int slot = wafer_lineage_slot(store, name);
    if (slot < 0) {
        return slot;
    }
    int rc = wafer_store_begin(store);
    if (rc < 0) {
        return rc;
    }
    for (size_t i = 0; i < sizeof kinds; i++) {
        wafer_value_delete(store, (enum wafer_kind)kinds[i], (uint8_t)slot);
    }
    return wafer_store_commit(store);
}
