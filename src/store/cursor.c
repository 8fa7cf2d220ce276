/* Which blocks are the log, and where in them records begin, also behind damage. */
#include "store/cursor.h"
#include <stddef.h>
#include <string.h>
#include "store/block.h"
#include "store/flash.h"

uint32_t wafer_cursor_after(const struct wafer_store *store, uint32_t block)
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
    wafer_cursor_start(cursor, store, wafer_cursor_after(store, store->head));
}

/* Whether a block with this header belongs to the log, which the cursor follows up to here. */
static bool is_in_log(const struct wafer_cursor *cursor, uint32_t sequence)
{
    const struct wafer_store *store = cursor->store;

    return sequence > cursor->sequence && (sequence < store->block_sequence || cursor->block == store->head);
}

int wafer_cursor_next_block(struct wafer_cursor *cursor)
{
    struct wafer_store *store = cursor->store;
    struct wafer_block header;

    while (cursor->left > 0) {
        cursor->left--;
        cursor->block = cursor->next;
        cursor->next = wafer_cursor_after(store, cursor->block);
        if (cursor->block == wafer_cursor_after(store, store->head)) {
            cursor->sequence = store->floor; /* here the log begins */
        }
        int rc = wafer_block_read(store->flash, cursor->block, &header);
        if (rc < 0) {
            return rc;
        }
        if (rc > 0 && is_in_log(cursor, header.sequence)) {
            cursor->sequence = header.sequence;
            cursor->offset = wafer_geometry_align(store->flash, WAFER_BLOCK_HEADER);
            cursor->damage = false;
            return 1;
        }
    }
    return 0;
}

/* Passes a record over, whose header is in the cursor. */
static void pass_record(struct wafer_cursor *cursor)
{
    cursor->offset += wafer_record_size(cursor->store->flash, &cursor->record);
    cursor->damage = false;
}

/* Whether the block's records end here: for as long as a record can be, all looks erased. One whose cells
 * have lost all that was in them is no end. */
static int is_end(const struct wafer_cursor *cursor)
{
    const struct wafer_flash *flash = cursor->store->flash;
    uint32_t left = flash->block_size - cursor->offset, longest = WAFER_STORE_PART + WAFER_RECORD_HEADER;

    return wafer_flash_is_erased(flash, cursor->record.address, left < longest ? left : longest);
}

/* Passes octets over that are no record. Behind damage one may follow at any step. Returns 1 when it is to be
 * reported, 0, or WAFER_E_FLASH. */
static int pass_damage(struct wafer_cursor *cursor, const uint8_t raw[WAFER_RECORD_HEADER])
{
    const struct wafer_flash *flash = cursor->store->flash;
    bool first = !cursor->damage;
    int end = raw[0] == flash->erased ? is_end(cursor) : 0;

    if (end < 0) {
        return end;
    }
    if (end > 0) {
        cursor->offset = flash->block_size;
        return 0;
    }
    cursor->offset += wafer_geometry_align(flash, 1);
    cursor->damage = true;
    return first;
}

/* What a cursor shows for damage: only where it is means anything. */
static void show_damage(struct wafer_record *record)
{
    memset(record, 0, offsetof(struct wafer_record, address));
}

int wafer_cursor_next(struct wafer_cursor *cursor)
{
    const struct wafer_flash *flash = cursor->store->flash;
    uint8_t raw[WAFER_RECORD_HEADER];

    for (;;) {
        if (cursor->offset + WAFER_RECORD_HEADER > flash->block_size) {
            int rc = wafer_cursor_next_block(cursor);
            if (rc <= 0) {
                return rc;
            }
        }
        cursor->record.address = cursor->block * flash->block_size + cursor->offset;
        int rc = wafer_flash_look(flash, cursor->record.address, raw, sizeof raw);
        if (rc < 0) {
            return rc;
        }
        if (wafer_record_decode(&cursor->record, flash, cursor->sequence, raw)) {
            pass_record(cursor);
            return 1;
        }
        rc = pass_damage(cursor, raw);
        if (rc > 0) {
            show_damage(&cursor->record);
        }
        if (rc != 0) {
            return rc;
        }
    }
}
