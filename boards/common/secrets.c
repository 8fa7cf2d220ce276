/* Encrypts the store's secrets where the device has a key. */
#include "secrets.h"
#include "board.h"

_Static_assert(BOARD_STORE_KEY_SIZE == WAFER_STORE_KEY, "the board's key is the store's");

int secrets_open(struct wafer_store *store)
{
    const uint8_t *key = board_store_key();
    if (key == NULL)
        return 0;
    int rc = wafer_store_encrypt(store, key);
    if (rc < 0)
        return rc;
    return 1;
}
