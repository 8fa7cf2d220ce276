/* lwIP with a thread of its own, in a test program. Knows nothing of the system's sockets. */
#ifndef STACK_H
#define STACK_H

#include <stddef.h>
#include <stdint.h>
#include "lwip/tcpip.h"

/* An address behind an interface that swallows what it is to send. */
#define STACK_SILENT "192.0.2.9"

/* Starts lwIP with its loopback interface and the one that swallows. Returns when it runs;
 * `then`, unless NULL, was called in its thread. */
void stack_start(void (*then)(void));

/* Joins user_network.h's network, whose `receive` is stack_receive. Returns when there are an
 * IPv4 address by DHCP and an IPv6 address by router advertisement. */
void stack_join(void);
void stack_receive(const void *frame, size_t len);

#endif
