/* wafer's port for lwIP without an operating system (NO_SYS 1): struct wafer_port
 * over the raw API. A call that waits runs the stack's own loop until what it
 * waits for has come or its time is over, so there is nothing else to schedule.
 *
 * All of it runs in one context (main). Only the network driver may run in an
 * interrupt, and there only allocate pool pbufs and fill them. */
#ifndef WAFER_LWIP_H
#define WAFER_LWIP_H

#include <stdbool.h>
#include "lwip/netif.h"
#include "wafer/port.h"

/* Listeners at the same time; lwipopts.h has the other knobs. */
#ifndef WAFER_LWIP_LISTENERS
#define WAFER_LWIP_LISTENERS 2
#endif

/* What the device gives. All are needed. */
struct wafer_lwip_device {
    err_t (*netif_init)(struct netif *netif); /* lwIP's netif init function */
    void (*netif_poll)(struct netif *netif);  /* hands frames that have come to netif->input */
    uint32_t (*monotonic_ms)(void);
    int64_t (*wall_time)(void);             /* as wafer_port's */
    int (*entropy)(void *data, size_t len); /* as wafer_port's */
    int (*idle)(void);                      /* as wafer_port's; also called by the port's own waits */
    void (*sleep)(void);                    /* until an interrupt: the next tick or a frame */
};

/* Starts the stack and the interface, and asks for an address by DHCP. `device`
 * must stay. Call it once. Returns 0, or WAFER_E_NETWORK. */
int wafer_lwip_start(const struct wafer_lwip_device *device) WAFER_MUST_CHECK;

/* Waits for an address: by DHCP, or where there is no DHCP after some seconds, by a
 * router's IPv6. Returns 0 when there is one, WAFER_E_TIMEOUT, or what idle returned. */
int wafer_lwip_wait_address(uint32_t timeout_ms) WAFER_MUST_CHECK;

/* Whether another host has an IPv6 address that this device has made for itself: it
 * does not use it then. */
bool wafer_lwip_duplicate(void);

/* The interface, for its address. */
struct netif *wafer_lwip_netif(void);

/* Resolves a DNS name, or reads an IP address. `type`: LWIP_DNS_ADDRTYPE_IPV4 or
 * _IPV6. Returns 0, WAFER_E_RESOLVE, or WAFER_E_TIMEOUT. */
int wafer_lwip_resolve(const char *host, uint8_t type, ip_addr_t *address,
                       uint32_t timeout_ms) WAFER_MUST_CHECK;

/* Asks an NTP server for the time (RFC 4330). It is not authenticated: good for a
 * device without a clock, whose certificates' times are checked against a floor
 * all the same. Returns seconds since 1970, or a negative error. */
int64_t wafer_lwip_sntp(const char *server, uint16_t port, uint32_t timeout_ms) WAFER_MUST_CHECK;

/* Runs the stack once: frames, timers, idle. Negative: what idle returned. The
 * port's own waits do this; a main loop does it when it is not in the port. */
int wafer_lwip_poll(void);

extern const struct wafer_port wafer_lwip_port;

#endif
