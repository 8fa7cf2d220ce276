/* A root certificate in a PEM file as the trust anchor of a test program. */
#ifndef EMU_ROOT_FILE_H
#define EMU_ROOT_FILE_H

#include "wafer/anchors.h"

/* Reads the first certificate of the file; ends the program when it has none. One root for each program. */
struct wafer_anchors emu_root_file(const char *path);

#endif
