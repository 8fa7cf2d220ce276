/* The secrets of the QEMU boards. The seed: 48 octets that `-device loader` puts behind
 * the configuration page, fresh at each start. Real devices have better: a random
 * generator, or a seed written by the factory and never handed out again. The store's
 * key: an item of the configuration page, which is not in the flash that holds the
 * store, but is in flash all the same. It stands for fuses or a key slot. */
#include <string.h>
#include "board.h"
#include "config.h"

extern const uint8_t board_seed_page[]; /* of the linker script */

size_t board_seed(uint8_t seed[BOARD_SEED_SIZE])
{
    uint8_t differ = 0;
    for (size_t i = 1; i < BOARD_SEED_SIZE; i++)
        differ |= (uint8_t)(board_seed_page[i] ^ board_seed_page[0]);
    if (differ == 0) /* erased, or nothing was put there */
        return 0;
    memcpy(seed, board_seed_page, BOARD_SEED_SIZE);
    return BOARD_SEED_SIZE;
}

const uint8_t *board_store_key(void)
{
    return config_store_key();
}
