/* Shared by the files of this port. */
#ifndef WAFER_LWIP_INTERNAL_H
#define WAFER_LWIP_INTERNAL_H

#include <stdbool.h>
#include "lwip/sys.h"
#include "wafer_lwip.h"

extern const struct wafer_lwip_device *wafer_lwip_device;

/* Waits until `ready(ctx)` or the time is over. Returns 0, WAFER_E_TIMEOUT, or
 * what idle returned. With timeout_ms 0 the stack runs once. */
int wafer_lwip_run(bool (*ready)(const void *ctx), const void *ctx, uint32_t timeout_ms);

/* Waits until the device can reach an IPv6 address: until it has made one of its own
 * from what a router says, which takes some seconds after the start. Returns 0, or
 * WAFER_E_CONNECT where there is no router, or what idle returned. Nothing waits for
 * IPv4 or a link-local address. */
int wafer_lwip_wait_ipv6(const ip_addr_t *address, uint32_t timeout_ms);

/* Milliseconds left of timeout_ms since start. */
uint32_t wafer_lwip_left(uint32_t start, uint32_t timeout_ms);

/* Of struct wafer_port. */
uint32_t wafer_lwip_monotonic_ms(void *ctx);
int64_t wafer_lwip_wall_time(void *ctx);
int wafer_lwip_entropy(void *ctx, void *data, size_t len);
int wafer_lwip_idle(void *ctx);

#endif
