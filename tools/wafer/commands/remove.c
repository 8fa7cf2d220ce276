/* wafer remove: certificates that nobody wants any more. */
#include "certificate.h"
#include "commands.h"
#include "console.h"
#include "json.h"
#include "live.h"

static struct state state;

/* Files first: a run that is cut off between has lost nothing, and the next one puts them back or is this one again. */
static enum status remove_named(const char *name, bool with_files)
{
    int slot = certificate_find_any(&state, name);
    if (slot < 0) {
        return certificate_unknown(name);
    }
    enum status status = with_files ? live_remove(&state, name, (uint8_t)slot) : STATUS_DONE;
    if (status != STATUS_DONE) {
        return status;
    }
    int rc = wafer_certificate_forget(&state.store, name);
    if (rc < 0) {
        complain("%s: cannot be removed from %s: %s", name, state.store_path, wafer_error_text(rc));
        return STATUS_FAILED;
    }
    json_begin("removed");
    json_text("name", name);
    json_end();
    note("%s: removed from the store%s", name, with_files ? " and from live/" : "; its files in live/ stay");
    return STATUS_DONE;
}

enum status command_remove(const struct options *options, char *const *operands, size_t count)
{
    static struct names wanted;
    if (!names_take(&wanted, operands, count)) {
        return STATUS_USAGE;
    }
    enum status status = state_open_present(&state, options, STATE_CHANGE);
    for (size_t i = 0; i < wanted.count && status == STATUS_DONE; i++) {
        status = remove_named(wanted.list[i], option_on(options, OPTION_LIVE));
    }
    return status;
}
