/* --config: options from an INI file. */
#ifndef TOOL_CONFIG_FILE_H
#define TOOL_CONFIG_FILE_H

#include "options.h"

/* Takes the options of the file where no flag gives a value. Complains, with file and
 * line. Returns whether all is good. */
bool config_file_read(struct options *options, const char *path);

#endif
