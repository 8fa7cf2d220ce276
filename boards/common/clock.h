/* The time of a device: its own clock, or what a time server or the CA told. */
#ifndef WAFER_BOARD_CLOCK_H
#define WAFER_BOARD_CLOCK_H

#include <stdint.h>

/* As wafer_port's wall_time. */
int64_t clock_now(void);

/* Takes a time that was told. Later calls of clock_now go on from there. */
void clock_set(int64_t seconds);

/* Sleeps until an interrupt, and counts the time: what is left of the time since
 * start is work. */
void clock_sleep(void);
uint32_t clock_busy_ms(void);

#endif
