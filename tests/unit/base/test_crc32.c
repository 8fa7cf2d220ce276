/* CRC-32 against known values and against its definition, bit by bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/crc32.h"
#include "guard.h"

/* The check value of CRC-32/ISO-HDLC, and others of zlib's crc32(). */
static void test_vectors(void **state)
{
    static const uint8_t zeros[32] = {0};
    uint8_t ones[32];

    (void)state;
    memset(ones, 0xff, sizeof ones);
    assert_int_equal(wafer_crc32(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(wafer_crc32(0, "", 0), 0);
    assert_int_equal(wafer_crc32(0, "a", 1), 0xe8b7be43);
    assert_int_equal(wafer_crc32(0, "The quick brown fox jumps over the lazy dog", 43), 0x414fa339);
    assert_int_equal(wafer_crc32(0, zeros, 32), 0x190a55ad);
    assert_int_equal(wafer_crc32(0, ones, 32), 0xff6cab0b);
}

/* One bit at a time, as IEEE 802.3 3.2.9 says it. */
static uint32_t bitwise(const uint8_t *data, size_t len)
{
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
        }
    }
    return ~crc;
}

static void test_every_octet_and_split(void **state)
{
    struct guard guard = guard_copy(NULL, 256);
    uint32_t whole;

    (void)state;
    for (size_t i = 0; i < 256; i++) {
        guard.data[i] = (uint8_t)(i * 7);
        assert_int_equal(wafer_crc32(0, guard.data + i, 1), bitwise(guard.data + i, 1));
    }
    whole = bitwise(guard.data, 256);
    for (size_t split = 0; split <= 256; split++) {
        uint32_t crc = wafer_crc32(0, guard.data, split);

        assert_int_equal(wafer_crc32(crc, guard.data + split, 256 - split), whole);
    }
    guard_free(&guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors),
                                       cmocka_unit_test(test_every_octet_and_split)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
