/* The template of a board: it compiles and does nothing. board.h says what each
 * function must do; the comments here say what is easily missed. */
#include "board.h"
#include "cortex_m.h"

#define CPU_HZ             48000000u
#define ETHERNET_INTERRUPT 0

void nic_interrupt(void); /* of nic.c */

/* Who takes which external interrupt. One that is enabled and not listed is a fault, which says
 * its number. */
CORTEX_M_INTERRUPTS([ETHERNET_INTERRUPT] = nic_interrupt);

/* Clocks first: the tick is counted in CPU cycles. */
void board_init(void)
{
    cortex_m_tick(CPU_HZ);
}

void board_put(char c)
{
    (void)c;
}

/* The driver has started: before that, the line of a chip that was not reset may be
 * up, and its interrupt would never end. */
void board_network_interrupt(void)
{
    cortex_m_enable(ETHERNET_INTERRUPT);
}

/* The longest time between two calls is one signature or one flash erase: a second
 * or two on a slow core. */
void board_watchdog(void)
{
}

/* A clock that ran on a battery while the power was off. One that begins at 1970
 * with each start is none. */
int64_t board_time(void)
{
    return WAFER_E_CLOCK;
}

/* From the chip's random generator, its health tests passed; or from a seed of the
 * factory that is different for each device. The serial number, the time and noise
 * of an open ADC pin are no entropy. Without a source: 0, and no key is made. */
size_t board_seed(uint8_t seed[BOARD_SEED_SIZE])
{
    (void)seed;
    return 0;
}

/* From fuses, a key slot or a flash that is locked against reading: not from the flash
 * that it is to protect. NULL: secrets are stored as they are. */
const uint8_t *board_store_key(void)
{
    return NULL;
}

_Noreturn void board_exit(int status)
{
    (void)status;
    for (;;) /* restart the chip here */
        board_watchdog();
}
