/* CAs that the command knows by name. */
#ifndef TOOL_CA_H
#define TOOL_CA_H

#include "output.h"

/* The directory URL for a value of --ca: a known name, or an https URL as it is.
 * NULL after a complaint. */
const char *ca_url(const char *value);

/* The short name of a directory URL, or its host. */
const char *ca_name(const char *url);

/* Host and port of a URL (in static memory). */
const char *ca_host(const char *url);

/* Writes the names, separated by ", ". */
void ca_list_names(struct output *out);

#endif
