/* JSON from a text with places for strings. */
#include "format/json_writer.h"

#include <stdarg.h>

/* Quotation mark, reverse solidus and control characters must be escaped, nothing
 * else (RFC 8259 7). */
static void append_string(struct wafer_buf *out, const char *text)
{
    wafer_buf_byte(out, '"');
    for (; *text != 0; text++) {
        uint8_t c = (uint8_t)*text;
        if (c < 0x20) {
            wafer_buf_text(out, c < 0x10 ? "\\u000" : "\\u001");
            c = (uint8_t) "0123456789abcdef"[c & 15];
        } else if (c == '"' || c == '\\') {
            wafer_buf_byte(out, '\\');
        }
        wafer_buf_byte(out, c);
    }
    wafer_buf_byte(out, '"');
}

void wafer_jsonw(struct wafer_buf *out, const char *text, ...)
{
    va_list strings;

    va_start(strings, text);
    for (; *text != 0; text++) {
        if (*text != '%') {
            wafer_buf_byte(out, (uint8_t)*text);
        } else {
            append_string(out, va_arg(strings, const char *));
            text++; /* the "s" */
        }
    }
    va_end(strings);
}
