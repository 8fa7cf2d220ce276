/* Text to the board's console, with as much of printf as a log needs. */
#include "console.h"
#include <stdarg.h>
#include "board.h"

static void put(char c)
{
    if (c == '\n')
        board_put('\r');
    board_put(c);
}

static void put_text(const char *text)
{
    for (; *text != '\0'; text++)
        put((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

static void put_number(uint32_t number, uint32_t base)
{
    char digits[10];
    size_t n = 0;
    do {
        digits[n++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    while (n > 0)
        put(digits[--n]);
}

static void put_signed(int number)
{
    if (number < 0)
        put('-');
    put_number(number < 0 ? -(uint32_t)number : (uint32_t)number, 10);
}

void console_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        switch (*++format) {
        case 's':
            put_text(va_arg(args, const char *));
            break;
        case 'd':
            put_signed(va_arg(args, int));
            break;
        case 'u':
            put_number(va_arg(args, unsigned), 10);
            break;
        case 'x':
            put_number(va_arg(args, unsigned), 16);
            break;
        case 'c':
            put((char)va_arg(args, int));
            break;
        default:
            put('%');
            break;
        }
    }
    va_end(args);
}
