/* wafer store: its actions are a table; they stand in files of their own. */
#include <string.h>
#include "commands.h"
#include "console.h"
#include "image.h"
#include "json.h"
#include "store_actions.h"

const char *store_kind_text(unsigned kind)
{
    static const char *const texts[] = {
#define KIND_TEXT(name, number, text) [number] = text,
        WAFER_KINDS(KIND_TEXT)
#undef KIND_TEXT
    };
    return kind < sizeof texts / sizeof *texts && texts[kind] != NULL ? texts[kind] : "unknown";
}

void store_tell_usage(struct wafer_store *store)
{
    struct wafer_store_usage usage;
    if (wafer_store_usage(store, &usage) < 0) {
        return;
    }
    json_begin("usage");
    json_number("live", usage.live);
    json_number("capacity", usage.capacity);
    json_number("erases_min", usage.erases_min);
    json_number("erases_max", usage.erases_max);
    json_number("retired", usage.retired);
    json_number("failed", usage.failed);
    json_end();
    note("%u of %u octets used; blocks erased %u to %u times", (unsigned)usage.live, (unsigned)usage.capacity,
         (unsigned)usage.erases_min, (unsigned)usage.erases_max);
    if (usage.retired + usage.failed > 0) {
        note("worn blocks: %u retired, %u failed once", (unsigned)usage.retired, (unsigned)usage.failed);
    }
}

enum status store_open(struct state *state, const struct options *options, const char *image)
{
    if (image != NULL) {
        return image_open(state, image);
    }
    enum status status = state_open(state, option_text(options, OPTION_STATE), STATE_READ);
    if (status == STATUS_DONE && state->empty) {
        complain("%s: there is no store yet; `wafer issue` makes one, --state names another directory",
                 state->store_path);
        return STATUS_FAILED;
    }
    return status;
}

enum status command_store(const struct options *options, char *const *operands, size_t count)
{
    static const struct {
        const char *name;
        enum status (*run)(const struct options *options, const char *image);
        size_t most; /* operands, itself included */
    } actions[] = {{"dump", store_dump, 2}, {"check", store_check, 2}, {"format", store_format, 1}};
    for (size_t i = 0; i < sizeof actions / sizeof *actions && count > 0; i++) {
        if (count <= actions[i].most && strcmp(operands[0], actions[i].name) == 0) {
            return actions[i].run(options, count > 1 ? operands[1] : NULL);
        }
    }
    complain("store takes dump [IMAGE], check [IMAGE] or format; `wafer store --help` tells what they do");
    return STATUS_USAGE;
}
