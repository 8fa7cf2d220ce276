/* CAs that the command knows by name. */
#ifndef TOOL_CA_H
#define TOOL_CA_H

#include "output.h"

/* The directory URL for a value of --ca: a known name, or an https URL as it is.
 * NULL after a complaint. */
const char *ca_url(const char *value);

/* Octets of the "CA=" that a value may begin with to say which CA it is for, by a known name or an https URL
 * without "="; 0: it is for any. */
size_t ca_prefix(const char *value);

/* Of some values the one for the CA with this directory URL: its own, else the first for any, without
 * the "CA="; NULL when there is none. */
const char *ca_value(const char *const *values, unsigned count, const char *url);

/* The short name of a directory URL, or its host. */
const char *ca_name(const char *url);

/* Host and port of a URL (in static memory). */
const char *ca_host(const char *url);

/* Writes the names, separated by ", ". */
void ca_list_names(struct output *out);

#endif
