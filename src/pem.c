#include "pem.h"

#include <string.h>
#include "base64url.h"

#define LINE 64 /* characters of base64 (RFC 7468 2) */

enum state {
    LINE_START, /* of text, or inside the line that begins a block */
    TEXT,       /* in the middle of a line of text */
    BODY,
    END_LINE, /* inside the line that ends a block */
    END_TAIL  /* behind it */
};

static const char begin_line[] = "-----BEGIN CERTIFICATE-----";
static const char end_line[] = "-----END CERTIFICATE-----";

void wafer_pem_init(struct wafer_pem *pem, void *memory, size_t size)
{
    memset(pem, 0, sizeof *pem);
    wafer_buf_init(&pem->der, memory, size);
}

static int is_eol(uint8_t c)
{
    return c == '\n' || c == '\r';
}

static int is_space(uint8_t c)
{
    return is_eol(c) || c == ' ' || c == '\t';
}

static int feed_line_start(struct wafer_pem *pem, uint8_t c)
{
    if (c == (uint8_t)begin_line[pem->matched]) {
        if (begin_line[++pem->matched] == 0) {
            wafer_buf_init(&pem->der, pem->der.data, pem->der.size);
            pem->sextets = 0;
            pem->padding = 0;
            pem->state = BODY;
        }
        return 0;
    }
    /* Five "-" and no more announce a block: of another label, or the end of one
     * whose beginning got lost. */
    if (pem->matched >= 5 && (pem->matched > 5 || c != '-')) {
        return WAFER_E_SYNTAX;
    }
    pem->matched = 0;
    pem->state = is_eol(c) ? LINE_START : TEXT;
    return 0;
}

/* One character of base64; the bits that padding leaves over must be zero. */
static int feed_base64(struct wafer_pem *pem, uint8_t c)
{
    int value = wafer_base64_value(c, WAFER_BASE64_PEM);

    if (c == '=' && pem->sextets >= 2) {
        pem->padding++;
        value = 0;
    } else if (value < 0 || pem->padding > 0) {
        return WAFER_E_SYNTAX;
    }
    pem->bits = pem->bits << 6 | (uint32_t)value;
    if (++pem->sextets < 4) {
        return 0;
    }
    pem->sextets = 0;
    for (int i = 0; i < 3; i++) {
        uint8_t octet = (uint8_t)(pem->bits >> (16 - i * 8));
        if (i < 3 - pem->padding) {
            wafer_buf_byte(&pem->der, octet);
        } else if (octet != 0) {
            return WAFER_E_SYNTAX;
        }
    }
    return pem->der.overflow ? WAFER_E_SPACE : 0;
}

static int feed_body(struct wafer_pem *pem, uint8_t c)
{
    if (is_space(c)) {
        return 0;
    }
    if (c != '-') {
        return feed_base64(pem, c);
    }
    if (pem->sextets != 0 || pem->der.len == 0) {
        return WAFER_E_SYNTAX;
    }
    pem->matched = 1;
    pem->state = END_LINE;
    return 0;
}

/* Feeds one octet; 1: it ended a block. */
static int feed_octet(struct wafer_pem *pem, uint8_t c)
{
    switch (pem->state) {
    case LINE_START:
        return feed_line_start(pem, c);
    case BODY:
        return feed_body(pem, c);
    case END_LINE:
        if (c != (uint8_t)end_line[pem->matched]) {
            return WAFER_E_SYNTAX;
        }
        if (end_line[++pem->matched] != 0) {
            return 0;
        }
        pem->matched = 0;
        pem->state = END_TAIL;
        return 1;
    default:
        if (is_eol(c)) {
            pem->state = LINE_START;
        }
        return pem->state == END_TAIL && !is_space(c) ? WAFER_E_SYNTAX : 0;
    }
}

int wafer_pem_feed(struct wafer_pem *pem, const uint8_t *data, size_t len, int *block)
{
    size_t taken = 0;

    *block = 0;
    while (taken < len && *block == 0) {
        int status = feed_octet(pem, data[taken++]);
        if (status < 0) {
            return status;
        }
        *block = status;
    }
    return (int)taken;
}

int wafer_pem_end(const struct wafer_pem *pem)
{
    return pem->matched == 0 && pem->state != BODY ? 0 : WAFER_E_SYNTAX;
}

static void append_boundary(struct wafer_buf *out, const char *begin_or_end, const char *label)
{
    wafer_buf_text(out, begin_or_end);
    wafer_buf_text(out, label);
    wafer_buf_text(out, "-----\n");
}

void wafer_pem_append(struct wafer_buf *out, const char *label, const uint8_t *der, size_t len)
{
    append_boundary(out, "-----BEGIN ", label);
    while (len > 0) {
        size_t n = len < LINE / 4 * 3 ? len : LINE / 4 * 3, start = out->len;
        wafer_buf_append(out, der, n);
        wafer_base64_in_place(out, start, WAFER_BASE64_PEM);
        for (size_t i = n; i % 3 != 0; i++) {
            wafer_buf_byte(out, '=');
        }
        wafer_buf_byte(out, '\n');
        der += n;
        len -= n;
    }
    append_boundary(out, "-----END ", label);
}

size_t wafer_pem_size(const char *label, size_t der_len)
{
    size_t digits = (der_len + 2) / 3 * 4;

    return sizeof "-----BEGIN -----\n-----END -----\n" - 1 + 2 * strlen(label) + digits +
           (digits + LINE - 1) / LINE;
}
