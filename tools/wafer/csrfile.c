#include "csrfile.h"

#include <bearssl.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "console.h"
#include "wafer/csr.h"

static void take_der(void *ctx, const void *data, size_t len)
{
    struct csr *csr = ctx;
    if (len > sizeof csr->der - csr->len) {
        len = sizeof csr->der - csr->len; /* cut: it will not parse */
    }
    memcpy(csr->der + csr->len, data, len);
    csr->len += len;
}

/* Decodes the first "CERTIFICATE REQUEST" of a PEM text. */
static void decode(struct csr *csr, const uint8_t *text, size_t len)
{
    br_pem_decoder_context pem;
    br_pem_decoder_init(&pem);
    while (len > 0) {
        size_t n = br_pem_decoder_push(&pem, text, len);
        int event = br_pem_decoder_event(&pem);
        text += n;
        len -= n;
        if (event == BR_PEM_BEGIN_OBJ) {
            bool request = csr->len == 0 && text_contains(br_pem_decoder_name(&pem), "CERTIFICATE REQUEST");
            br_pem_decoder_setdest(&pem, request ? take_der : NULL, csr);
        } else if (event == BR_PEM_ERROR) {
            csr->len = 0;
            return;
        }
    }
}

bool csr_read(struct csr *csr, const char *path)
{
    uint8_t data[2 * CSR_SIZE];
    char name[NAME_SIZE];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, data, sizeof data);
    int error = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (n < 0) {
        complain("cannot read --csr %s: %s", path, strerror(error));
        return false;
    }
    csr->len = 0;
    if (n > 0 && data[0] == 0x30) {
        take_der(csr, data, (size_t)n);
    } else {
        decode(csr, data, (size_t)n);
    }
    int rc = wafer_csr_name(csr->der, csr->len, 0, name, sizeof name);
    if (rc < 0) {
        complain("--csr %s: %s", path,
                 rc == WAFER_E_NOT_FOUND ? "asks for no subjectAltName; make it again with the names there"
                                         : "is no certificate request in PEM or DER that wafer can read");
    }
    return rc >= 0;
}

bool csr_names(const struct csr *csr, const char *path, struct names *names)
{
    char name[NAME_SIZE], *argument = name;
    struct names one;
    int rc;
    names->count = 0;
    for (unsigned i = 0; (rc = wafer_csr_name(csr->der, csr->len, i, name, sizeof name)) >= 0; i++) {
        if (!names_take(&one, &argument, 1)) {
            return false;
        }
        if (!names_add(names, name)) {
            rc = WAFER_E_SPACE;
            break;
        }
    }
    if (rc != WAFER_E_NOT_FOUND) {
        complain("--csr %s: has names that are no DNS names or IP addresses, or too many", path);
        return false;
    }
    return true;
}
