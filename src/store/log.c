#include "store/log.h"
#include <string.h>
#include "base/crc32.h"

#if WAFER_PROGRAM_UNIT_MAX > WAFER_STORE_PART
#error "WAFER_PROGRAM_UNIT_MAX is at most WAFER_STORE_PART"
#endif

#define CHUNK   64          /* octets compared or checked at once */
#define MAGIC   0x72666177u /* "wafr" */
#define VERSION 1u

static uint32_t get32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++, value >>= 8) {
        at[i] = (uint8_t)value;
    }
}

uint32_t wafer_log_align(const struct wafer_flash *flash, uint32_t octets)
{
    uint32_t step = flash->program_unit < WAFER_ENTRY_HEADER ? WAFER_ENTRY_HEADER : flash->program_unit;

    return (octets + step - 1) & ~(step - 1);
}

int wafer_log_read(const struct wafer_flash *flash, uint32_t address, void *to, uint32_t len)
{
    return flash->read(flash->ctx, address, to, len) < 0 ? WAFER_E_FLASH : 0;
}

int wafer_log_sync(const struct wafer_flash *flash)
{
    return flash->sync(flash->ctx) < 0 ? WAFER_E_FLASH : 0;
}

int wafer_log_program(const struct wafer_flash *flash, uint32_t address, const uint8_t *data, uint32_t len)
{
    uint8_t back[CHUNK];

    if (flash->program(flash->ctx, address, data, len) < 0) {
        return WAFER_E_FLASH;
    }
    for (uint32_t at = 0, n; at < len; at += n) {
        n = len - at < CHUNK ? len - at : CHUNK;
        if (wafer_log_read(flash, address + at, back, n) < 0 || memcmp(back, data + at, n) != 0) {
            return WAFER_E_FLASH;
        }
    }
    return 0;
}

/* --- block headers --- */

static void header_encode(const struct wafer_flash *flash, uint32_t block, const struct wafer_block *header,
                          uint8_t raw[WAFER_BLOCK_HEADER])
{
    const uint32_t words[7] = {MAGIC,
                               VERSION | flash->program_unit << 16,
                               flash->block_size / 512 | flash->block_count << 16,
                               header->sequence,
                               header->floor,
                               header->next,
                               header->erases};

    for (int i = 0; i < 7; i++) {
        put32(raw + 4 * i, words[i]);
    }
    put32(raw + 28, wafer_crc32(block, raw, 28));
}

/* A header is right when it is what its own numbers encode to. */
static bool header_decode(const struct wafer_flash *flash, uint32_t block,
                          const uint8_t raw[WAFER_BLOCK_HEADER], struct wafer_block *header)
{
    uint8_t expected[WAFER_BLOCK_HEADER];

    header->sequence = get32(raw + 12);
    header->floor = get32(raw + 16);
    header->next = get32(raw + 20);
    header->erases = get32(raw + 24);
    if (header->sequence >= WAFER_SEQUENCE_END || header->floor >= header->sequence ||
        header->next - 1 >= WAFER_SEQUENCE_END - 1) {
        return false;
    }
    header_encode(flash, block, header, expected);
    return memcmp(raw, expected, sizeof expected) == 0;
}

int wafer_block_read(const struct wafer_flash *flash, uint32_t block, struct wafer_block *header)
{
    uint8_t raw[WAFER_BLOCK_HEADER];
    int rc = wafer_log_read(flash, block * flash->block_size, raw, sizeof raw);

    if (rc < 0) {
        return rc;
    }
    if (header_decode(flash, block, raw, header)) {
        return 1;
    }
    /* So much hangs on a header that one flipped bit is worth finding. */
    uint32_t wrong = get32(raw) ^ MAGIC;
    if ((wrong & (wrong - 1)) != 0) {
        return 0; /* more than one in the first octets */
    }
    for (unsigned bit = 0; bit < sizeof raw * 8; bit++) {
        raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (header_decode(flash, block, raw, header)) {
            return 1;
        }
        raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    return 0;
}

int wafer_block_write(const struct wafer_flash *flash, uint32_t block, const struct wafer_block *header)
{
    uint8_t raw[WAFER_STORE_PART];
    uint32_t len = wafer_log_align(flash, WAFER_BLOCK_HEADER);

    memset(raw, flash->erased, len);
    header_encode(flash, block, header, raw);
    return wafer_log_program(flash, block * flash->block_size, raw, len);
}

int wafer_log_head(struct wafer_store *store, uint32_t *next)
{
    struct wafer_block header;
    int rc = 0;

    for (uint32_t block = 0; rc >= 0 && block < store->flash->block_count; block++) {
        rc = wafer_block_read(store->flash, block, &header);
        if (rc > 0 && header.sequence > store->block_sequence) {
            store->head = block;
            store->offset = store->flash->block_size; /* not known yet */
            store->block_sequence = header.sequence;
            store->floor = header.floor;
            *next = header.next;
        }
    }
    return rc < 0 ? rc : 0;
}

/* --- erased --- */

int wafer_log_erased(const struct wafer_flash *flash, uint32_t address, uint32_t len)
{
    uint8_t chunk[CHUNK];

    for (uint32_t n; len > 0; address += n, len -= n) {
        n = len < CHUNK ? len : CHUNK;
        int rc = wafer_log_read(flash, address, chunk, n);
        if (rc < 0) {
            return rc;
        }
        for (uint32_t i = 0; i < n; i++) {
            if (chunk[i] != flash->erased) {
                return 1;
            }
        }
    }
    return 0;
}

int wafer_log_erase(const struct wafer_flash *flash, uint32_t block)
{
    uint32_t size = flash->block_size;

    return flash->erase(flash->ctx, block) == 0 && wafer_log_erased(flash, block * size, size) == 0
               ? 0
               : WAFER_E_FLASH;
}

int wafer_log_blank(const struct wafer_flash *flash)
{
    static const struct wafer_block first = {1, 0, 1, 1};
    uint8_t raw[WAFER_BLOCK_HEADER], expected[WAFER_BLOCK_HEADER];
    int rc = wafer_log_erased(flash, WAFER_BLOCK_HEADER,
                              flash->block_size * flash->block_count - WAFER_BLOCK_HEADER);

    if (rc < 0 || wafer_log_read(flash, 0, raw, sizeof raw) < 0) {
        return WAFER_E_FLASH;
    }
    header_encode(flash, 0, &first, expected);
    for (unsigned i = 0; i < sizeof raw; i++) {
        /* A torn header has only such bits programmed as the header has. */
        if (((raw[i] ^ flash->erased) & ~(expected[i] ^ flash->erased)) != 0) {
            rc = 1;
        }
    }
    return rc == 0 ? WAFER_E_BLANK : WAFER_E_STORE_FORMAT;
}

/* --- records --- */

/* Checksums start from where the record is, so that octets which look like a record
 * are none elsewhere, nor in an earlier life of the block. */
static uint32_t seed(uint32_t block_sequence, uint32_t offset)
{
    return block_sequence * 0x9e3779b1u ^ offset;
}

int wafer_entry_write(const struct wafer_flash *flash, uint32_t block_sequence,
                      const struct wafer_entry *entry, uint8_t *buffer)
{
    uint32_t used = WAFER_ENTRY_HEADER + (uint32_t)entry->length, stride = wafer_log_align(flash, used), crc;

    buffer[0] = entry->kind;
    buffer[1] = entry->slot;
    buffer[2] = entry->flags;
    buffer[3] = entry->length;
    put32(buffer + 4, entry->sequence);
    buffer[8] = (uint8_t)entry->part;
    buffer[9] = (uint8_t)(entry->part >> 8);
    crc = wafer_crc32(seed(block_sequence, entry->offset), buffer, 10);
    buffer[10] = (uint8_t)crc;
    buffer[11] = (uint8_t)(crc >> 8);
    crc = wafer_crc32(crc, buffer + 10, 2);
    put32(buffer + 12, wafer_crc32(crc, buffer + WAFER_ENTRY_HEADER, entry->length));
    memset(buffer + used, flash->erased, stride - used);
    return wafer_log_program(flash, entry->block * flash->block_size + entry->offset, buffer, stride);
}

/* Whether `raw` is a record's header at the cursor; fills its entry. */
static bool entry_decode(struct wafer_cursor *cursor, const uint8_t raw[WAFER_ENTRY_HEADER])
{
    struct wafer_entry *entry = &cursor->entry;
    uint32_t crc = wafer_crc32(seed(cursor->sequence, cursor->offset), raw, 10);

    entry->block = cursor->block;
    entry->offset = cursor->offset;
    entry->kind = raw[0];
    entry->slot = raw[1];
    entry->flags = raw[2];
    entry->length = raw[3];
    entry->overhead = raw[2] & WAFER_FLAG_ENCRYPTED ? WAFER_SEAL_SIZE : 0;
    entry->sequence = get32(raw + 4);
    entry->part = get16(raw + 8);
    entry->so_far = wafer_crc32(crc, raw + 10, 2);
    entry->crc = get32(raw + 12);
    return get16(raw + 10) == (uint16_t)crc && entry->length <= WAFER_ENTRY_MAX &&
           entry->length >= entry->overhead && entry->sequence - 1 < WAFER_SEQUENCE_END - 1 &&
           (entry->kind == 0) == ((entry->flags & WAFER_FLAG_COMMIT) != 0) &&
           entry->offset + WAFER_ENTRY_HEADER + entry->length <= cursor->store->flash->block_size;
}

int wafer_entry_intact(const struct wafer_flash *flash, const struct wafer_entry *entry)
{
    uint8_t chunk[CHUNK];
    uint32_t address = entry->block * flash->block_size + entry->offset + WAFER_ENTRY_HEADER;
    uint32_t left = entry->length, crc = entry->so_far;

    for (uint32_t n; left > 0; address += n, left -= n) {
        n = left < CHUNK ? left : CHUNK;
        int rc = wafer_log_read(flash, address, chunk, n);
        if (rc < 0) {
            return rc;
        }
        crc = wafer_crc32(crc, chunk, n);
    }
    return crc == entry->crc && (entry->kind != 0 || entry->flags != 0);
}

/* --- the cursor --- */

uint32_t wafer_log_after(const struct wafer_store *store, uint32_t block)
{
    return block + 1 == store->flash->block_count ? 0 : block + 1;
}

void wafer_cursor_start(struct wafer_cursor *cursor, struct wafer_store *store, uint32_t block)
{
    memset(cursor, 0, sizeof *cursor);
    cursor->store = store;
    cursor->left = store->flash->block_count;
    cursor->next = block < cursor->left ? block : 0;
    cursor->offset = store->flash->block_size;
    cursor->sequence = store->floor;
}

void wafer_cursor_rewind(struct wafer_cursor *cursor, struct wafer_store *store)
{
    wafer_cursor_start(cursor, store, wafer_log_after(store, store->head));
}

int wafer_cursor_block(struct wafer_cursor *cursor)
{
    struct wafer_store *store = cursor->store;
    struct wafer_block header;

    while (cursor->left > 0) {
        cursor->left--;
        cursor->block = cursor->next;
        cursor->next = wafer_log_after(store, cursor->block);
        if (cursor->block == wafer_log_after(store, store->head)) {
            cursor->sequence = store->floor; /* here the log begins */
        }
        int rc = wafer_block_read(store->flash, cursor->block, &header);
        if (rc < 0) {
            return rc;
        }
        if (rc > 0 && header.sequence > cursor->sequence &&
            (header.sequence < store->block_sequence || cursor->block == store->head)) {
            cursor->sequence = header.sequence;
            cursor->offset = wafer_log_align(store->flash, WAFER_BLOCK_HEADER);
            cursor->damage = false;
            return 1;
        }
    }
    return 0;
}

/* Behind damage a record may follow at any step: its payload's octets cannot be
 * told from erased ones, but are at most a part. Returns whether to report it. */
static bool skip_damage(struct wafer_cursor *cursor, const uint8_t raw[WAFER_ENTRY_HEADER])
{
    const struct wafer_flash *flash = cursor->store->flash;
    uint32_t step = wafer_log_align(flash, 1);
    bool first = !cursor->damage, erased = true;

    for (int i = 0; i < WAFER_ENTRY_HEADER; i++) {
        erased = erased && raw[i] == flash->erased;
    }
    cursor->erased = erased ? cursor->erased + step : 0;
    if (erased && (first || cursor->erased > WAFER_STORE_PART)) {
        cursor->offset = flash->block_size;
        return false;
    }
    cursor->offset += step;
    cursor->damage = true;
    return first;
}

int wafer_cursor_next(struct wafer_cursor *cursor)
{
    const struct wafer_flash *flash = cursor->store->flash;
    uint8_t raw[WAFER_ENTRY_HEADER];

    for (;;) {
        if (cursor->offset + WAFER_ENTRY_HEADER > flash->block_size) {
            int rc = wafer_cursor_block(cursor);
            if (rc <= 0) {
                return rc;
            }
        }
        int rc = wafer_log_read(flash, cursor->block * flash->block_size + cursor->offset, raw, sizeof raw);
        if (rc < 0) {
            return rc;
        }
        if (entry_decode(cursor, raw)) {
            cursor->offset += wafer_log_align(flash, WAFER_ENTRY_HEADER + (uint32_t)cursor->entry.length);
            cursor->damage = false;
            return 1;
        }
        if (skip_damage(cursor, raw)) {
            cursor->entry.kind = cursor->entry.flags = cursor->entry.length = cursor->entry.overhead = 0;
            cursor->entry.sequence = cursor->entry.part = cursor->entry.slot = 0;
            return 1;
        }
    }
}
