/* The dates of a certificate, for who has it in a file. */
#include "format/x509.h"
#include "wafer/certificate.h"

int wafer_certificate_validity(const uint8_t *der, size_t len, int64_t *not_before, int64_t *not_after)
{
    struct wafer_x509 x509;
    int rc = wafer_x509_parse(&x509, der, len);
    if (rc < 0) {
        return rc;
    }
    *not_before = x509.not_before;
    *not_after = x509.not_after;
    return 0;
}
