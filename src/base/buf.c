/* Appending to a bounded buffer, and what becomes of what does not fit. */
#include "base/buf.h"

#include <string.h>

void wafer_buf_init(struct wafer_buf *buf, void *data, size_t size)
{
    buf->data = data;
    buf->size = size;
    buf->len = 0;
    buf->overflow = false;
}

void wafer_buf_append(struct wafer_buf *buf, const void *data, size_t len)
{
    if (buf->overflow || len > buf->size - buf->len) {
        buf->overflow = true;
        return;
    }
    if (len > 0) { /* data may be NULL then, which memcpy must not see */
        memcpy(buf->data + buf->len, data, len);
        buf->len += len;
    }
}

void wafer_buf_byte(struct wafer_buf *buf, uint8_t byte)
{
    wafer_buf_append(buf, &byte, 1);
}

void wafer_buf_text(struct wafer_buf *buf, const char *text)
{
    wafer_buf_append(buf, text, strlen(text));
}

void wafer_buf_uint(struct wafer_buf *buf, uint32_t value)
{
    char digits[10];
    char *at = digits + sizeof digits;

    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    wafer_buf_append(buf, at, (size_t)(digits + sizeof digits - at));
}

const char *wafer_buf_string(struct wafer_buf *buf)
{
    if (buf->overflow || buf->len == buf->size) {
        buf->overflow = true;
        return "";
    }
    buf->data[buf->len] = 0;
    return (const char *)buf->data;
}

int wafer_buf_status(const struct wafer_buf *buf)
{
    if (buf->overflow) {
        return WAFER_E_SPACE;
    }
    return (int)buf->len;
}

int wafer_copy_string(char *to, size_t size, const char *from, size_t len)
{
    struct wafer_buf buf;

    wafer_buf_init(&buf, to, size);
    wafer_buf_append(&buf, from, len);
    wafer_buf_byte(&buf, 0);
    if (buf.overflow) {
        if (size > 0) {
            to[0] = 0;
        }
        return WAFER_E_SPACE;
    }
    return 0;
}
