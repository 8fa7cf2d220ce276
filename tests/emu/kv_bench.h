/* What the tests of port/kv-flash share: one device over an emulated KV store, and short ways to
 * ask it. */
#ifndef EMU_KV_BENCH_H
#define EMU_KV_BENCH_H

#include "kv.h"

#define BLOCK 1024
#define COUNT 16
#define CHAIN 1500

extern struct emu_kv kv_bench_emu;
extern struct emu_kv_device kv_bench_device;

/* Boots a blank device of another geometry; `whole`: its KV store reads whole values only. */
void kv_bench_start(uint32_t block_size, uint32_t block_count, bool whole, uint32_t chain);

/* As a fixture: BLOCK octets, COUNT of them, whole values if *state is set. */
int kv_bench_set_up(void **state);
int kv_bench_tear_down(void **state);

/* Formats the store, and so many issuances. */
void kv_bench_issue(unsigned issuances);
int kv_bench_mount(struct emu_kv_device *on);

/* The functions of struct wafer_flash. */
int kv_bench_read(uint32_t address, uint8_t *data, size_t len);
int kv_bench_program(uint32_t address, const char *text);
int kv_bench_sync(void);
int kv_bench_erase(uint32_t block);

/* These octets stand at the address. */
void kv_bench_expect(uint32_t address, const char *text);

/* After a power cut. What is in the blocks is no store. */
void kv_bench_restart(void);

#endif
