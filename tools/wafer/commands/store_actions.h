/* The three actions of `wafer store`, and what they share. */
#ifndef TOOL_STORE_ACTIONS_H
#define TOOL_STORE_ACTIONS_H

#include "options.h"
#include "state.h"

/* `image` is NULL, or a flash image in the place of the store of the state directory. */
enum status store_dump(const struct options *options, const char *image);
enum status store_check(const struct options *options, const char *image);
enum status store_format(const struct options *options, const char *image);

/* Opens the image that is named, else the store of the state directory. Complains. */
enum status store_open(struct state *state, const struct options *options, const char *image);

/* Tells how full the store and how worn its flash is. */
void store_tell_usage(struct wafer_store *store);

/* What a kind of record is called. */
const char *store_kind_text(unsigned kind);

#endif
