/* ChaCha20-Poly1305 for the records that hold secrets, with nonces that come from what they encrypt. */
#include "store/cipher.h"
#include <bearssl.h>
#include <string.h>
#include "base/wipe.h"
#include "store/cursor.h"
#include "store/flash.h"
#include "store/lock.h"

/* As in tls_profile.c, so that a firmware with TLS has it already. */
#ifndef WAFER_TLS_POLY1305
#if defined(__LP64__) || defined(_WIN64)
#define WAFER_TLS_POLY1305 br_poly1305_ctmul_run
#else
#define WAFER_TLS_POLY1305 br_poly1305_ctmul32_run
#endif
#endif

#define NONCE 12
#define TAG   (WAFER_SEAL_SIZE - NONCE)

/* The record's header as its transaction wrote it: a copy of the record has COPIED set besides. */
static void describe(const struct wafer_record *record, uint8_t about[WAFER_RECORD_ABOUT])
{
    wafer_record_describe(record, about);
    about[2] &= (uint8_t)~WAFER_FLAG_COPIED;
}

/* HMAC-SHA-256 with the board's key, cut off at `size` octets. */
static void hmac(const uint8_t *key, const void *first, size_t first_len, const uint8_t *data, size_t len,
                 uint8_t *out, size_t size)
{
    br_hmac_key_context keyed;
    br_hmac_context context;

    br_hmac_key_init(&keyed, &br_sha256_vtable, key, WAFER_STORE_KEY);
    br_hmac_init(&context, &keyed, size);
    br_hmac_update(&context, first, first_len);
    br_hmac_update(&context, data, len);
    br_hmac_out(&context, out);
    wafer_wipe(&keyed, sizeof keyed);
    wafer_wipe(&context, sizeof context);
}

/* ChaCha20 in place behind the nonce, and the tag (RFC 8439 2.8), with a key of its
 * own: the board's makes nonces. The label is shorter than what they are made of. */
static void run(const uint8_t *key, const uint8_t about[WAFER_RECORD_ABOUT], uint8_t *payload, size_t len,
                uint8_t tag[TAG], int encrypt)
{
    uint8_t cipher_key[WAFER_STORE_KEY];

    hmac(key, "wafer", 5, NULL, 0, cipher_key, sizeof cipher_key);
    WAFER_TLS_POLY1305(cipher_key, payload, payload + NONCE, len, about, WAFER_RECORD_ABOUT, tag,
                       br_chacha20_ct_run, encrypt);
    wafer_wipe(cipher_key, sizeof cipher_key);
}

/* The nonce comes from all that is encrypted and authenticated with it. So it is the
 * same just when the ciphertext is, whatever a power cut, a format or an earlier store
 * under the same key left behind, and without a random source. */
static int seal(const uint8_t *key, const struct wafer_record *record, uint8_t *payload)
{
    size_t len = record->length - (size_t)WAFER_SEAL_SIZE;
    uint8_t about[WAFER_RECORD_ABOUT];

    if (key == NULL) {
        return WAFER_E_LOCKED;
    }
    describe(record, about);
    memmove(payload + NONCE, payload, len);
    hmac(key, about, WAFER_RECORD_ABOUT, payload + NONCE, len, payload, NONCE);
    run(key, about, payload, len, payload + NONCE + len, 1);
    return 0;
}

static int unseal(const struct wafer_store *store, const struct wafer_record *record, uint32_t skip,
                  uint8_t *to, size_t n)
{
    const struct wafer_flash *flash = store->flash;
    uint32_t address = record->address + WAFER_RECORD_HEADER;
    size_t len = record->length - (size_t)WAFER_SEAL_SIZE;
    uint8_t about[WAFER_RECORD_ABOUT], payload[WAFER_RECORD_PAYLOAD], tag[TAG], wrong = 0;

    if (store->key == NULL) {
        return WAFER_E_LOCKED;
    }
    int rc = wafer_flash_read(flash, address, payload, record->length);
    if (rc < 0) {
        return rc;
    }
    describe(record, about);
    run(store->key, about, payload, len, tag, 0);
    for (size_t i = 0; i < TAG; i++) {
        wrong |= tag[i] ^ payload[NONCE + len + i];
    }
    if (wrong == 0 && n > 0) {
        memcpy(to, payload + NONCE + skip, n);
    }
    wafer_wipe(payload, sizeof payload);
    if (wrong != 0) {
        return WAFER_E_LOCKED;
    }
    return 0;
}

static const struct wafer_cipher cipher = {
    .secret = {WAFER_KIND_ACCOUNT, WAFER_KIND_ORDER, WAFER_KIND_KEY, WAFER_KIND_SEED},
    .seal = seal,
    .unseal = unseal,
};

/* Tries the key with the first intact encrypted record of the log. */
static int try_key(struct wafer_store *store)
{
    struct wafer_cursor at;
    int rc;

    wafer_cursor_rewind(&at, store);
    while ((rc = wafer_cursor_next(&at)) > 0) {
        if (at.record.overhead > 0) {
            rc = wafer_record_intact(store->flash, &at.record);
            if (rc < 0) {
                return rc;
            }
            if (rc > 0) {
                return unseal(store, &at.record, 0, NULL, 0);
            }
        }
    }
    return rc;
}

static int start_encryption(struct wafer_store *store, const uint8_t *key)
{
    if (store->open) {
        return WAFER_E_BUSY;
    }
    store->cipher = &cipher;
    store->key = key;
    int rc = try_key(store);
    if (rc < 0) {
        store->key = NULL; /* nothing secret is written, neither plain nor with a second key */
    }
    return rc;
}

int wafer_store_encrypt(struct wafer_store *store, const uint8_t *key)
{
    wafer_lock(store);
    int rc = start_encryption(store, key);
    return wafer_unlock(store, rc);
}
