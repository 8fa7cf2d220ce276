/* What encrypts records, if the firmware wants that. Only wafer_store_encrypt names the one that there
 * is, so that who never calls it links nothing of it. docs/store-format.md has the bytes under
 * "Encrypted records". */
#ifndef WAFER_STORE_CIPHER_H
#define WAFER_STORE_CIPHER_H

#include "store/record.h"

struct wafer_cipher {
    uint8_t secret[4]; /* the kinds that are encrypted */
    /* Encrypts a part in place; record->length is that of the result. Returns 0, WAFER_E_LOCKED
     * without a key. */
    int (*seal)(const uint8_t *key, const struct wafer_record *record, uint8_t *payload);
    /* Reads n octets of an encrypted part from `skip` on, which it has. Returns 0, WAFER_E_LOCKED,
     * _FLASH. */
    int (*unseal)(const struct wafer_store *store, const struct wafer_record *record, uint32_t skip,
                  uint8_t *to, size_t n);
};

#endif
