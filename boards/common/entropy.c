/* The generator of random octets: seeded by the board and by what the store kept of the start before. */
#include "entropy.h"
#include <bearssl.h>
#include <string.h>
#include "board.h"

#define RECORD_SIZE 32
#define SLOT        0

static br_hmac_drbg_context generator;
static bool started;

/* A missing record is no error: the first start has none. One that cannot be read is:
 * it is encrypted, and must not be replaced by a plain one. */
static int mix_record(struct wafer_store *store, uint8_t *memory)
{
    struct wafer_value value;
    int rc = wafer_store_find(store, WAFER_KIND_SEED, SLOT, 0, &value);
    if (rc == WAFER_E_NOT_FOUND)
        return 0;
    if (rc < 0)
        return rc;
    rc = wafer_store_read(store, &value, 0, memory, RECORD_SIZE);
    if (rc < 0)
        return rc;
    br_hmac_drbg_update(&generator, memory, (size_t)rc);
    return 0;
}

static int replace_record(struct wafer_store *store, uint8_t *memory)
{
    br_hmac_drbg_generate(&generator, memory, RECORD_SIZE);
    int rc = wafer_store_begin(store);
    if (rc < 0)
        return rc;
    rc = wafer_store_put(store, WAFER_KIND_SEED, SLOT, memory, RECORD_SIZE);
    int committed = wafer_store_commit(store);
    if (rc < 0)
        return rc;
    return committed;
}

static int turn_record(struct wafer_store *store, uint8_t *memory)
{
    int rc = mix_record(store, memory);
    if (rc < 0)
        return rc;
    return replace_record(store, memory);
}

int entropy_start(struct wafer_store *store)
{
    union {
        uint8_t seed[BOARD_SEED_SIZE];
        uint8_t record[RECORD_SIZE];
    } memory;
    int64_t time = board_time();
    size_t n = board_seed(memory.seed);
    started = false;
    if (n < 32)
        return WAFER_E_ENTROPY;
    br_hmac_drbg_init(&generator, &br_sha256_vtable, memory.seed, n);
    br_hmac_drbg_update(&generator, &time, sizeof time);
    int rc = turn_record(store, memory.record);
    memset(&memory, 0, sizeof memory);
    __asm__ volatile("" : : "r"(&memory) : "memory"); /* the wiping stays */
    started = rc == 0;
    return rc;
}

int entropy_get(void *data, size_t len)
{
    if (!started)
        return WAFER_E_ENTROPY;
    br_hmac_drbg_generate(&generator, data, len);
    return 0;
}
