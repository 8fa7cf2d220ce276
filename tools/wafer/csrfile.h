/* A certification request in a file: its key is held elsewhere. */
#ifndef TOOL_CSRFILE_H
#define TOOL_CSRFILE_H

#include <stdint.h>
#include "names.h"

#define CSR_SIZE 4096

struct csr {
    size_t len; /* 0: none */
    uint8_t der[CSR_SIZE];
};

/* Reads a request in PEM or DER. Complains about what is none. */
bool csr_read(struct csr *csr, const char *path);

/* Takes the names that it asks for. Complains, about `path`. */
bool csr_names(const struct csr *csr, const char *path, struct names *names);

#endif
