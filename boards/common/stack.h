/* How deep the stack has been: it is painted at start, and read later. */
#ifndef WAFER_STACK_H
#define WAFER_STACK_H

#include <stddef.h>
#include <stdint.h>

#define STACK_PAINT 0xdeadc0deu

extern uint32_t stack_bottom[], stack_top[]; /* of the linker script */

/* Octets used at most since start, and reserved. */
size_t stack_used(void);
size_t stack_size(void);

#endif
