/* A network without root: libslirp, which QEMU has its user network from. The guest is
 * 10.0.2.15 and fec0::5054:ff:fe12:3456; the host's 127.0.0.1 and ::1 are 10.0.2.2 and fec0::2
 * for it. Knows nothing of lwIP, whose headers and the system's do not go together. */
#ifndef USER_NETWORK_H
#define USER_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#define USER_NETWORK_GUEST_MAC \
    { \
        0x52, 0x54, 0x00, 0x12, 0x34, 0x56 \
    } /* gives the IPv6 address above */
#define USER_NETWORK_FRAME 1514

/* Starts it in a thread of its own, which hands frames for the guest to `receive`. The host's
 * loopback port host_port (0: none) leads to the guest's guest_port. Returns 0, or -1. */
int user_network_start(uint16_t host_port, uint16_t guest_port,
                       void (*receive)(const void *frame, size_t len));

/* A frame from the guest. From any thread. */
void user_network_send(const void *frame, size_t len);

#endif
