/* The command line. */
#ifndef TOOL_ARGUMENTS_H
#define TOOL_ARGUMENTS_H

#include "options.h"

/* Reads flags ("--name VALUE", "--name=VALUE", "-nv", "--" ends them), then the INI file
 * that they name. Operands are moved to the start of the list. Returns how many there
 * are, or -1 after a complaint. */
int arguments_parse(struct options *options, int count, char **list);

/* Complains about a flag that does not go with the command. Returns whether all do. */
bool arguments_fit(const struct options *options, unsigned command_bit, const char *command);

#endif
