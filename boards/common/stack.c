/* How deep the stack has been: looks for the first word that is not painted any more. */
#include "stack.h"

size_t stack_used(void)
{
    const volatile uint32_t *p = stack_bottom;
    while (p < stack_top && *p == STACK_PAINT)
        p++;
    return (size_t)((uintptr_t)stack_top - (uintptr_t)p);
}

size_t stack_size(void)
{
    return (size_t)((uintptr_t)stack_top - (uintptr_t)stack_bottom);
}
