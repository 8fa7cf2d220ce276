/* The compiler and the system, for lwIP in a test program. */
#ifndef TEST_LWIP_CC_H
#define TEST_LWIP_CC_H

#include <stdint.h>
#include <stdlib.h>

#define LWIP_ERRNO_STDINCLUDE   1
#define LWIP_RAND()             stack_random()
#define LWIP_PLATFORM_DIAG(x)   ((void)0)
#define LWIP_PLATFORM_ASSERT(x) stack_assert(x)

uint32_t stack_random(void);
_Noreturn void stack_assert(const char *what);

#endif
