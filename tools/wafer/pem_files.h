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

/* Whether a file of this name is wafer's, be it one that is not whole yet. A privkey.pem is not where the key is
 * somebody else's. */
bool pem_files_has(const struct pem_source *source, const char *name);

/* Whether the open directory holds exactly what the store says. */
bool pem_files_are_current(const struct pem_source *source, int directory);

/* Writes the files to the disk, each whole before it has its name, in the place of earlier ones. Returns 0,
 * WAFER_E_FLASH (errno tells more), or an error of the store. */
int pem_files_write(const struct pem_source *source, int directory);

/* Sends a file or directory to the disk; what knows no sync (EINVAL) does that by itself. Returns 0 or WAFER_E_FLASH. */
int pem_files_sync(int fd);

/* Removes the files, and no others. Returns 0, or -1 with errno when one can't be. */
int pem_files_remove(const struct pem_source *source, int directory);

/* Whether all of them are there, and cert.pem begins with a certificate of these dates. */
bool pem_files_dates(const struct pem_source *source, int directory, int64_t *not_before, int64_t *not_after);

#endif
