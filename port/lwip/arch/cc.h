/* The compiler and CPU, for lwIP (gcc or clang, 32 bits). */
#ifndef WAFER_LWIP_CC_H
#define WAFER_LWIP_CC_H

#include <stdint.h>

typedef uint32_t sys_prot_t; /* the board has sys_arch_protect and _unprotect */

/* DHCP's and DNS's transaction numbers, TCP's ports and sequence numbers. */
uint32_t wafer_lwip_random(void);
#define LWIP_RAND()             wafer_lwip_random()
#define LWIP_PLATFORM_DIAG(x)   ((void)0)
#define LWIP_PLATFORM_ASSERT(x) ((void)0)

#endif
