/* Text that is put together piece by piece, without printf: *to moves on, and what comes after end
 * is dropped. */
#ifndef WAFER_BOARD_TEXT_H
#define WAFER_BOARD_TEXT_H

#include <stdint.h>

static inline void add_text(char **to, char *end, const char *text)
{
    while (*text != '\0' && *to < end)
        *(*to)++ = *text++;
}

static inline void add_number(char **to, char *end, const char *label, uint32_t number)
{
    char digits[11], *p = digits + sizeof digits - 1;
    *p = '\0';
    do {
        *--p = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    add_text(to, end, label);
    add_text(to, end, p);
    add_text(to, end, "\n");
}

#endif
