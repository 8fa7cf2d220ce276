/* Finds the slot of a lineage by its first name, or a free one, and describes what was asked
 * for in it. */
#include "record/lineage.h"
#include "base/clock.h"
#include "record/fields.h"

/* The kinds whose values begin with what wafer_lineage_describe writes. */
static const uint8_t kinds[] = {WAFER_KIND_CERT, WAFER_KIND_ORDER, WAFER_KIND_SCHEDULE};
#define KINDS (sizeof kinds / sizeof kinds[0])

#define RECORD_SHARE 15  /* of so many octets one is a record's header */
#define BESIDE_CHAIN 512 /* octets of what is stored with a chain */

int wafer_lineage_slot(struct wafer_store *store, const char *name)
{
    struct wafer_value value;
    for (size_t i = 0; i < KINDS; i++) {
        int slot = -1;
        while ((slot = wafer_store_next(store, kinds[i], slot, &value)) >= 0) {
            int same = wafer_field_equals(store, &value, WAFER_FIELD_NAME, 0, name);
            if (same < 0) {
                return same;
            }
            if (same > 0) {
                return slot;
            }
        }
        if (slot != WAFER_E_NOT_FOUND) { /* what can't be read is not missing */
            return slot;
        }
    }
    return WAFER_E_NOT_FOUND;
}

/* Octets of the longest chain of the store, 0: there is none. */
static uint32_t longest_chain(struct wafer_store *store)
{
    struct wafer_value value;
    uint32_t longest = 0;
    int slot = -1;
    while ((slot = wafer_store_next(store, WAFER_KIND_CHAIN, slot, &value)) >= 0) {
        longest = value.length > longest ? value.length : longest;
    }
    return longest;
}

/* Whether there is room for another certificate, and then for the renewal of any. The first one may try. */
static int check_room(struct wafer_store *store)
{
    struct wafer_store_usage usage;
    uint32_t longest = longest_chain(store), all = longest + longest / RECORD_SHARE + BESIDE_CHAIN;
    if (longest == 0) {
        return 0;
    }
    int rc = wafer_store_usage(store, &usage);
    if (rc < 0) {
        return rc;
    }
    return usage.live + 2 * all <= usage.capacity ? 0 : WAFER_E_STORE_FULL;
}

int wafer_lineage_free_slot(struct wafer_store *store)
{
    struct wafer_value value;
    int rc = check_room(store);
    if (rc < 0) {
        return rc;
    }
    for (unsigned slot = 0; slot <= UINT8_MAX; slot++) {
        size_t i = 0;
        while (i < KINDS && wafer_store_find(store, kinds[i], (uint8_t)slot, 0, &value) == WAFER_E_NOT_FOUND) {
            i++;
        }
        if (i == KINDS) {
            return (int)slot;
        }
    }
    return WAFER_E_STORE_FULL;
}

static void put_optional(struct wafer_store *store, enum wafer_field tag, const char *text)
{
    if (text != NULL) {
        wafer_field_put_text(store, tag, text);
    }
}

void wafer_lineage_describe(struct wafer *w, const struct wafer_request *request)
{
    struct wafer_store *store = w->config->store;
    for (size_t i = 0; i < request->name_count; i++) {
        wafer_field_put_text(store, WAFER_FIELD_NAME, request->names[i]);
    }
    wafer_field_put_text(store, WAFER_FIELD_DIRECTORY, w->config->directory);
    put_optional(store, WAFER_FIELD_PROFILE, request->profile);
    put_optional(store, WAFER_FIELD_CHAIN, request->preferred_chain != NULL ? request->preferred_chain->root : NULL);
    int64_t now = wafer_clock_estimate(&w->clock);
    wafer_field_put_number(store, WAFER_FIELD_TIME, now);
    if (wafer_clock_is_told(&w->clock)) {
        wafer_field_put_number(store, WAFER_FIELD_ASSERTED, now);
    }
}

bool wafer_lineage_has_names(struct wafer_store *store, const struct wafer_value *value, const char *const *names,
                             size_t count)
{
    for (size_t i = 0; i <= count; i++) { /* "": no name follows the last */
        const char *name = i < count ? names[i] : "";
        if (!wafer_field_equals(store, value, WAFER_FIELD_NAME, (unsigned)i, name)) {
            return false;
        }
    }
    return true;
}

bool wafer_lineage_is_for(struct wafer *w, const struct wafer_request *request, const struct wafer_value *value)
{
    struct wafer_store *store = w->config->store;
    const char *profile = request->profile == NULL ? "" : request->profile;
    return wafer_field_equals(store, value, WAFER_FIELD_DIRECTORY, 0, w->config->directory) &&
           wafer_field_equals(store, value, WAFER_FIELD_PROFILE, 0, profile) &&
           wafer_lineage_has_names(store, value, request->names, request->name_count);
}

void wafer_lineage_raise_clock(struct wafer *w)
{
    struct wafer_store *store = w->config->store;
    struct wafer_value value;
    uint32_t newest = 0;
    int64_t told = 0;
    for (size_t i = 0; i < KINDS && kinds[i] != WAFER_KIND_SCHEDULE; i++) {
        for (int slot = -1; (slot = wafer_store_next(store, kinds[i], slot, &value)) >= 0;) {
            int64_t asserted = wafer_field_get_number(store, &value, WAFER_FIELD_ASSERTED);
            if (asserted > 0 && value.sequence > newest) {
                newest = value.sequence;
                told = asserted;
            }
        }
    }
    wafer_clock_raise(&w->clock, told);
}
