/* What a board gives to the firmware, at link time: a missing function is a link
 * error. boards/template has them all with what each must do. */
#ifndef WAFER_BOARD_H
#define WAFER_BOARD_H

#include <stddef.h>
#include <stdint.h>
#include "wafer/flash.h"

/* Clocks, UART, tick. Called first, before anything else here. */
void board_init(void);

/* Writes one character to the UART, waiting for room. */
void board_put(char c);

/* Milliseconds since start; wraps at 2^32. The same for all boards: clock.c counts them from board_us. */
uint32_t board_ms(void);

/* Microseconds since start, for measuring; wraps. */
uint32_t board_us(void);

/* Lets the network's interrupt through; its driver has started. */
void board_network_interrupt(void);

/* Sleeps until an interrupt: at the latest the next tick. */
void board_sleep(void);

/* Feeds the watchdog, if the board has one. */
void board_watchdog(void);

/* Seconds since 1970 of a clock that runs without power, or WAFER_E_CLOCK. */
int64_t board_time(void);

/* Where the store lives. */
extern const struct wafer_flash board_flash;

/* The page that provisioning wrote (config.h), and how long it may be. */
extern const uint8_t board_config_page[];
#define BOARD_CONFIG_SIZE 3072

/* Octets that nobody else can know, from the board's entropy source, at most
 * BOARD_SEED_SIZE: returns how many, 0 when there are none. */
#define BOARD_SEED_SIZE 48
size_t board_seed(uint8_t seed[BOARD_SEED_SIZE]);

/* The key that encrypts the secrets of the store, of the device's own; it stays where it
 * is. NULL: there is none, and they are stored as they are. It comes from where the one
 * who reads the store's flash does not get: fuses (OTP), a key slot, a flash that is
 * locked against reading. */
#define BOARD_STORE_KEY_SIZE 32
const uint8_t *board_store_key(void);

/* Ends with an exit status where there is somebody to take it, else restarts. */
_Noreturn void board_exit(int status);

/* Interrupts off and back on, for lwIP (sys_arch_protect). */
uint32_t board_lock(void);
void board_unlock(uint32_t state);

#endif
