/* The PEM decoder: a state machine over the octets, so that no line need be kept. */
#include "wafer/pem.h"

#include <stdbool.h>
#include <string.h>
#include "format/base64url.h"

enum state {
    LINE_START, /* of text, or inside the line that begins a block */
    TEXT,       /* in the middle of a line of text */
    BODY,
    END_LINE, /* inside the line that ends a block */
    END_TAIL  /* behind it */
};

static const char begin_line[] = "-----BEGIN ";
static const char end_line[] = "-----END ";
#define BEGIN_LEN (sizeof begin_line - 1)
#define END_LEN   (sizeof end_line - 1)

void wafer_pem_init(struct wafer_pem *pem, const char *labels, enum wafer_pem_others others, void *memory,
                    size_t size)
{
    memset(pem, 0, sizeof *pem);
    pem->labels = labels;
    pem->others = (uint8_t)others;
    pem->der = memory;
    pem->size = size;
}

static bool is_eol(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_space(char c)
{
    return is_eol(c) || c == ' ' || c == '\t';
}

/* Looks for a label that goes on with `c` after what has matched of the present one,
 * the present one first. Returns where it begins, NULL when there is none. */
static const char *find_label(const struct wafer_pem *pem, char c)
{
    const char *present = pem->labels + pem->label;
    size_t len = pem->matched - BEGIN_LEN;

    for (const char *label = present; *label != 0; label += strlen(label) + 1) {
        if (strncmp(label, present, len) == 0 && label[len] == c && c != 0) {
            return label;
        }
    }
    return NULL;
}

/* One more octet of the line that begins a block. Returns whether it still can be one. */
static bool match_begin(struct wafer_pem *pem, char c)
{
    if (pem->matched < BEGIN_LEN) {
        pem->label = 0;
        return begin_line[pem->matched] == c;
    }
    const char *label = find_label(pem, c);
    if (label == NULL) {
        return false;
    }
    pem->label = (uint8_t)(label - pem->labels);
    return true;
}

static int feed_line_start(struct wafer_pem *pem, char c)
{
    if (match_begin(pem, c)) {
        pem->matched++;
        if (pem->matched > BEGIN_LEN && pem->labels[pem->label + pem->matched - BEGIN_LEN] == 0) {
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
    return (pem->bits & ~(~(uint32_t)0 << 8 * pem->padding)) != 0 ? WAFER_E_SYNTAX : 0;
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
    const char *label = pem->labels + pem->label;
    char wanted = pem->matched < END_LEN ? end_line[pem->matched] : label[pem->matched - END_LEN];

    if (c != wanted) {
        return WAFER_E_SYNTAX;
    }
    pem->matched++;
    if (pem->matched < END_LEN || label[pem->matched - END_LEN] != 0) {
        return 0;
    }
    pem->matched = 0;
    pem->state = END_TAIL;
    return 1;
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
    default:
        if (is_eol(c)) {
            pem->state = LINE_START;
        }
        return pem->state == END_TAIL && !is_space(c) ? WAFER_E_SYNTAX : 0;
    }
}

int wafer_pem_end(const struct wafer_pem *pem)
{
    return pem->matched == 0 && pem->state != BODY ? 0 : WAFER_E_SYNTAX;
}
