/* Text on the UART. */
#ifndef WAFER_CONSOLE_H
#define WAFER_CONSOLE_H

/* Knows %s, %d (int), %u (unsigned), %x (unsigned), %c and %%. Control characters
 * of a string become "?": what a server sent can't move the cursor. */
void console_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
