/* Writes and reads the fields of a value: account, order, certificate, schedule. */
#include "record/fields.h"
#include <string.h>

#define FIELD_HEADER 3
#define NUMBER_MAX   ((int64_t)1 << 44)

/* The store keeps the first error of a transaction for its commit. */
static void sticks(int error)
{
    (void)error;
}

void wafer_fields_begin(struct wafer_store *store, enum wafer_kind kind, uint8_t slot)
{
    sticks(wafer_store_value(store, kind, slot));
}

void wafer_value_put(struct wafer_store *store, enum wafer_kind kind, uint8_t slot, const void *data, size_t len)
{
    sticks(wafer_store_put(store, kind, slot, data, len));
}

void wafer_value_delete(struct wafer_store *store, enum wafer_kind kind, uint8_t slot)
{
    sticks(wafer_store_delete(store, kind, slot));
}

/* All data is bounded by the sizes in config.h, so its length fits two octets. */
void wafer_field_put(struct wafer_store *store, enum wafer_field tag, const void *data, size_t len)
{
    uint8_t header[FIELD_HEADER] = {(uint8_t)tag, (uint8_t)(len >> 8), (uint8_t)len};
    sticks(wafer_store_append(store, header, sizeof header));
    sticks(wafer_store_append(store, data, len));
}

void wafer_field_put_text(struct wafer_store *store, enum wafer_field tag, const char *text)
{
    wafer_field_put(store, tag, text, strlen(text));
}

void wafer_field_put_number(struct wafer_store *store, enum wafer_field tag, int64_t number)
{
    uint8_t data[8];
    uint64_t bits = (uint64_t)number;
    for (int i = 7; i >= 0; i--) {
        data[i] = (uint8_t)bits;
        bits >>= 8;
    }
    wafer_field_put(store, tag, data, sizeof data);
}

int wafer_value_key(struct wafer_store *store, const struct wafer_value *value, uint32_t offset,
                    struct wafer_key *key)
{
    int rc = wafer_store_read(store, value, offset, key->secret, sizeof key->secret);
    if (rc == (int)sizeof key->secret) {
        return wafer_key_load(key, key->secret);
    }
    wafer_key_wipe(key);
    if (rc < 0) {
        return rc;
    }
    return WAFER_E_DAMAGED;
}

/* Finds a field; *at is where its data begins. Returns its length. */
static int locate(struct wafer_store *store, const struct wafer_value *value,
                  enum wafer_field tag, unsigned index, uint32_t *at)
{
    uint32_t offset = 0;
    for (;;) {
        uint8_t header[FIELD_HEADER];
        int got = wafer_store_read(store, value, offset, header, sizeof header);
        if (got < 0) {
            return got;
        }
        if (got == 0) {
            return WAFER_E_NOT_FOUND;
        }
        uint32_t len = (uint32_t)header[1] << 8 | header[2];
        offset += FIELD_HEADER;
        if (got < FIELD_HEADER || offset + len > value->length) {
            return WAFER_E_DAMAGED;
        }
        if (header[0] == tag && index-- == 0) {
            *at = offset;
            return (int)len;
        }
        offset += len;
    }
}

int wafer_field_get(struct wafer_store *store, const struct wafer_value *value,
                    enum wafer_field tag, unsigned index, void *data, size_t size)
{
    uint32_t at;
    int len = locate(store, value, tag, index, &at);
    if (len < 0) {
        return len;
    }
    if ((size_t)len > size) {
        return WAFER_E_SPACE;
    }
    int got = wafer_store_read(store, value, at, data, (size_t)len);
    if (got >= 0 && got != len) {
        return WAFER_E_DAMAGED;
    }
    return got;
}

int wafer_field_get_text(struct wafer_store *store, const struct wafer_value *value,
                         enum wafer_field tag, char *text, size_t size)
{
    int len = wafer_field_get(store, value, tag, 0, text, size - 1);
    text[len < 0 ? 0 : len] = 0;
    return len == WAFER_E_NOT_FOUND ? 0 : len;
}

int wafer_field_get_key(struct wafer_store *store, const struct wafer_value *value, struct wafer_key *key)
{
    uint32_t at;
    int len = locate(store, value, WAFER_FIELD_SECRET, 0, &at);
    if (len < 0) {
        return len;
    }
    return wafer_value_key(store, value, at, key);
}

int64_t wafer_field_get_number(struct wafer_store *store, const struct wafer_value *value,
                               enum wafer_field tag)
{
    uint8_t data[8];
    uint64_t bits = 0;
    if (wafer_field_get(store, value, tag, 0, data, sizeof data) != (int)sizeof data) {
        return 0;
    }
    for (size_t i = 0; i < sizeof data; i++) {
        bits = bits << 8 | data[i];
    }
    int64_t number = (int64_t)bits;
    return number < NUMBER_MAX && number > -NUMBER_MAX ? number : 0;
}

int wafer_field_equals(struct wafer_store *store, const struct wafer_value *value,
                       enum wafer_field tag, unsigned index, const char *text)
{
    uint32_t at;
    size_t len = strlen(text);
    int found = locate(store, value, tag, index, &at);
    if (found == WAFER_E_NOT_FOUND) {
        return len == 0;
    }
    if (found != (int)len) {
        return found == WAFER_E_LOCKED ? found : 0;
    }
    while (len > 0) {
        uint8_t piece[32];
        size_t want = len < sizeof piece ? len : sizeof piece;
        if (wafer_store_read(store, value, at, piece, want) != (int)want || memcmp(piece, text, want) != 0) {
            return 0;
        }
        at += (uint32_t)want;
        text += want;
        len -= want;
    }
    return 1;
}
