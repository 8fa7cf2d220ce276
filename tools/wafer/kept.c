/* Options in the store: one value a slot, in the lines of options_remember. */
#include "kept.h"

#include <string.h>
#include "console.h"

int kept_read(struct state *state, uint8_t slot, char kept[OPTION_MEMORY_MAX])
{
    struct wafer_store *store = &state->store;
    struct wafer_value value;
    uint32_t len = 0;
    int n, rc = wafer_store_find(store, WAFER_KIND_OPTIONS, slot, 0, &value);
    if (rc < 0) {
        return rc == WAFER_E_NOT_FOUND ? 0 : rc;
    }
    while ((n = wafer_store_read(store, &value, len, kept + len, OPTION_MEMORY_MAX - len)) > 0) {
        len += (uint32_t)n;
    }
    return n < 0 ? n : (int)len;
}

static int commit(struct wafer_store *store, uint8_t slot, const struct settings *settings)
{
    int rc = wafer_store_begin(store);
    if (rc < 0) {
        return rc;
    }
    rc = wafer_store_put(store, WAFER_KIND_OPTIONS, slot, settings->kept, settings->kept_len);
    if (rc < 0) {
        wafer_store_abort(store);
        return rc;
    }
    return wafer_store_commit(store);
}

enum status kept_write(struct state *state, uint8_t slot, const struct settings *settings, const char *name)
{
    static char kept[OPTION_MEMORY_MAX];
    int len = kept_read(state, slot, kept); /* what can't be read is written anew */
    if (len >= 0 && (size_t)len == settings->kept_len &&
        memcmp(kept, settings->kept, settings->kept_len) == 0) {
        return STATUS_DONE;
    }
    int rc = commit(&state->store, slot, settings);
    if (rc < 0) {
        complain("%s: its options cannot be kept in %s: %s; renewals go by the old ones", name,
                 state->store_path, wafer_error_text(rc));
        return STATUS_FAILED;
    }
    return STATUS_DONE;
}
