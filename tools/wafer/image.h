/* Flash images of devices, looked at on a PC. */
#ifndef TOOL_IMAGE_H
#define TOOL_IMAGE_H

#include "state.h"

/* Opens an image of any geometry in the place of a state, to be read. Complains. */
enum status image_open(struct state *state, const char *path);

#endif
