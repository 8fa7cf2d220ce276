/* The PEM decoder as a machine of states, octet by octet. */
#include "format/pem.h"

#include <string.h>
#include "format/base64url.h"

/* Where the next octet stands. */
enum state {
    LINE_START, /* of text, or inside the line that begins a block */
    TEXT,       /* in the middle of a line of text */
    BODY,       /* in the base64 of a block */
    END_LINE,   /* inside the line that ends a block */
    END_TAIL    /* behind it */
};

static const char begin_line[] = "-----BEGIN CERTIFICATE-----";
static const char end_line[] = "-----END CERTIFICATE-----";

void wafer_pem_init(struct wafer_pem *pem, void *memory, size_t size)
{
    memset(pem, 0, sizeof *pem);
    wafer_buf_init(&pem->der, memory, size);
}

static bool is_eol(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_space(char c)
{
    return is_eol(c) || c == ' ' || c == '\t';
}

static int feed_line_start(struct wafer_pem *pem, char c)
{
    if (c == begin_line[pem->matched]) {
        if (begin_line[++pem->matched] == 0) {
            wafer_pem_init(pem, pem->der.data, pem->der.size);
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
static int feed_base64(struct wafer_pem *pem, char c)
{
    int value = wafer_base64_value(c, "+/");

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
    for (int shift = 16; shift >= 8 * pem->padding; shift -= 8) {
        wafer_buf_byte(&pem->der, (uint8_t)(pem->bits >> shift));
    }
    if ((pem->bits & ~(~(uint32_t)0 << 8 * pem->padding)) != 0) {
        return WAFER_E_SYNTAX;
    }
    if (pem->der.overflow) {
        return WAFER_E_SPACE;
    }
    return 0;
}

static int feed_body(struct wafer_pem *pem, char c)
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

static int feed_end_line(struct wafer_pem *pem, char c)
{
    if (c != end_line[pem->matched]) {
        return WAFER_E_SYNTAX;
    }
    if (end_line[++pem->matched] != 0) {
        return 0;
    }
    pem->matched = 0;
    pem->state = END_TAIL;
    return 1;
}

/* The rest of a line: any text, but only blanks behind the end of a block. */
static int feed_rest(struct wafer_pem *pem, char c)
{
    if (is_eol(c)) {
        pem->state = LINE_START;
        return 0;
    }
    if (pem->state == END_TAIL && !is_space(c)) {
        return WAFER_E_SYNTAX;
    }
    return 0;
}

int wafer_pem_feed(struct wafer_pem *pem, char c)
{
    switch (pem->state) {
    case LINE_START:
        return feed_line_start(pem, c);
    case BODY:
        return feed_body(pem, c);
    case END_LINE:
        return feed_end_line(pem, c);
    default: /* TEXT, END_TAIL */
        return feed_rest(pem, c);
    }
}

int wafer_pem_end(const struct wafer_pem *pem)
{
    if (pem->matched != 0 || pem->state == BODY) {
        return WAFER_E_SYNTAX;
    }
    return 0;
}
