/* Encryption of the store's secrets with a key of the device. */
#ifndef WAFER_BOARD_SECRETS_H
#define WAFER_BOARD_SECRETS_H

#include "wafer/store.h"

/* With a key (board_store_key) accounts, private keys and the seed are encrypted in the
 * store from now on. To be called after the store was mounted or formatted. Returns 1
 * when there is a key, 0 when not; WAFER_E_LOCKED when the store was encrypted with
 * another one; what wafer_store_encrypt returns; WAFER_E_ARGUMENT when there is a key and
 * the firmware has been built without encryption (no_secrets.c). A store that is
 * encrypted while the device has no key shows when the seed is read (entropy_start). */
int secrets_open(struct wafer_store *store);

#endif
