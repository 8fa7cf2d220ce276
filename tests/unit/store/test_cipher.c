#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "acme/account.h"
#include "base/crc32.h"
#include "record/fields.h"
#include "flash.h"
#include "crypto/jws.h"
#include "store/cipher.h"
#include "store/lock.h"

#define PART 212 /* octets of the value in a full part */

static struct emu_flash emu;
static struct wafer_store store;
static uint8_t key[WAFER_STORE_KEY], other_key[WAFER_STORE_KEY];

static void fresh(uint32_t block_size, uint32_t block_count, uint32_t unit)
{
    for (unsigned i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)(0x40 + i);
        other_key[i] = key[i];
    }
    other_key[31] ^= 1;
    emu_flash_init(&emu, block_size, block_count, unit, 0xff);
    assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
    assert_int_equal(wafer_store_encrypt(&store, key), 0);
}

static int remount(const uint8_t *with)
{
    uint64_t operations = emu.operations;

    assert_int_equal(wafer_store_mount(&store, &emu.flash), 0);
    int rc = with == NULL ? 0 : wafer_store_encrypt(&store, with);
    assert_int_equal(emu.operations, operations);
    return rc;
}

static int put(enum wafer_kind kind, unsigned slot, unsigned seed, size_t len)
{
    uint8_t data[4096];

    emu_pattern(data, len, seed);
    int rc = wafer_store_begin(&store);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_store_put(&store, kind, (uint8_t)slot, data, len);
    int end = wafer_store_commit(&store);
    return rc < 0 ? rc : end;
}

/* 1 when the value is there and right, else what reading gave. */
static int get(enum wafer_kind kind, unsigned slot, unsigned seed, size_t len)
{
    uint8_t want[4096], got[4096];
    struct wafer_value value;
    int rc = wafer_store_find(&store, kind, (uint8_t)slot, 0, &value);

    if (rc < 0) {
        return rc;
    }
    emu_pattern(want, len, seed);
    memset(got, 0x55, sizeof got);
    rc = wafer_store_read(&store, &value, 0, got, sizeof got);
    if (rc < 0) { /* nothing of it comes out */
        for (size_t i = 0; i < sizeof got; i++) {
            assert_int_equal(got[i], 0x55);
        }
        return rc;
    }
    assert_int_equal(rc, value.length);
    return value.length == len && memcmp(want, got, len) == 0;
}

static bool image_has(const uint8_t *data, size_t len)
{
    size_t size = (size_t)emu.flash.block_size * emu.flash.block_count;

    for (size_t at = 0; at + len <= size; at++) {
        if (memcmp(emu.data + at, data, len) == 0) {
            return true;
        }
    }
    return false;
}

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

/* --- the construction --- */

/* RFC 8439 2.8.2, by the two functions that the store uses. */
static void test_aead_vector(void **state)
{
    static const char text[] =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
        "the future, sunscreen would be it.";
    static const uint8_t nonce[12] = {7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47};
    static const uint8_t aad[12] = {0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7};
    static const uint8_t begin[16] = {0xd3, 0x1a, 0x8d, 0x34, 0x64, 0x8e, 0x60, 0xdb,
                                      0x7b, 0x86, 0xaf, 0xbc, 0x53, 0xef, 0x7e, 0xc2};
    static const uint8_t last[16] = {0x1a, 0xe1, 0x0b, 0x59, 0x4f, 0x09, 0xe2, 0x6a,
                                     0x7e, 0x90, 0x2e, 0xcb, 0xd0, 0x60, 0x06, 0x91};
    uint8_t k[32], data[sizeof text], tag[16];
    const size_t len = sizeof text - 1;

    (void)state;
    for (unsigned i = 0; i < sizeof k; i++) {
        k[i] = (uint8_t)(0x80 + i);
    }
    for (int wide = 0; wide < 2; wide++) {
        memcpy(data, text, sizeof text);
        (wide ? br_poly1305_ctmul_run : br_poly1305_ctmul32_run)(k, nonce, data, len, aad, sizeof aad, tag,
                                                                 br_chacha20_ct_run, 1);
        assert_memory_equal(data, begin, sizeof begin);
        assert_memory_equal(tag, last, sizeof last);
        (wide ? br_poly1305_ctmul_run : br_poly1305_ctmul32_run)(k, nonce, data, len, aad, sizeof aad, tag,
                                                                 br_chacha20_ct_run, 0);
        assert_memory_equal(data, text, len);
        assert_memory_equal(tag, last, sizeof last);
    }
}

/* The bytes as docs/store-format.md has them, made by another implementation of HMAC
 * and of the AEAD (Python's hmac and cryptography). */
static void test_format_bytes(void **state)
{
    static const uint8_t header[10] = {3, 7, 0x11, 33, 1, 0, 0, 0, 0, 0};
    static const uint8_t payload[33] = {0xd0, 0xd1, 0x0e, 0x7f, 0x41, 0x7a, 0xff, 0xec, 0xf3, 0xcc, 0xae,
                                        0x58, 0x74, 0xef, 0x81, 0x18, 0x2f, 0xb7, 0x11, 0x14, 0x5d, 0x8c,
                                        0xa6, 0x3c, 0xf0, 0x5c, 0xf6, 0xa9, 0x2c, 0x7d, 0x6f, 0x90, 0xcb};
    static const uint8_t long_payload[40] = {0x86, 0x27, 0x44, 0x77, 0x77, 0xf2, 0x5c, 0x24, 0xad, 0x97,
                                             0xd7, 0xd5, 0xa5, 0x69, 0x23, 0x72, 0x65, 0x54, 0x29, 0x02,
                                             0x7b, 0x78, 0x33, 0xdb, 0x3f, 0xc3, 0x38, 0xd6, 0x72, 0xf7,
                                             0x7f, 0x44, 0x01, 0x30, 0x8f, 0x91, 0x5f, 0x12, 0x5e, 0x1e};
    uint8_t data[300];

    (void)state;
    fresh(1024, 16, 4);
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 7, "hello", 5), 0);
    assert_int_equal(wafer_store_commit(&store), 0);
    assert_memory_equal(emu.data + 32, header, sizeof header);
    assert_memory_equal(emu.data + 48, payload, sizeof payload);
    assert_int_equal(emu.data[48 + 33], 0xff);

    for (unsigned i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7);
    }
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_ACCOUNT, 2, data, sizeof data), 0);
    assert_int_equal(wafer_store_commit(&store), 0);
    uint32_t at = 32 + 64 + 16;
    assert_int_equal(emu.data[at + 2], 0x10); /* not the last part */
    assert_int_equal(emu.data[at + 3], 240);
    assert_memory_equal(emu.data + at + 16, long_payload, sizeof long_payload);
    assert_int_equal(emu.data[at + 256 + 2], 0x11);
    assert_int_equal(emu.data[at + 256 + 3], 300 - PART + 28);
    emu_flash_free(&emu);
}

/* --- values --- */

static void test_sizes(void **state)
{
    static const enum wafer_kind kinds[] = {WAFER_KIND_ACCOUNT, WAFER_KIND_ORDER, WAFER_KIND_KEY,
                                            WAFER_KIND_SEED};
    static const size_t sizes[] = {1, 2, 16, 32, 211, 212, 213, 240, 241, 423, 424, 425, 636, 1500};
    static const size_t steps[] = {1, 3, 211, 212, 213, 1000};

    (void)state;
    for (uint32_t unit = 1; unit <= 256; unit *= 16) {
        fresh(4096, 8, unit);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            enum wafer_kind kind = kinds[i % 4];
            struct wafer_value value;
            struct wafer_store_usage usage, now;
            uint8_t data[2048], got[2048];

            emu_pattern(data, sizes[i], (unsigned)i);
            assert_int_equal(wafer_store_usage(&store, &usage), 0);
            assert_int_equal(wafer_store_begin(&store), 0);
            assert_int_equal(wafer_store_value(&store, kind, 9), 0);
            for (size_t at = 0, n; at < sizes[i]; at += n) {
                n = sizes[i] - at < steps[i % 6] ? sizes[i] - at : steps[i % 6];
                assert_int_equal(wafer_store_append(&store, data + at, n), 0);
            }
            assert_int_equal(wafer_store_commit(&store), 0);
            assert_int_equal(remount(key), 0);
            assert_int_equal(wafer_store_find(&store, kind, 9, 0, &value), 0);
            assert_int_equal(value.length, sizes[i]);
            for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
                for (size_t at = 0; at <= sizes[i]; at += steps[s]) {
                    size_t n = sizes[i] - at < steps[s] ? sizes[i] - at : steps[s];
                    assert_int_equal(wafer_store_read(&store, &value, (uint32_t)at, got, steps[s]), n);
                    assert_memory_equal(got, data + at, n);
                }
            }
            /* The room that it takes, in place of a tombstone: with what encryption adds. */
            uint32_t step = unit < 16 ? 16 : unit, full = (uint32_t)(sizes[i] - 1) / PART;
            uint32_t last = 16 + 28 + (uint32_t)sizes[i] - full * PART;
            assert_int_equal(wafer_store_begin(&store), 0);
            assert_int_equal(wafer_store_delete(&store, kind, 9), 0);
            assert_int_equal(wafer_store_commit(&store), 0);
            assert_int_equal(wafer_store_usage(&store, &usage), 0);
            assert_int_equal(put(kind, 9, (unsigned)i, sizes[i]), 0);
            assert_int_equal(wafer_store_usage(&store, &now), 0);
            assert_int_equal(now.live - (usage.live - step), full * 256 + ((last + step - 1) & ~(step - 1)));
            assert_int_equal(get(kind, 9, (unsigned)i, sizes[i]), 1);
        }
        emu_flash_free(&emu);
    }
}

/* Which kinds are secret; the rest, tombstones and empty values are as ever. */
static void test_kinds(void **state)
{
    uint8_t data[64];

    (void)state;
    fresh(4096, 8, 4);
    for (unsigned kind = 1; kind <= 9; kind++) {
        bool secret = kind == WAFER_KIND_ACCOUNT || kind == WAFER_KIND_ORDER || kind == WAFER_KIND_KEY ||
                      kind == WAFER_KIND_SEED;

        assert_int_equal(put((enum wafer_kind)kind, 0, 50 + kind, sizeof data), 0);
        assert_int_equal(get((enum wafer_kind)kind, 0, 50 + kind, sizeof data), 1);
        emu_pattern(data, sizeof data, 50 + kind);
        assert_int_equal(image_has(data, sizeof data), !secret);
        for (size_t at = 0; secret && at + 5 <= sizeof data; at++) {
            assert_false(image_has(data + at, 5));
        }
    }
    assert_int_equal(put(WAFER_KIND_KEY, 3, 0, 0), 0); /* held elsewhere */
    assert_int_equal(remount(other_key), WAFER_E_LOCKED);
    assert_int_equal(get(WAFER_KIND_KEY, 3, 0, 0), 1);
    assert_int_equal(get(WAFER_KIND_CERT, 0, 50 + WAFER_KIND_CERT, sizeof data), 1);
    emu_flash_free(&emu);
}

/* Nothing of a secret is on the flash after a life, in old records neither. */
static void test_no_secret_in_image(void **state)
{
    uint8_t data[32];

    (void)state;
    fresh(1024, 8, 8);
    for (unsigned i = 0; i < 300; i++) {
        assert_int_equal(put(WAFER_KIND_KEY, i % 2, 7 + i, 32), 0);
        assert_int_equal(put(WAFER_KIND_CHAIN, 0, 5, i % 900), 0);
    }
    for (unsigned i = 0; i < 300; i++) {
        emu_pattern(data, sizeof data, 7 + i);
        assert_false(image_has(data, 8));
        assert_false(image_has(data + 24, 8));
    }
    assert_int_equal(get(WAFER_KIND_KEY, 1, 7 + 299, 32), 1);
    assert_int_equal(get(WAFER_KIND_KEY, 0, 7 + 298, 32), 1);
    assert_false(image_has(key, 8));
    emu_flash_free(&emu);
}

/* --- keys --- */

static void check_locked(size_t len)
{
    struct wafer_value value;

    assert_int_equal(get(WAFER_KIND_KEY, 0, 1, len), WAFER_E_LOCKED);
    assert_int_equal(wafer_store_find(&store, WAFER_KIND_KEY, 0, 0, &value), 0); /* there all the same */
    assert_int_equal(value.length, len);
    assert_int_equal(wafer_store_next(&store, WAFER_KIND_KEY, -1, &value), 0);
    assert_int_equal(get(WAFER_KIND_CERT, 0, 3, 99), 1);
}

static void test_wrong_and_missing_key(void **state)
{
    (void)state;
    fresh(4096, 4, 4);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 2, 300), 0); /* an older version, not to be used */
    assert_int_equal(put(WAFER_KIND_KEY, 0, 1, 300), 0);
    assert_int_equal(put(WAFER_KIND_CERT, 0, 3, 99), 0);
    for (unsigned bit = 0; bit < 256; bit++) {
        uint8_t wrong[WAFER_STORE_KEY];

        memcpy(wrong, key, sizeof wrong);
        wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(remount(wrong), WAFER_E_LOCKED);
        check_locked(300);
    }
    /* A wrong key writes no secret at all, but anything else. */
    uint8_t before[4096];
    memcpy(before, emu.data, sizeof before);
    assert_int_equal(put(WAFER_KIND_SEED, 0, 9, 32), WAFER_E_LOCKED);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 9, 1000), WAFER_E_LOCKED);
    assert_memory_equal(emu.data, before, sizeof before);
    assert_int_equal(put(WAFER_KIND_SCHEDULE, 0, 9, 32), 0);
    check_locked(300);

    assert_int_equal(remount(NULL), 0);
    check_locked(300);
    assert_int_equal(remount(key), 0);
    assert_int_equal(get(WAFER_KIND_KEY, 0, 1, 300), 1);
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_encrypt(&store, key), WAFER_E_BUSY);
    wafer_store_abort(&store);
    emu.reads_fail = true;
    assert_int_equal(wafer_store_encrypt(&store, key), WAFER_E_FLASH);
    emu.reads_fail = false;
    assert_int_equal(get(WAFER_KIND_KEY, 0, 1, 300), WAFER_E_LOCKED);
    emu_flash_free(&emu);
}

/* A store from before: its records stay readable, with and without the key. */
static void test_mixed(void **state)
{
    (void)state;
    fresh(2048, 8, 4);
    assert_int_equal(remount(NULL), 0);
    assert_int_equal(put(WAFER_KIND_ACCOUNT, 0, 1, 250), 0);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 2, 500), 0);
    assert_int_equal(remount(key), 0);
    assert_int_equal(get(WAFER_KIND_ACCOUNT, 0, 1, 250), 1);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 3, 500), 0);
    for (unsigned i = 0; i < 60; i++) { /* all is moved around */
        assert_int_equal(put(WAFER_KIND_CHAIN, 0, i, 800), 0);
    }
    assert_int_equal(get(WAFER_KIND_ACCOUNT, 0, 1, 250), 1);
    assert_int_equal(get(WAFER_KIND_KEY, 0, 3, 500), 1);
    assert_int_equal(remount(NULL), 0);
    assert_int_equal(get(WAFER_KIND_ACCOUNT, 0, 1, 250), 1);
    assert_int_equal(get(WAFER_KIND_KEY, 0, 3, 500), WAFER_E_LOCKED);
    for (unsigned i = 0; i < 60; i++) { /* and without the key, too */
        assert_int_equal(put(WAFER_KIND_CHAIN, 0, i, 800), 0);
    }
    assert_int_equal(remount(key), 0);
    assert_int_equal(get(WAFER_KIND_KEY, 0, 3, 500), 1);
    emu_flash_free(&emu);
}

/* --- authenticity --- */

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
        struct wafer_record record = {.offset = 32,
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

/* --- nonces --- */

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

/* --- what is shown --- */

static int count_encrypted(void *ctx, const struct wafer_record_view *view)
{
    assert_int_equal(view->encrypted, view->kind == WAFER_KIND_KEY && !view->deleted);
    assert_int_equal(view->state, WAFER_RECORD_LIVE);
    *(unsigned *)ctx += view->encrypted;
    return 0;
}

static void test_walk(void **state)
{
    unsigned count = 0;

    (void)state;
    fresh(4096, 4, 4);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 1, 300), 0);
    assert_int_equal(put(WAFER_KIND_CERT, 0, 1, 300), 0);
    assert_int_equal(remount(NULL), 0);
    assert_int_equal(wafer_store_walk(&store, count_encrypted, &count), 0);
    assert_int_equal(count, 2);
    emu_flash_free(&emu);
}

/* --- the client --- */

/* With a wrong key or none, no second account is made: neither stored nor asked for. */
static void test_account(void **state)
{
    static struct wafer w;
    static const uint8_t secret[WAFER_KEY_SIZE] = {1, 2, 3};
    static const char directory[] = "https://ca.test/dir";
    struct wafer_config config = {.store = &store, .directory = directory};
    const uint8_t *const wrong[] = {other_key, NULL};
    struct wafer_key account;
    char thumbprint[64];

    (void)state;
    fresh(4096, 4, 4);
    assert_int_equal(wafer_key_load(&account, secret), 0);
    struct wafer_signer signer = wafer_key_signer(&account);
    assert_true(wafer_jwk_thumbprint(&signer, thumbprint) >= 0);
    assert_int_equal(wafer_store_begin(&store), 0);
    wafer_record_begin(&store, WAFER_KIND_ACCOUNT, 0);
    wafer_field_put_text(&store, WAFER_FIELD_DIRECTORY, directory);
    wafer_field_put_text(&store, WAFER_FIELD_THUMBPRINT, thumbprint);
    wafer_field_put(&store, WAFER_FIELD_SECRET, secret, sizeof secret);
    wafer_field_put_text(&store, WAFER_FIELD_URL, "https://ca.test/account/1");
    assert_int_equal(wafer_store_commit(&store), 0);
    for (int i = 0; i < 2; i++) {
        uint64_t operations = emu.operations;

        assert_int_equal(remount(wrong[i]), wrong[i] == NULL ? 0 : WAFER_E_LOCKED);
        memset(&w, 0, sizeof w);
        w.config = &config; /* no port: a request would crash */
        assert_int_equal(wafer_account_open(&w), WAFER_E_LOCKED);
        assert_int_equal(w.last.error, WAFER_E_LOCKED);
        assert_int_equal(emu.operations, operations);
    }
    assert_int_equal(remount(key), 0);
    memset(&w, 0, sizeof w);
    w.config = &config;
    assert_int_equal(wafer_account_open(&w), 0);
    assert_string_equal(w.session.account, "https://ca.test/account/1");
    emu_flash_free(&emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aead_vector),
        cmocka_unit_test(test_format_bytes),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_no_secret_in_image),
        cmocka_unit_test(test_wrong_and_missing_key),
        cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_bound_to_place),
        cmocka_unit_test(test_nonces),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_account),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
