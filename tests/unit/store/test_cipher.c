/* Encrypted values: the octets on the flash are those of docs/store-format.md, nothing of a secret is
 * among them, and all of it is read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bearssl.h>
#include "cipher_kit.h"

#define PART 212 /* octets of the value in a full part */

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aead_vector),
        cmocka_unit_test(test_format_bytes),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_no_secret_in_image),
        cmocka_unit_test(test_walk),
    };

    return cmocka_run_group_tests_name("store: cipher", tests, NULL, NULL);
}
