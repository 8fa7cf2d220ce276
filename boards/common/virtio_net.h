/* virtio-net over virtio-mmio (Virtual I/O Device 1.1, 4.2 and 5.1), registers of version 1
 * (legacy) or 2. The board says where it is, and calls virtio_net_receive when its interrupt
 * line is up. */
#ifndef WAFER_VIRTIO_NET_H
#define WAFER_VIRTIO_NET_H

#include <stdbool.h>
#include <stdint.h>

/* Of the board, set in board_init; NULL: there is no device, and nothing is sent or received. */
extern volatile uint32_t *virtio_net_base;

/* Whether a network device is behind these registers. */
bool virtio_net_is_at(const volatile uint32_t *base);

void virtio_net_receive(void);

#endif
