/* The CA's directory (RFC 8555 7.1.1): where its resources are. */
#ifndef WAFER_DIRECTORY_H
#define WAFER_DIRECTORY_H

#include "wafer/wafer.h"

/* Reads the CA's directory, unless it was read within the last hour. */
int wafer_directory_open(struct wafer *w) WAFER_MUST_CHECK;

#endif
