/* Threads on one store with a lock: while one commits, others read whole sets of one commit, and no two
 * transactions are ever open at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include "kit.h"

#define COMMITS 100
#define READERS 3
#define SETS    20 /* that each reader sees at least */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;       /* the device's */
static pthread_mutex_t state_mutex = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static unsigned committed;
static bool done;

/* The emulated flash's own lock looks for nesting, under the mutex. */
static void (*check_lock)(void *ctx), (*check_unlock)(void *ctx);

static void device_lock(void *ctx)
{
    if (pthread_mutex_lock(&mutex) != 0) {
        abort();
    }
    check_lock(ctx);
}

static void device_unlock(void *ctx)
{
    check_unlock(ctx);
    if (pthread_mutex_unlock(&mutex) != 0) {
        abort();
    }
}

static unsigned get_committed(bool *over)
{
    pthread_mutex_lock(&state_mutex);
    unsigned n = committed;
    *over = done;
    pthread_mutex_unlock(&state_mutex);
    return n;
}

static void set_committed(unsigned n, bool over)
{
    pthread_mutex_lock(&state_mutex);
    committed = n;
    done = over;
    pthread_mutex_unlock(&state_mutex);
}

static void *write_sets(void *ctx)
{
    (void)ctx;
    for (unsigned n = 1; n <= COMMITS; n++) {
        uint8_t data[900];
        int rc;

        emu_pattern(data, sizeof data, n);
        while ((rc = wafer_store_begin(&store)) == WAFER_E_BUSY) {
            sched_yield(); /* a reader has one open */
        }
        for (size_t at = 0; rc == 0 && at < sizeof data; at += 300) {
            rc = at == 0 ? wafer_store_value(&store, WAFER_KIND_CHAIN, 0) : 0;
            rc = rc == 0 ? wafer_store_append(&store, data + at, 300) : rc;
            sched_yield(); /* now it is open for the others to see */
        }
        rc = rc == 0 ? wafer_store_put(&store, WAFER_KIND_KEY, 0, data, 32) : rc;
        rc = rc == 0 ? wafer_store_put(&store, WAFER_KIND_CERT, 0, &n, sizeof n) : rc;
        rc = rc == 0 ? wafer_store_commit(&store) : rc;
        if (rc != 0) {
            abort();
        }
        set_committed(n, false);
    }
    set_committed(COMMITS, true);
    return NULL;
}

/* Reads a value of a commit; an old one may be gone. */
static bool read_of(enum wafer_kind kind, uint32_t sequence, uint8_t *data, size_t size)
{
    struct wafer_value value;
    int rc = wafer_store_find_in(&store, kind, 0, sequence, &value);

    if (rc == 0) {
        rc = wafer_store_read(&store, &value, 0, data, size);
    }
    if (rc < 0 && rc != WAFER_E_NOT_FOUND && rc != WAFER_E_DAMAGED) {
        abort();
    }
    return rc == (int)size;
}

/* A set as a server loads it. Returns its number, 0 when it was replaced on the way. */
static unsigned read_set(void)
{
    struct wafer_value value;
    uint8_t chain[900], key[32], want[900];
    unsigned n;

    if (wafer_store_find(&store, WAFER_KIND_CERT, 0, 0, &value) != 0 ||
        wafer_store_read(&store, &value, 0, &n, sizeof n) != (int)sizeof n ||
        !read_of(WAFER_KIND_CHAIN, value.sequence, chain, sizeof chain) ||
        !read_of(WAFER_KIND_KEY, value.sequence, key, sizeof key)) {
        return 0;
    }
    emu_pattern(want, sizeof want, n);
    if (memcmp(chain, want, sizeof chain) != 0 || memcmp(key, want, sizeof key) != 0) {
        abort(); /* of two commits, or of none */
    }
    return n;
}

static void *read_sets(void *ctx)
{
    unsigned seen = 0, *last = ctx;
    bool over = false;

    while (!over || seen < SETS) {
        unsigned before = get_committed(&over), n = read_set();

        if (n > 0) {
            if (n < before || n < *last || n > COMMITS) {
                abort(); /* older than what was committed before the call */
            }
            *last = n;
            seen++;
        }
        if (seen % 8 == 7) { /* a transaction of its own, now and then */
            int rc = wafer_store_begin(&store);

            if (rc == 0) {
                wafer_store_abort(&store);
            } else if (rc != WAFER_E_BUSY) {
                abort();
            }
        }
    }
    return NULL;
}

static void test_readers_and_a_writer(void **state)
{
    pthread_t writer, readers[READERS];
    unsigned last[READERS] = {0};

    (void)state;
    fresh(2048, 8, 4, 0xff);
    check_lock = emu.flash.lock;
    check_unlock = emu.flash.unlock;
    emu.flash.lock = device_lock;
    emu.flash.unlock = device_unlock;
    assert_int_equal(pthread_create(&writer, NULL, write_sets, NULL), 0);
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&readers[i], NULL, read_sets, &last[i]), 0);
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    }
    assert_int_equal(read_set(), COMMITS);
    remount();
    assert_int_equal(read_set(), COMMITS);
    emu_flash_free(&emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readers_and_a_writer),
    };

    return cmocka_run_group_tests_name("store: threads", tests, NULL, NULL);
}
