/* Trust anchors for the CA's HTTPS server. */
#ifndef TOOL_CA_FILE_H
#define TOOL_CA_FILE_H

#include <stdbool.h>
#include "wafer/anchors.h"

/* Reads the certificates of a PEM file. What it makes stays until the next call.
 * Complains, with the file's name and what is wrong. Returns whether there is a usable anchor. */
bool ca_file_read(const char *path, struct wafer_anchors *anchors);

/* The roots of the public CAs: a table that tools/anchors makes. */
extern const struct wafer_anchors wafer_public_anchors;

#endif
