/* SMSC LAN9118 Ethernet controller: on mps2-an385 and vexpress-a9. The board has
 * its address, and calls lan9118_receive when its interrupt line is up. */
#ifndef WAFER_LAN9118_H
#define WAFER_LAN9118_H

#include <stdint.h>

extern volatile uint32_t *const lan9118_base;
void lan9118_receive(void);

#endif
