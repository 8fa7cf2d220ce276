/* The Ethernet controller of the Stellaris LM3S chips. */
#ifndef WAFER_ETHERNET_H
#define WAFER_ETHERNET_H

void ethernet_receive(void); /* from the interrupt */

#endif
