/* The content of wafer's own values: tagged fields, so that a later version can
 * add some and an older one skips them. Each field is a tag octet, a length of
 * two octets (big-endian) and the data; docs/store-format.md lists the tags. */
#ifndef WAFER_FIELDS_H
#define WAFER_FIELDS_H

#include "wafer/signer.h"
#include "wafer/store.h"

enum wafer_field {
    WAFER_FIELD_DIRECTORY = 1,  /* directory URL of the CA */
    WAFER_FIELD_URL = 2,        /* account or order URL */
    WAFER_FIELD_SECRET = 3,     /* P-256 secret scalar, 32 octets */
    WAFER_FIELD_NAME = 4,       /* one for each name, in order */
    WAFER_FIELD_PROFILE = 5,
    WAFER_FIELD_CHAIN = 6,      /* preferred chain */
    WAFER_FIELD_NOT_BEFORE = 7, /* times: 8 octets, seconds since 1970 */
    WAFER_FIELD_NOT_AFTER = 8,
    WAFER_FIELD_TIME = 9,       /* when the value was written */
    WAFER_FIELD_FAILURES = 10,  /* in a row, 8 octets */
    WAFER_FIELD_NEXT_TRY = 11,
    WAFER_FIELD_TOLD = 12,      /* present: the CA asked for NEXT_TRY */
    WAFER_FIELD_THUMBPRINT = 13, /* of the account key */
    WAFER_FIELD_ASSERTED = 14, /* when the value was written, as a verified CA told */
    WAFER_FIELD_EXPIRES = 15,    /* when the CA gives the order up */
    WAFER_FIELD_ORDER_FAILURES = 16 /* runs in a row that went on with the order in vain, 8 octets */
};

/* Writing, in an open transaction. Errors stick in it: wafer_store_commit tells. */

/* Starts a value that has fields. */
void wafer_fields_begin(struct wafer_store *store, enum wafer_kind kind, uint8_t slot);

/* Appends a field to it. */
void wafer_field_put(struct wafer_store *store, enum wafer_field tag, const void *data, size_t len);
void wafer_field_put_text(struct wafer_store *store, enum wafer_field tag, const char *text);
void wafer_field_put_number(struct wafer_store *store, enum wafer_field tag, int64_t number);

/* Writes a whole value of another content; removes one of any. */
void wafer_value_put(struct wafer_store *store, enum wafer_kind kind, uint8_t slot, const void *data, size_t len);
void wafer_value_delete(struct wafer_store *store, enum wafer_kind kind, uint8_t slot);

/* Reading. */

/* Loads a key whose secret scalar stands at `offset` of a value. Returns 0,
 * WAFER_E_KEY, _DAMAGED, _FLASH: then the key is wiped. */
int wafer_value_key(struct wafer_store *store, const struct wafer_value *value, uint32_t offset,
                    struct wafer_key *key) WAFER_MUST_CHECK;

/* Reads field number `index` of a tag. Returns its length, WAFER_E_NOT_FOUND, or
 * WAFER_E_SPACE, _DAMAGED. */
int wafer_field_get(struct wafer_store *store, const struct wafer_value *value,
                    enum wafer_field tag, unsigned index, void *data, size_t size) WAFER_MUST_CHECK;

/* The same with a NUL behind; a missing field gives "" and 0. */
int wafer_field_get_text(struct wafer_store *store, const struct wafer_value *value,
                         enum wafer_field tag, char *text, size_t size) WAFER_MUST_CHECK;

/* Loads the key in WAFER_FIELD_SECRET. Returns as wafer_value_key, WAFER_E_NOT_FOUND. */
int wafer_field_get_key(struct wafer_store *store, const struct wafer_value *value,
                        struct wafer_key *key) WAFER_MUST_CHECK;

/* A number; 0 when the field is missing, or beyond what any time or count can be: sums and
 * differences of numbers can't overflow. */
int64_t wafer_field_get_number(struct wafer_store *store, const struct wafer_value *value,
                               enum wafer_field tag);

/* Whether field `index` of a tag is exactly this text: 1 or 0. A missing field
 * equals "". WAFER_E_LOCKED, which is true as well, when that can't be known: nobody
 * must take such a value for another one's. */
int wafer_field_equals(struct wafer_store *store, const struct wafer_value *value,
                       enum wafer_field tag, unsigned index, const char *text);

#endif
