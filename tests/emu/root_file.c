/* Reads the root that a test server's certificate goes back to. */
#include "root_file.h"
#include <stdio.h>
#include <stdlib.h>

struct wafer_anchors emu_root_file(const char *path)
{
    static char pem[8192];
    static uint8_t der[4096];
    static br_x509_trust_anchor anchor;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    size_t len = fread(pem, 1, sizeof pem, file);
    fclose(file);
    const char *text = pem;
    int rc = wafer_anchor_from_pem(&anchor, &text, &len, der, sizeof der);
    if (rc <= 0) {
        fprintf(stderr, "%s: %s\n", path, rc < 0 ? wafer_error_text(rc) : "no certificate");
        exit(1);
    }
    return (struct wafer_anchors){&anchor, 1};
}
