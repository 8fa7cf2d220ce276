/* What network drivers share: the lwIP interface over a chip.
 *
 * A driver has nic_start and nic_send, and its interrupt calls nic_frame for what
 * has come: while the CPU computes a signature nobody polls. */
#ifndef WAFER_NIC_H
#define WAFER_NIC_H

#include "lwip/netif.h"
#include "lwip/pbuf.h"

/* The lwIP interface. */
err_t nic_netif_init(struct netif *netif);
void nic_netif_poll(struct netif *netif);

/* Drops one frame in `n`, at random, in both directions; 0: none. For tests. */
void nic_drop(uint32_t n);

/* The driver's: */
void nic_start(const uint8_t address[6]);
void nic_send(const struct pbuf *frame); /* done with it on return */

/* For the driver's interrupt: hands over a received frame, NULL is ignored. */
void nic_frame(struct pbuf *frame);

#endif
