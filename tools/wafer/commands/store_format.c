/* wafer store format: an empty store. */
#include "console.h"
#include "failure.h"
#include "store_actions.h"

static struct state state;

/* Whether no value of any kind is there, but for the store's own. */
static bool is_empty(void)
{
    struct wafer_value value;
    for (unsigned kind = 1; kind <= 255; kind++) {
        if (kind != WAFER_KIND_WORN &&
            wafer_store_next(&state.store, (enum wafer_kind)kind, -1, &value) >= 0) {
            return false;
        }
    }
    return true;
}

enum status store_format(const struct options *options, const char *image)
{
    (void)image; /* an image is not formatted */
    enum status status = state_open(&state, option_text(options, OPTION_STATE), STATE_RAW);
    if (status != STATUS_DONE) {
        return status;
    }
    int rc = wafer_store_mount(&state.store, &state.file.flash);
    bool blank = rc == WAFER_E_BLANK || (rc == 0 && is_empty());
    if (!blank && !option_on(options, OPTION_FORCE)) {
        complain("%s %s; --force erases it, keys and accounts with it", state.store_path,
                 rc == 0 ? "is in use" : "holds something that wafer cannot read");
        return STATUS_FAILED;
    }
    rc = wafer_store_format(&state.store, &state.file.flash);
    if (rc < 0) {
        return failure_store("format", state.store_path, rc);
    }
    note("%s: formatted, %u blocks of %u octets", state.store_path, (unsigned)state.file.flash.block_count,
         (unsigned)state.file.flash.block_size);
    return STATUS_DONE;
}
