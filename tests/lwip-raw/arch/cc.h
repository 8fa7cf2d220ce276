/* port/lwip/arch/cc.h for a test on the host: an assertion that fails ends it. */
#ifndef TEST_RAW_CC_H
#define TEST_RAW_CC_H

#include <stdint.h>
#include <stdlib.h>

typedef uint32_t sys_prot_t;

uint32_t wafer_lwip_random(void);
#define LWIP_RAND()             wafer_lwip_random()
#define LWIP_PLATFORM_DIAG(x)   ((void)0)
#define LWIP_PLATFORM_ASSERT(x) abort()

#endif
