/* The Ethernet controller of the SmartFusion2. */
#ifndef WAFER_EMAC_H
#define WAFER_EMAC_H

void emac_receive(void); /* from the interrupt */

#endif
