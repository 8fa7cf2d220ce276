/* wafer store dump: every record, old ones too. */
#include "console.h"
#include "failure.h"
#include "json.h"
#include "store_actions.h"

static struct state state;

static const char *state_text(enum wafer_record_state record)
{
    static const char *const texts[] = {
        [WAFER_RECORD_LIVE] = "live",
        [WAFER_RECORD_OLD] = "old",
        [WAFER_RECORD_UNCOMMITTED] = "uncommitted",
        [WAFER_RECORD_DAMAGED] = "damaged",
    };
    return texts[record];
}

static int dump_record(void *ctx, const struct wafer_record_view *view)
{
    const char *what = view->commit ? "commit" : store_kind_text(view->kind);
    (void)ctx;
    json_begin("record");
    json_number("block", view->block);
    json_number("offset", view->offset);
    json_number("sequence", view->sequence);
    json_text("kind", what);
    json_number("slot", view->slot);
    json_number("part", view->part);
    json_number("length", view->length);
    json_bool("last", view->last);
    json_bool("deleted", view->deleted);
    json_bool("encrypted", view->encrypted);
    json_text("state", state_text(view->state));
    json_end();
    note("%5u  %6u  %8u  %-11s  %4u  %4u%c  %6u  %s%s%s", (unsigned)view->block, (unsigned)view->offset,
         (unsigned)view->sequence, what, view->slot, view->part, view->last || view->commit ? ' ' : '+',
         view->length, state_text(view->state), view->deleted ? ", deletes" : "",
         view->encrypted ? ", encrypted" : "");
    return 0;
}

enum status store_dump(const struct options *options, const char *image)
{
    enum status status = store_open(&state, options, image);
    if (status != STATUS_DONE) {
        return status;
    }
    note("block  offset  sequence  kind         slot  part   length  state");
    int rc = wafer_store_walk(&state.store, dump_record, NULL);
    if (rc < 0) {
        return failure_store("read", state.store_path, rc);
    }
    store_tell_usage(&state.store);
    return STATUS_DONE;
}
