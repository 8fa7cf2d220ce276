/* Any octets as a run of DER elements: what is read and written again is the same. */
#include <stdlib.h>
#include <string.h>
#include "format/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth) {
        abort();
    }
}

static void check_element(const uint8_t *start, int tag, const struct wafer_der *content)
{
    size_t whole = (size_t)(content->data + content->len - start);
    uint8_t *copy = malloc(whole);
    struct wafer_der_writer w;

    require(copy != NULL);
    wafer_der_begin(&w, copy, whole);
    wafer_der_primitive(&w, (uint8_t)tag, content->data, content->len);
    require(wafer_der_end(&w) == (int)whole); /* lengths are minimal, so it fits exactly */
    require(memcmp(copy, start, whole) == 0);

    if (tag == WAFER_DER_INTEGER && content->len > 0 && (content->data[0] & 0x80) == 0) {
        wafer_der_begin(&w, copy, whole);
        wafer_der_unsigned(&w, content->data, content->len);
        require(wafer_der_end(&w) <= (int)whole);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wafer_der in = {data, size}, content, inner;
    const uint8_t *start = data;
    int tag;

    while ((tag = wafer_der_next(&in, &content)) > 0) {
        require(content.data >= start + 2 && content.data + content.len == in.data &&
                in.data + in.len == data + size);
        check_element(start, tag, &content);
        inner = content;
        while (wafer_der_next(&inner, &content) > 0) {
            require(content.data + content.len == inner.data);
        }
        start = in.data;
    }
    require(tag == (in.len == 0 ? WAFER_E_NOT_FOUND : WAFER_E_SYNTAX));
    return 0;
}
