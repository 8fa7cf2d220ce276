/* The formatter behind all that the command prints. */
#include "output.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include "character.h"

static char stdout_buffer[1024], stderr_buffer[512];
struct output standard_output = {STDOUT_FILENO, stdout_buffer, sizeof stdout_buffer, 0, false, 0};
struct output standard_error = {STDERR_FILENO, stderr_buffer, sizeof stderr_buffer, 0, false, 0};
bool (*output_await)(int descriptor);

struct output output_to_memory(char *text, size_t size)
{
    return (struct output){-1, text, size - 1, 0, false, 0};
}

const char *output_string(struct output *out)
{
    out->data[out->len] = 0;
    return out->data;
}

static bool note_failure(struct output *out, int error)
{
    out->failed = true;
    out->os_error = error;
    return false;
}

/* Writes what there is room for. Returns whether to go on. */
static bool write_some(struct output *out, size_t *done)
{
    bool room = output_await == NULL || output_await(out->fd);
    if (!room) {
        return note_failure(out, EINTR);
    }
    ssize_t n = write(out->fd, out->data + *done, out->len - *done);
    if (n >= 0) {
        *done += (size_t)n;
        return true;
    }
    bool later = errno == EINTR || errno == EAGAIN; /* EAGAIN: whoever opened it does not like to wait */
    return later && output_await != NULL ? true : note_failure(out, errno);
}

void output_flush(struct output *out)
{
    size_t done = 0;
    bool more = true;
    if (out->fd < 0) {
        return;
    }
    while (done < out->len && more) {
        more = write_some(out, &done);
    }
    out->len = 0;
}

void output_bytes(struct output *out, const char *data, size_t len)
{
    while (len > 0) {
        size_t n = out->size - out->len;
        if (n == 0 && out->fd < 0) {
            out->failed = true;
            return;
        }
        if (n == 0) {
            output_flush(out);
            continue;
        }
        n = n < len ? n : len;
        memcpy(out->data + out->len, data, n);
        out->len += n;
        data += n;
        len -= n;
    }
}

static void fill(struct output *out, char c, int count)
{
    while (count-- > 0) {
        output_bytes(out, &c, 1);
    }
}

struct directive {
    bool left, zero;
    int width, precision; /* -1: none */
    int longs;            /* how many "l"; "z" counts as one */
};

static const char *parse_number(const char *p, va_list *args, int *value)
{
    *value = 0;
    if (*p == '*') {
        *value = va_arg(*args, int);
        return p + 1;
    }
    for (; *p >= '0' && *p <= '9'; p++) {
        *value = *value * 10 + (*p - '0');
    }
    return p;
}

static const char *parse_directive(const char *p, va_list *args, struct directive *d)
{
    *d = (struct directive){.precision = -1};
    for (; *p == '-' || *p == '0'; p++) {
        d->left = d->left || *p == '-';
        d->zero = d->zero || *p == '0';
    }
    p = parse_number(p, args, &d->width);
    if (*p == '.') {
        p = parse_number(p + 1, args, &d->precision);
    }
    for (; *p == 'l' || *p == 'z'; p++) {
        d->longs++;
    }
    return p;
}

/* For a person: what is no character, and what a terminal might obey, is a question mark. */
static void put_clean(struct output *out, const char *text, size_t len)
{
    for (size_t at = 0, step; at < len; at += step) {
        uint32_t code;
        step = character_take(text + at, len - at, &code);
        if (code == CHARACTER_INVALID || character_is_control(code)) {
            output_bytes(out, "?", 1);
        } else {
            output_bytes(out, text + at, step);
        }
    }
}

static void put_text(struct output *out, const struct directive *d, const char *text)
{
    size_t len = 0;
    while ((d->precision < 0 || len < (size_t)d->precision) && text[len] != 0) {
        len++;
    }
    int pad = d->width - (int)(d->precision < 0 ? text_columns(text) : len);
    fill(out, ' ', d->left ? 0 : pad);
    if (out->fd >= 0) {
        put_clean(out, text, len);
    } else { /* a path, or what goes out by another way later */
        output_bytes(out, text, len);
    }
    fill(out, ' ', d->left ? pad : 0);
}

/* Divides by a small number, 16 bits at a time: a 64-bit division takes kilobytes where
 * the processor has none. Returns the remainder. */
static uint32_t divide(uint64_t *value, uint32_t divisor)
{
    uint64_t quotient = 0;
    uint32_t rest = 0;
    for (int shift = 48; shift >= 0; shift -= 16) {
        uint32_t part = rest << 16 | (uint32_t)(*value >> shift & 0xffff);
        quotient = quotient << 16 | part / divisor;
        rest = part % divisor;
    }
    *value = quotient;
    return rest;
}

static void put_number(struct output *out, const struct directive *d, bool minus, uint64_t value,
                       unsigned base)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[divide(&value, base)];
    } while (value > 0);
    int pad = d->width - (int)(sizeof digits - at) - minus;
    fill(out, ' ', d->left || d->zero ? 0 : pad);
    fill(out, '-', minus);
    fill(out, '0', d->zero && !d->left ? pad : 0);
    output_bytes(out, digits + at, sizeof digits - at);
    fill(out, ' ', d->left ? pad : 0);
}

static void put_signed(struct output *out, const struct directive *d, va_list *args)
{
    int64_t value;
    if (d->longs > 1) {
        value = va_arg(*args, long long);
    } else if (d->longs == 1) {
        value = va_arg(*args, long);
    } else {
        value = va_arg(*args, int);
    }
    put_number(out, d, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

static void put_unsigned(struct output *out, const struct directive *d, va_list *args, unsigned base)
{
    uint64_t value;
    if (d->longs > 1) {
        value = va_arg(*args, unsigned long long);
    } else if (d->longs == 1) {
        value = va_arg(*args, unsigned long);
    } else {
        value = va_arg(*args, unsigned);
    }
    put_number(out, d, false, value, base);
}

static void put_directive(struct output *out, char type, const struct directive *d, va_list *args)
{
    char c[2] = {type, 0};
    const char *text;
    switch (type) {
    case 's':
        text = va_arg(*args, const char *);
        put_text(out, d, text != NULL ? text : "");
        break;
    case 'd':
        put_signed(out, d, args);
        break;
    case 'u':
        put_unsigned(out, d, args, 10);
        break;
    case 'x':
        put_unsigned(out, d, args, 16);
        break;
    case 'c':
        c[0] = (char)va_arg(*args, int);
        output_bytes(out, c, 1);
        break;
    default:
        output_bytes(out, c, 1);
    }
}

void output_vformat(struct output *out, const char *format, va_list args)
{
    va_list list;
    va_copy(list, args);
    while (*format != 0) {
        size_t plain = strcspn(format, "%");
        output_bytes(out, format, plain);
        format += plain;
        if (*format == '%') {
            struct directive d;
            format = parse_directive(format + 1, &list, &d);
            put_directive(out, *format, &d, &list);
            format += *format != 0;
        }
    }
    va_end(list);
}

void output_format(struct output *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    output_vformat(out, format, args);
    va_end(args);
}

bool text_format(char *text, size_t size, const char *format, ...)
{
    struct output out = output_to_memory(text, size);
    va_list args;
    va_start(args, format);
    output_vformat(&out, format, args);
    va_end(args);
    (void)output_string(&out);
    return !out.failed;
}

size_t text_columns(const char *text)
{
    size_t columns = 0;
    for (; *text != 0; text++) {
        columns += ((unsigned char)*text & 0xc0u) != 0x80u;
    }
    return columns;
}

bool text_contains(const char *text, const char *part)
{
    size_t len = strlen(part);
    for (; *text != 0; text++) {
        if (strncmp(text, part, len) == 0) {
            return true;
        }
    }
    return false;
}
