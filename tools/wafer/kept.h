/* The options that the store keeps with a certificate, or with what is to become one: renewals go by them. */
#ifndef TOOL_KEPT_H
#define TOOL_KEPT_H

#include "settings.h"
#include "state.h"

/* Reads those of a slot, for options_recall. Returns their length, 0 when there are none, or an error. */
int kept_read(struct state *state, uint8_t slot, char kept[OPTION_MEMORY_MAX]);

/* Keeps those of the settings in a slot, where it has others. Complains; `name` is whose they are. */
enum status kept_write(struct state *state, uint8_t slot, const struct settings *settings, const char *name);

#endif
