/* Any octets as a certificate: nothing outside is read, all that is found lies inside. */
#include <stdlib.h>
#include <string.h>
#include "format/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth) {
        abort();
    }
}

static void check_inside(const struct wafer_der *part, const uint8_t *data, size_t size)
{
    require(part->len == 0 ||
            (part->data >= data && part->len <= size && (size_t)(part->data - data) <= size - part->len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t address[16] = {192, 0, 2, 1};
    struct wafer_x509 cert;
    uint8_t point[WAFER_POINT_SIZE];
    char name[64];
    int n;

    if (wafer_x509_parse(&cert, data, size) != 0) {
        return 0;
    }
    check_inside(&cert.issuer, data, size);
    check_inside(&cert.subject, data, size);
    check_inside(&cert.spki, data, size);
    check_inside(&cert.san, data, size);
    if (wafer_x509_p256(&cert, point) == 0) {
        require(point[0] == 4);
    }
    if (wafer_x509_has_name(&cert, WAFER_X509_DNS, "a.example", 9) + wafer_x509_has_name(&cert, WAFER_X509_IP, address, 4) +
            wafer_x509_has_name(&cert, WAFER_X509_IP, address, 16) >
        0) {
        require(cert.san.len != 0);
    }
    n = wafer_x509_common_name(&cert.issuer, name, sizeof name);
    require(n < 0 || strlen(name) == (size_t)n); /* a NUL becomes "?" */
    n = wafer_x509_common_name(&cert.subject, name, sizeof name);
    require(n < 0 || strlen(name) == (size_t)n);
    return 0;
}
