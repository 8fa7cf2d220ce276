/* CAs that the command knows by name. */
#ifndef TOOL_CAS_H
#define TOOL_CAS_H

#include <stdbool.h>
#include "out.h"

/* The directory URL for a value of --ca: a known name, or an https URL as it is.
 * NULL after a complaint. */
const char *ca_url(const char *value);

/* The short name of a directory URL, or its host. */
const char *ca_name(const char *url);

/* Host and port of a URL (in static memory). */
const char *ca_host(const char *url);

/* Whether the CA is known to bind accounts only with EAB credentials. */
bool ca_needs_eab(const char *url);

/* Writes the names, separated by ", ". */
void ca_list_names(struct out *out);

#endif
