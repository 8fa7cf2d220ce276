/* Reads the configuration page, whose items config.h describes. */
#include "config.h"
#include <string.h>
#include "board.h"

struct item {
    const uint8_t *data;
    size_t len;
};

static unsigned u16(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

/* Takes the item at *at, an offset in the page, which moves behind it. Returns its kind, 0 at the
 * end of the page; *at is 0 then if the page breaks off. */
static unsigned take(size_t *at, struct item *item)
{
    const uint8_t *p = board_config_page + *at;
    size_t left = BOARD_CONFIG_SIZE - *at;
    if (left >= 4 && (p[0] == 0 || p[0] == 0xff))
        return 0;
    *at = 0;
    if (left < 4)
        return 0;
    item->data = p + 4;
    item->len = u16(p + 2);
    size_t step = 4 + ((item->len + 3) & ~(size_t)3);
    if (step > left)
        return 0;
    *at = (size_t)(p - board_config_page) + step;
    return p[0];
}

/* Where the first item is; the page's end when it is none. */
static size_t first(void)
{
    return memcmp(board_config_page, "wfr1", 4) == 0 ? 4 : BOARD_CONFIG_SIZE;
}

/* Item number `index` of a kind; len 0 when there is none. */
static struct item find(enum config_kind kind, unsigned index)
{
    size_t at = first();
    struct item item, none = {NULL, 0};
    for (unsigned found; (found = take(&at, &item)) != 0;) {
        if (found == kind && index-- == 0)
            return item;
    }
    return none;
}

bool config_is_sound(void)
{
    static const uint8_t sizes[] = {
        [CONFIG_NTP_PORT] = 4,
        [CONFIG_ADDRESS] = 6,
        [CONFIG_DROP] = 4,
        [CONFIG_RENEW] = 4,
        [CONFIG_STORE_KEY] = BOARD_STORE_KEY_SIZE,
    };
    size_t at = first();
    struct item item;
    if (at == BOARD_CONFIG_SIZE)
        return true;
    for (unsigned kind; (kind = take(&at, &item)) != 0;) {
        if (kind < sizeof sizes && sizes[kind] != 0 && item.len != sizes[kind])
            return false;
    }
    return at != 0;
}

const char *config_text(enum config_kind kind, unsigned index)
{
    struct item item = find(kind, index);
    if (item.len == 0 || item.data[item.len - 1] != '\0')
        return NULL;
    return (const char *)item.data;
}

uint32_t config_number(enum config_kind kind, uint32_t otherwise)
{
    struct item item = find(kind, 0);
    return item.data != NULL ? u16(item.data) | (uint32_t)u16(item.data + 2) << 16 : otherwise;
}

const uint8_t *config_address(void)
{
    static const uint8_t local[6] = {0x02, 0x77, 0x61, 0x66, 0x65, 0x72};
    struct item item = find(CONFIG_ADDRESS, 0);
    return item.data != NULL ? item.data : local;
}

const uint8_t *config_store_key(void)
{
    struct item item = find(CONFIG_STORE_KEY, 0);
    return item.data;
}

/* BearSSL's structures have no const: it does not write to them. */
static int read_anchor(struct item item, br_x509_trust_anchor *anchor)
{
    if (item.len < 8)
        return -1;
    size_t dn = u16(item.data + 2), a = u16(item.data + 4), b = u16(item.data + 6);
    unsigned char *p = (unsigned char *)(uintptr_t)item.data + 8;
    if (item.len != 8 + dn + a + b)
        return -1;
    memset(anchor, 0, sizeof *anchor);
    anchor->dn.data = p;
    anchor->dn.len = dn;
    anchor->flags = BR_X509_TA_CA;
    anchor->pkey.key_type = item.data[0];
    if (item.data[0] == BR_KEYTYPE_EC) {
        anchor->pkey.key.ec.curve = item.data[1];
        anchor->pkey.key.ec.q = p + dn;
        anchor->pkey.key.ec.qlen = a;
    } else {
        anchor->pkey.key.rsa.n = p + dn;
        anchor->pkey.key.rsa.nlen = a;
        anchor->pkey.key.rsa.e = p + dn + a;
        anchor->pkey.key.rsa.elen = b;
    }
    return 0;
}

size_t config_anchors(br_x509_trust_anchor *list, size_t max)
{
    size_t count = 0;
    for (unsigned i = 0; count < max; i++) {
        struct item item = find(CONFIG_ANCHOR, i);
        if (item.len == 0)
            break;
        int rc = read_anchor(item, &list[count]);
        if (rc == 0)
            count++;
    }
    return count;
}
