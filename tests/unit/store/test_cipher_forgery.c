/* What who can write the flash cannot do to encrypted values, and that no nonce ever comes twice for
 * different octets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/crc32.h"
#include "cipher_kit.h"
#include "store/lock.h"

/* Makes the record at an address right again, in block 0 with sequence 1. */
static void mend(uint32_t at)
{
    uint8_t *raw = emu.data + at;
    uint32_t crc = wafer_crc32(0x9e3779b1u ^ at, raw, 10);

    raw[10] = (uint8_t)crc;
    raw[11] = (uint8_t)(crc >> 8);
    crc = wafer_crc32(wafer_crc32(crc, raw + 10, 2), raw + 16, raw[3]);
    for (int i = 0; i < 4; i++, crc >>= 8) {
        raw[12 + i] = (uint8_t)crc;
    }
}

/* The record's header and payload, bit by bit: rot is found by the CRC; where somebody
 * has made the CRC right, the tag is wrong. */
static void test_flipped_bits(void **state)
{
    (void)state;
    fresh(1024, 8, 1);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 1, 32), 0);
    uint32_t len = 16 + 28 + 32;
    for (uint32_t bit = 0; bit < len * 8; bit++) {
        uint8_t raw[128];
        uint32_t octet = bit / 8;

        memcpy(raw, emu.data + 32, len);
        emu.data[32 + octet] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(remount(key), 0); /* no encrypted record is intact */
        assert_int_equal(get(WAFER_KIND_KEY, 0, 1, 32), WAFER_E_NOT_FOUND);
        mend(32);
        if (octet >= 16) {
            assert_int_equal(remount(key), WAFER_E_LOCKED);
            assert_int_equal(get(WAFER_KIND_KEY, 0, 1, 32), WAFER_E_LOCKED);
        } else if (octet < 10) {
            int rc = remount(key);
            uint8_t changed = (uint8_t)(emu.data[32 + octet] ^ raw[octet]);
            /* COPIED may be added, it says only that the record is committed; LAST and
             * ENCRYPTED, kind, slot, length, sequence and part may not. */
            if (octet == 2 && changed == WAFER_FLAG_COPIED) {
                assert_int_equal(rc, 0);
                assert_int_equal(get(WAFER_KIND_KEY, 0, 1, 32), 1);
            } else {
                assert_int_not_equal(get(WAFER_KIND_KEY, 0, 1, 32), 1);
            }
        }
        memcpy(emu.data + 32, raw, len);
    }
    assert_int_equal(remount(key), 0);
    assert_int_equal(get(WAFER_KIND_KEY, 0, 1, 32), 1);
    emu_flash_free(&emu);
}

/* A ciphertext in another record is none: kind, slot, sequence and part are bound. */
static void test_bound_to_place(void **state)
{
    static const struct {
        uint8_t kind, slot, part, sequence;
    } places[] = {{3, 0, 0, 1}, {3, 1, 0, 1}, {1, 0, 0, 1}, {3, 0, 0, 2}, {3, 0, 1, 1}};

    (void)state;
    fresh(1024, 8, 1);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 1, 32), 0);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct wafer_record record = {.address = 32,
                                      .kind = places[i].kind,
                                      .slot = places[i].slot,
                                      .part = places[i].part,
                                      .sequence = places[i].sequence,
                                      .flags = WAFER_FLAG_LAST | WAFER_FLAG_ENCRYPTED,
                                      .length = 60};
        uint8_t out[32], want[32];

        wafer_lock(&store);
        int rc = wafer_unlock(&store, store.cipher->unseal(&store, &record, 0, out, sizeof out));
        assert_int_equal(rc, i == 0 ? 0 : WAFER_E_LOCKED);
        emu_pattern(want, sizeof want, 1);
        assert_true(i > 0 || memcmp(out, want, sizeof want) == 0);
    }
    emu_flash_free(&emu);
}

struct seen {
    uint8_t about[10], payload[240], length;
};

static struct seen *seen;
static size_t seen_count, seen_room;

/* Remembers an encrypted record that is being programmed. */
static void watch(struct emu_flash *flash, const struct emu_operation *operation)
{
    const uint8_t *raw = operation->data;
    struct seen *s;

    (void)flash;
    if (operation->erase || operation->address % emu.flash.block_size == 0 ||
        !(raw[2] & WAFER_FLAG_ENCRYPTED)) {
        return;
    }
    if (seen_count == seen_room) {
        seen_room = 2 * seen_room + 64;
        seen = realloc(seen, seen_room * sizeof *seen);
        assert_non_null(seen);
    }
    s = &seen[seen_count++];
    memset(s, 0, sizeof *s);
    memcpy(s->about, raw, sizeof s->about);
    s->about[2] &= (uint8_t)~WAFER_FLAG_COPIED;
    s->length = raw[3];
    memcpy(s->payload, raw + 16, raw[3]);
}

static int by_nonce(const void *a, const void *b)
{
    return memcmp(((const struct seen *)a)->payload, ((const struct seen *)b)->payload, 12);
}

/* Lives with a power cut in each of their operations, and formats, all under one key:
 * sequences come again with another content. A nonce that comes again has the same
 * record and ciphertext. */
static void test_nonces(void **state)
{
    size_t distinct = 1, same_place = 0;

    (void)state;
    fresh(512, 12, 1);
    for (unsigned life = 0; life < 400; life++) {
        uint64_t from = emu.operations;

        if (life % 40 == 39) {
            assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
            assert_int_equal(wafer_store_encrypt(&store, key), 0);
        }
        emu.before = watch;
        emu.cut_at = from + 1 + life % 23;
        emu.tear = (enum emu_tear)(life / 23 % EMU_TEARS);
        emu.tear_octets = life * 7;
        for (unsigned i = 0; i < 6; i++) {
            if (put(i % 2 ? WAFER_KIND_KEY : WAFER_KIND_ACCOUNT, i % 3, life * 8 + i, 30 + life % 250) < 0) {
                break;
            }
        }
        emu.cut_at = 0;
        emu.before = NULL;
        emu_flash_restart(&emu);
        assert_int_equal(remount(key), 0);
    }
    assert_true(seen_count > 1000);
    qsort(seen, seen_count, sizeof *seen, by_nonce);
    for (size_t i = 1; i < seen_count; i++) {
        if (by_nonce(&seen[i - 1], &seen[i]) == 0) {
            assert_memory_equal(&seen[i - 1], &seen[i], sizeof *seen); /* a copy, or written again */
        } else {
            distinct++;
        }
    }
    /* Was that put to the test? The same place and sequence, another content. */
    for (size_t i = 0; i < seen_count; i++) {
        for (size_t j = i + 1; j < seen_count && same_place == 0; j++) {
            same_place += memcmp(seen[i].about, seen[j].about, 10) == 0 && by_nonce(&seen[i], &seen[j]) != 0;
        }
    }
    assert_true(same_place > 0);
    assert_true(distinct > 500 && distinct < seen_count);
    free(seen);
    emu_flash_free(&emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_bound_to_place),
        cmocka_unit_test(test_nonces),
    };

    return cmocka_run_group_tests_name("store: forgery", tests, NULL, NULL);
}
