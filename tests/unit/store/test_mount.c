/* What a region is taken for: blank, a store of this geometry, or something else; and that the first
 * octets of a store are those of docs/store-format.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/crc32.h"
#include "kit.h"

static void test_blank_and_foreign(void **state)
{
    static const struct {
        uint32_t size, count, unit;
    } others[] = {{512, 32, 4}, {2048, 8, 4}, {1024, 8, 4}, {1024, 16, 8}};

    (void)state;
    emu_flash_init(&emu, 1024, 16, 4, 0xff);
    assert_int_equal(wafer_store_mount(&store, &emu.flash), WAFER_E_BLANK);
    assert_int_equal(emu.operations, 0);
    for (uint32_t at = 0; at < 16 * 1024; at += at < 64 ? 1 : 199) {
        emu.data[at] = 0x3c;
        int rc = wafer_store_mount(&store, &emu.flash);
        emu.data[at] = 0xff;
        /* Only what is left of a torn first header is blank. */
        assert_int_equal(rc, at < 32 && rc == WAFER_E_BLANK ? WAFER_E_BLANK : WAFER_E_STORE_FORMAT);
    }
    memset(emu.data, 0, 16 * 1024);
    assert_int_equal(wafer_store_mount(&store, &emu.flash), WAFER_E_STORE_FORMAT);
    for (uint32_t i = 0; i < 16 * 1024; i++) {
        emu.data[i] = (uint8_t)emu_flash_random(&emu);
    }
    assert_int_equal(wafer_store_mount(&store, &emu.flash), WAFER_E_STORE_FORMAT);
    assert_int_equal(wafer_store_format(&store, &emu.flash), 0);
    assert_int_equal(put(WAFER_KIND_KEY, 0, 1, 32), 0);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct wafer_flash other = emu.flash;

        other.block_size = others[i].size;
        other.block_count = others[i].count;
        other.program_unit = others[i].unit;
        emu.flash.block_size = other.block_size; /* the emulator goes by its own */
        emu.flash.block_count = other.block_count;
        assert_int_equal(wafer_store_mount(&store, &other), WAFER_E_STORE_FORMAT);
        emu.flash.block_size = 1024;
        emu.flash.block_count = 16;
    }
    remount();
    assert_true(has(WAFER_KIND_KEY, 0, 0, 1, 32));
    emu_flash_free(&emu);
}

static void test_geometry_bounds(void **state)
{
    static const struct {
        uint32_t size, count, unit;
        uint8_t erased;
        int rc;
    } cases[] = {{512, 8, 1, 0xff, 0},    {511, 8, 1, 0xff, -1},        {256, 8, 1, 0xff, -1},
                 {768, 8, 1, 0xff, -1},   {1u << 25, 2, 1, 0xff, -1},   {4096, 1, 1, 0xff, -1},
                 {4096, 0, 1, 0xff, -1},  {512, 65536, 1, 0xff, -1},    {4096, 8, 0, 0xff, -1},
                 {4096, 8, 3, 0xff, -1},  {4096, 8, 512, 0xff, -1},     {4096, 8, 256, 0xff, 0},
                 {4096, 8, 4, 0x7f, -1},  {4096, 8, 4, 0x00, 0},        {512, 2, 1, 0xff, -1},
                 {512, 4, 256, 0xff, -1}, {1u << 24, 256, 1, 0xff, -1}, {4096, 2, 1, 0xff, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        emu_flash_init(&emu, 4096, 8, 1, 0xff);
        struct wafer_flash flash = emu.flash;
        flash.block_size = cases[i].size;
        flash.block_count = cases[i].count;
        flash.program_unit = cases[i].unit;
        flash.erased = cases[i].erased;
        if (cases[i].rc != 0) {
            assert_int_equal(wafer_store_mount(&store, &flash), WAFER_E_ARGUMENT);
            assert_int_equal(wafer_store_format(&store, &flash), WAFER_E_ARGUMENT);
        } else {
            assert_int_not_equal(wafer_store_mount(&store, &flash), WAFER_E_ARGUMENT);
        }
        emu_flash_free(&emu);
    }
}

/* The bytes as docs/store-format.md has them. */
static void test_format_bytes(void **state)
{
    static const uint8_t header[28] = {'w', 'a', 'f', 'r', 1, 0, 4, 0, 2, 0, 16, 0, 1, 0,
                                       0,   0,   0,   0,   0, 0, 1, 0, 0, 0, 1,  0, 0, 0};
    static const uint8_t record[10] = {3, 7, 1, 5, 1, 0, 0, 0, 0, 0};
    static const uint8_t commit[10] = {0, 0, 4, 0, 1, 0, 0, 0, 0, 0};
    uint32_t crc;

    (void)state;
    fresh(1024, 16, 4, 0xff);
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 7, "hello", 5), 0);
    assert_int_equal(wafer_store_commit(&store), 0);

    assert_memory_equal(emu.data, header, 28);
    crc = wafer_crc32(0, emu.data, 28);
    assert_memory_equal(
        emu.data + 28,
        ((uint8_t[]){(uint8_t)crc, (uint8_t)(crc >> 8), (uint8_t)(crc >> 16), (uint8_t)(crc >> 24)}), 4);

    assert_memory_equal(emu.data + 32, record, 10);
    crc = wafer_crc32(0x9e3779b1u * 1 ^ 32, emu.data + 32, 10);
    assert_int_equal(emu.data[42] | emu.data[43] << 8, crc & 0xffff);
    crc = wafer_crc32(wafer_crc32(crc, emu.data + 42, 2), "hello", 5);
    assert_memory_equal(
        emu.data + 44,
        ((uint8_t[]){(uint8_t)crc, (uint8_t)(crc >> 8), (uint8_t)(crc >> 16), (uint8_t)(crc >> 24)}), 4);
    assert_memory_equal(emu.data + 48, "hello\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16);
    assert_memory_equal(emu.data + 64, commit, 10);
    for (uint32_t i = 80; i < 16 * 1024; i++) {
        assert_int_equal(emu.data[i], 0xff);
    }
    emu_flash_free(&emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blank_and_foreign),
        cmocka_unit_test(test_geometry_bounds),
        cmocka_unit_test(test_format_bytes),
    };

    return cmocka_run_group_tests_name("store: mount", tests, NULL, NULL);
}
