/* The PEM decoder: a state machine over the octets, so that no line need be kept. */
#include "wafer/pem.h"

#include <stdbool.h>
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

void wafer_pem_init(struct wafer_pem *pem, const char *label, enum wafer_pem_others others, void *memory,
                    size_t size)
{
    memset(pem, 0, sizeof *pem);
    pem->label = label;
    pem->others = (uint8_t)others;
    pem->der = memory;
    pem->size = size;
}

/* The octet that the line "-----BEGIN LABEL-----" or "-----END LABEL-----" needs next, 0
 * behind its end. */
static char next_of_line(const struct wafer_pem *pem)
{
    const char *start = pem->state == END_LINE ? "-----END " : "-----BEGIN ";
    size_t at = pem->matched, start_len = strlen(start), label_len = strlen(pem->label);

    if (at < start_len) {
        return start[at];
    }
    at -= start_len;
    if (at < label_len) {
        return pem->label[at];
    }
    return at < label_len + 5 ? '-' : 0;
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
    if (c == next_of_line(pem)) {
        pem->matched++;
        if (next_of_line(pem) == 0) {
            pem->matched = 0;
            pem->padding = 0;
            pem->len = 0;
            pem->state = BODY;
        }
        return 0;
    }
    /* Five "-" and no more announce a block: of another label, or the end of one
     * whose beginning got lost. */
    if (pem->matched >= 5 && (pem->matched > 5 || c != '-') && pem->others == WAFER_PEM_REFUSE_OTHERS) {
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
        if (pem->len == pem->size) {
            return WAFER_E_SPACE;
        }
        pem->der[pem->len++] = (uint8_t)(pem->bits >> shift);
    }
    if ((pem->bits & ~(~(uint32_t)0 << 8 * pem->padding)) != 0) {
        return WAFER_E_SYNTAX;
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
    if (pem->sextets != 0 || pem->len == 0) {
        return WAFER_E_SYNTAX;
    }
    pem->matched = 1;
    pem->state = END_LINE;
    return 0;
}

static int feed_end_line(struct wafer_pem *pem, char c)
{
    if (c != next_of_line(pem)) {
        return WAFER_E_SYNTAX;
    }
    pem->matched++;
    if (next_of_line(pem) != 0) {
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
