/* What a walk shows of each record, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "kit.h"

struct seen {
    unsigned records, live, old, uncommitted, damaged, commits, stop;
};

static int count(void *ctx, const struct wafer_record_view *view)
{
    struct seen *seen = ctx;

    seen->records++;
    seen->commits += view->commit;
    seen->live += view->state == WAFER_RECORD_LIVE && !view->commit;
    seen->old += view->state == WAFER_RECORD_OLD;
    seen->uncommitted += view->state == WAFER_RECORD_UNCOMMITTED;
    seen->damaged += view->state == WAFER_RECORD_DAMAGED;
    return seen->stop != 0 && seen->records == seen->stop ? 42 : 0;
}

static void test_walk(void **state)
{
    struct seen seen = {0}, few = {.stop = 2};

    (void)state;
    fresh(4096, 4, 1, 0xff);
    assert_int_equal(put(WAFER_KIND_CHAIN, 0, 1, 500), 0); /* three parts, old */
    assert_int_equal(put(WAFER_KIND_CHAIN, 0, 2, 500), 0); /* three parts, live */
    assert_int_equal(put(WAFER_KIND_ORDER, 0, 2, 5), 0);   /* deleted */
    assert_int_equal(erase_value(WAFER_KIND_ORDER, 0), 0); /* live tombstone */
    assert_int_equal(wafer_store_begin(&store), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 0, "x", 1), 0);
    assert_int_equal(wafer_store_put(&store, WAFER_KIND_CERT, 0, "x", 1), 0); /* ends the key */
    wafer_store_abort(&store);
    uint32_t at = store.offset;
    assert_int_equal(put(WAFER_KIND_SEED, 0, 2, 32), 0);
    assert_int_equal(put(WAFER_KIND_SEED, 1, 2, 32), 0);
    emu_flash_flip(&emu, at + 20, 3);
    assert_int_equal(wafer_store_walk(&store, count, &seen), 0);
    assert_int_equal(seen.records, 3 + 1 + 3 + 1 + 2 + 2 + 1 + 2 + 2);
    assert_int_equal(seen.commits, 6);
    assert_int_equal(seen.live, 3 + 1 + 1);
    assert_int_equal(seen.old, 3 + 1);
    assert_int_equal(seen.uncommitted, 1);
    assert_int_equal(seen.damaged, 1);
    assert_int_equal(wafer_store_walk(&store, count, &few), 42);
    assert_int_equal(few.records, 2);
    emu_flash_flip(&emu, at + 1, 3); /* its header too: no record, still reported */
    memset(&seen, 0, sizeof seen);
    assert_int_equal(wafer_store_walk(&store, count, &seen), 0);
    assert_int_equal(seen.damaged, 1);
    assert_int_equal(seen.live, 3 + 1 + 1);
    emu_flash_free(&emu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk),
    };

    return cmocka_run_group_tests_name("store: walk", tests, NULL, NULL);
}
