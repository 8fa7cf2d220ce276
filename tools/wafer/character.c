/* Reads UTF-8, whatever an octet of it says. */
#include "character.h"

static bool goes_on(unsigned char c)
{
    return (c & 0xc0u) == 0x80u;
}

/* Octets of the character that begins so, 0: none does. */
static size_t octets_of(unsigned char first)
{
    static const struct {
        unsigned char mask, bits;
    } forms[] = {{0x80, 0}, {0xe0, 0xc0}, {0xf0, 0xe0}, {0xf8, 0xf0}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if ((first & forms[i].mask) == forms[i].bits) {
            return i + 1;
        }
    }
    return 0;
}

size_t character_take(const char *text, size_t len, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)text[0];
    size_t octets = octets_of(first);
    *code = CHARACTER_INVALID;
    if (octets == 0 || octets > len) {
        return 1;
    }
    uint32_t value = octets == 1 ? first : first & (0x7fu >> octets);
    for (size_t i = 1; i < octets; i++) {
        unsigned char c = (unsigned char)text[i];
        if (!goes_on(c)) {
            return 1;
        }
        value = value << 6 | (c & 0x3fu);
    }
    if (value < least[octets] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
        return 1;
    }
    *code = value;
    return octets;
}

bool character_is_control(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0, 0x1f},
        {0x7f, 0x9f},
        {0x61c, 0x61c},   /* Arabic letter mark */
        {0x200e, 0x200f}, /* left-to-right and right-to-left mark */
        {0x2028, 0x202e}, /* line and paragraph separator; embeddings and overrides */
        {0x2066, 0x2069}, /* isolates */
        {0xfff9, 0xfffb}, /* interlinear annotation */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}
