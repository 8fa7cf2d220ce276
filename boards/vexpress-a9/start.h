/* Ticks and interrupts of the vexpress-a9. */
#ifndef WAFER_START_H
#define WAFER_START_H

void start_tick(void);

#endif
