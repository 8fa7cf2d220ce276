/* lwIP's sockets API under its POSIX names (LWIP_COMPAT_SOCKETS), for port/sockets. */
#ifndef WAFER_SYSTEM_H
#define WAFER_SYSTEM_H

#include "lwip/netdb.h"
#include "lwip/sockets.h"

/* Where to listen for connections to every address. [::] takes IPv4 too. */
#if LWIP_IPV6
#define WAFER_SOCKETS_EVERYWHERE "::"
#else
#define WAFER_SOCKETS_EVERYWHERE "0.0.0.0"
#endif

#endif
