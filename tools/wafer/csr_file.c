/* --csr: reads a request in PEM or DER, and its names. */
#include "csr_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "console.h"
#include "system_error.h"
#include "wafer/csr.h"
#include "wafer/pem.h"

/* Decodes the first block with the label. Returns 1, 0 when there is none, or an error. */
static int decode_label(struct csr_file *csr, const char *label, const char *text, size_t len)
{
    struct wafer_pem pem;
    wafer_pem_init(&pem, label, WAFER_PEM_SKIP_OTHERS, csr->der, sizeof csr->der);
    for (size_t i = 0; i < len; i++) {
        int rc = wafer_pem_feed(&pem, text[i]);
        if (rc != 0) {
            csr->len = rc > 0 ? pem.len : 0;
            return rc;
        }
    }
    return 0;
}

/* Takes the first request of a PEM text; old tools call it NEW. len stays 0 when there is none. */
static void decode(struct csr_file *csr, const char *text, size_t len)
{
    int rc = decode_label(csr, "CERTIFICATE REQUEST", text, len);
    if (rc == 0) {
        (void)decode_label(csr, "NEW CERTIFICATE REQUEST", text, len);
    }
}

/* Returns how much it has read, or -1 after a complaint. */
static ssize_t read_file(const char *path, char *data, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, data, size);
    if (n < 0) {
        complain("cannot read --csr %s: %s", path, system_error_text(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return n;
}

bool csr_file_read(struct csr_file *csr, const char *path)
{
    char data[2 * CSR_SIZE], name[NAME_SIZE];
    ssize_t n = read_file(path, data, sizeof data);
    if (n < 0) {
        return false;
    }
    csr->len = 0;
    if (n == 0 || data[0] != 0x30) {
        decode(csr, data, (size_t)n);
    } else if ((size_t)n <= sizeof csr->der) {
        memcpy(csr->der, data, (size_t)n);
        csr->len = (size_t)n;
    }
    int rc = wafer_csr_name(csr->der, csr->len, 0, name, sizeof name);
    if (rc == WAFER_E_NOT_FOUND) {
        complain("--csr %s: asks for no subjectAltName; make it again with the names there", path);
    } else if (rc < 0) {
        complain("--csr %s: is no certificate request in PEM or DER that wafer can read", path);
    }
    return rc >= 0;
}

static bool refuse_names(const char *path)
{
    complain("--csr %s: has names that are no DNS names or IP addresses, or too many", path);
    return false;
}

bool csr_file_names(const struct csr_file *csr, const char *path, struct names *names)
{
    char name[NAME_SIZE], *argument = name;
    struct names one;
    names->count = 0;
    for (unsigned i = 0;; i++) {
        int rc = wafer_csr_name(csr->der, csr->len, i, name, sizeof name);
        if (rc < 0) {
            return rc == WAFER_E_NOT_FOUND || refuse_names(path);
        }
        if (!names_take(&one, &argument, 1)) {
            return false;
        }
        if (!names_add(names, name)) {
            return refuse_names(path);
        }
    }
}
