/* The commands: each takes the options and its operands, and returns the exit status. */
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

#include "exit_status.h"
#include "options.h"

enum status command_issue(const struct options *options, char *const *operands, size_t count);
enum status command_renew(const struct options *options, char *const *operands, size_t count);
enum status command_status(const struct options *options, char *const *operands, size_t count);
enum status command_export(const struct options *options, char *const *operands, size_t count);
enum status command_remove(const struct options *options, char *const *operands, size_t count);
enum status command_store(const struct options *options, char *const *operands, size_t count);

#endif
