/* A certification request in a file: its key is held elsewhere. */
#ifndef TOOL_CSR_FILE_H
#define TOOL_CSR_FILE_H

#include <stdint.h>
#include "names.h"

#define CSR_SIZE 4096

struct csr_file {
    size_t len; /* 0: none */
    uint8_t der[CSR_SIZE];
};

/* Reads a request in PEM or DER. Complains about what is none. */
bool csr_file_read(struct csr_file *csr, const char *path);

/* Takes the names that it asks for. Complains, about `path`. */
bool csr_file_names(const struct csr_file *csr, const char *path, struct names *names);

#endif
