/* DER written from the end to the start, and read with every length checked. */
#include "format/der.h"

#include <string.h>

void wafer_der_begin(struct wafer_der_writer *w, uint8_t *data, size_t size)
{
    w->data = data;
    w->size = size;
    w->pos = size;
    w->overflow = false;
}

/* memmove: a caller may wrap what it wrote at the start of the same buffer. */
void wafer_der_raw(struct wafer_der_writer *w, const void *data, size_t len)
{
    if (w->overflow || len > w->pos) {
        w->overflow = true;
        return;
    }
    w->pos -= len;
    if (len > 0) {
        memmove(w->data + w->pos, data, len);
    }
}

void wafer_der_wrap(struct wafer_der_writer *w, uint8_t tag, size_t mark)
{
    size_t len = mark - w->pos;
    uint8_t header[2 + sizeof len];
    size_t at = sizeof header;
    size_t rest = len;

    do {
        header[--at] = (uint8_t)rest;
        rest >>= 8;
    } while (rest > 0);
    if (len >= 0x80) {
        size_t count = sizeof header - at;
        header[--at] = (uint8_t)(0x80u | count);
    }
    header[--at] = tag;
    wafer_der_raw(w, header + at, sizeof header - at);
}

void wafer_der_primitive(struct wafer_der_writer *w, uint8_t tag, const void *data, size_t len)
{
    size_t mark = w->pos;

    wafer_der_raw(w, data, len);
    wafer_der_wrap(w, tag, mark);
}

void wafer_der_unsigned(struct wafer_der_writer *w, const uint8_t *data, size_t len)
{
    static const uint8_t zero = 0;
    size_t mark = w->pos;

    while (len > 0 && *data == 0) {
        data++;
        len--;
    }
    wafer_der_raw(w, data, len);
    if (len == 0 || (*data & 0x80) != 0) {
        wafer_der_raw(w, &zero, 1);
    }
    wafer_der_wrap(w, WAFER_DER_INTEGER, mark);
}

int wafer_der_end(struct wafer_der_writer *w)
{
    size_t len = w->size - w->pos;

    if (w->overflow) {
        return WAFER_E_SPACE;
    }
    memmove(w->data, w->data + w->pos, len);
    w->pos = 0;
    return (int)len;
}

/* Reads a length (X.690 8.1.3, 10.1) of up to three octets after the first: no
 * certificate is longer. Returns the octets it takes, 0 when it is malformed. */
static size_t take_length(const uint8_t *data, size_t avail, size_t *len)
{
    size_t count, i;

    if (avail < 1) {
        return 0;
    }
    if (data[0] < 0x80) {
        *len = data[0];
        return 1;
    }
    count = data[0] & 0x7fu;
    if (count < 1 || count > 3 || avail <= count || data[1] == 0) {
        return 0;
    }
    *len = 0;
    for (i = 1; i <= count; i++) {
        *len = *len << 8 | data[i];
    }
    return *len >= 0x80 ? 1 + count : 0;
}

int wafer_der_next(struct wafer_der *in, struct wafer_der *content)
{
    size_t header, len = 0;
    uint8_t tag;

    if (in->len == 0) {
        return WAFER_E_NOT_FOUND;
    }
    tag = in->data[0];
    header = take_length(in->data + 1, in->len - 1, &len);
    if (header == 0 || tag == 0 || (tag & 0x1f) == 0x1f || len > in->len - 1 - header) {
        return WAFER_E_SYNTAX;
    }
    content->data = in->data + 1 + header;
    content->len = len;
    in->data = content->data + len;
    in->len -= 1 + header + len;
    return tag;
}

int wafer_der_expect(struct wafer_der *in, uint8_t tag, struct wafer_der *content)
{
    int found = wafer_der_next(in, content);

    return found == tag ? 0 : WAFER_E_SYNTAX;
}

int wafer_der_sequence(struct wafer_der *in, const char *tags, struct wafer_der *contents)
{
    for (; *tags != 0; tags++) {
        int rc = wafer_der_expect(in, (uint8_t)*tags, contents++);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

bool wafer_der_equals(const struct wafer_der *der, const void *data, size_t len)
{
    return der->len == len && memcmp(der->data, data, len) == 0;
}
