/* One device over an emulated KV store, made anew for each test. */
#include "kv_bench.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

struct emu_kv kv_bench_emu;
struct emu_kv_device kv_bench_device;

void kv_bench_start(uint32_t block_size, uint32_t block_count, bool whole, uint32_t chain)
{
    emu_kv_init(&kv_bench_emu, block_size, block_count);
    kv_bench_device = (struct emu_kv_device){.kv = &kv_bench_emu, .whole = whole, .life = {.chain = chain}};
    assert_int_equal(emu_kv_boot(&kv_bench_device), WAFER_E_BLANK);
}

int kv_bench_set_up(void **state)
{
    kv_bench_start(BLOCK, COUNT, *state != NULL, CHAIN);
    return 0;
}

int kv_bench_tear_down(void **state)
{
    (void)state;
    emu_kv_free(&kv_bench_emu);
    return 0;
}

void kv_bench_issue(unsigned issuances)
{
    assert_int_equal(wafer_store_format(&kv_bench_device.life.store, &kv_bench_device.flash.flash), 0);
    for (unsigned i = 0; i < issuances; i++) {
        assert_int_equal(emu_life_issue(&kv_bench_device.life), 0);
    }
}

int kv_bench_mount(struct emu_kv_device *on)
{
    return wafer_store_mount(&on->life.store, &on->flash.flash);
}

/* --- the promises of struct wafer_flash --- */

int kv_bench_read(uint32_t address, uint8_t *data, size_t len)
{
    return kv_bench_device.flash.flash.read(&kv_bench_device.flash, address, data, len);
}

int kv_bench_program(uint32_t address, const char *text)
{
    return kv_bench_device.flash.flash.program(&kv_bench_device.flash, address, text, strlen(text));
}

int kv_bench_sync(void)
{
    return kv_bench_device.flash.flash.sync(&kv_bench_device.flash);
}

int kv_bench_erase(uint32_t block)
{
    return kv_bench_device.flash.flash.erase(&kv_bench_device.flash, block);
}

void kv_bench_expect(uint32_t address, const char *text)
{
    uint8_t got[64];
    size_t len = strlen(text);

    assert_int_equal(kv_bench_read(address, got, len), 0);
    assert_memory_equal(got, text, len);
}

/* After a power cut. What is in these blocks is no store. */
void kv_bench_restart(void)
{
    assert_int_equal(emu_kv_boot(&kv_bench_device), WAFER_E_STORE_FORMAT);
}
