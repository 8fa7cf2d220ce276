/* The four PEM files of a certificate in a directory: privkey.pem, cert.pem, chain.pem and
 * fullchain.pem, or the last three when the key is held elsewhere. */
#ifndef TOOL_PEM_FILES_H
#define TOOL_PEM_FILES_H

#include "wafer/wafer.h"

/* A certificate in its store. */
struct pem_source {
    struct wafer_store *store;
    struct wafer_certificate certificate;
};

/* Whether the directory `name` in `parent` holds exactly what the store says. */
bool pem_files_are_current(const struct pem_source *source, int parent, const char *name);

/* Makes the directory anew and writes the files to the disk. Returns 0, WAFER_E_FLASH (errno
 * tells more), or an error of the store. */
int pem_files_write(const struct pem_source *source, int parent, const char *name);

/* Removes the directory: the four files and no other. errno stays. */
void pem_files_remove(int parent, const char *name);

#endif
