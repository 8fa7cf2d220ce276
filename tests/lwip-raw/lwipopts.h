/* port/lwip's own settings, with what a test on the host needs besides: room for both ends of all
 * connections, the loopback interface, pointers of 64 bits, lwIP's assertions. */
#ifndef TEST_RAW_LWIPOPTS_H
#define TEST_RAW_LWIPOPTS_H

#define WAFER_LWIP_CONNECTIONS 36 /* twice the responder's on a host */
#define WAFER_LWIP_IPV6        1
#define WAFER_LWIP_MTU         1280
#define WAFER_LWIP_HEAP        32768
#define WAFER_LWIP_BUFFERS     64

#include "../../port/lwip/lwipopts.h"

#undef MEM_ALIGNMENT
#define MEM_ALIGNMENT 8
#undef LWIP_SINGLE_NETIF
#undef LWIP_NOASSERT
#undef MEMP_NUM_TCP_SEG
#define MEMP_NUM_TCP_SEG    64
#define LWIP_NETIF_LOOPBACK 1
#define LWIP_HAVE_LOOPIF    1

#endif
