/* Any octets as a certificate: nothing outside is read, all that is found lies inside. */
#include <stdlib.h>
#include <string.h>
#include "format/public_key.h"
#include "format/x509_limits.h"

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

/* What the chain of a server is judged by. */
static void judge(const struct wafer_x509 *cert, const uint8_t *data, size_t size)
{
    static const uint8_t addresses[16] = {192, 0, 2, 1};
    const struct wafer_der names[] = {{(const uint8_t *)"a.example", 9}, {addresses, 4}, {addresses, 16}};
    struct wafer_x509_constraints constraints;
    struct wafer_der value;
    br_x509_pkey key;

    if (wafer_x509_extension(cert->extensions, WAFER_X509_BASIC_CONSTRAINTS, &value) > 0) {
        check_inside(&value, data, size);
    }
    if (wafer_public_key(&key, cert->spki) == 0 && wafer_public_key_is_weak(&key)) {
        require(key.key_type == BR_KEYTYPE_RSA && key.key.rsa.nlen <= 256);
    }
    require(wafer_x509_for_server(cert) <= 1);
    if (wafer_x509_constraints(&constraints, cert) <= 0) {
        return;
    }
    check_inside(&constraints.permitted, data, size);
    check_inside(&constraints.excluded, data, size);
    for (size_t i = 0; i < 3; i++) {
        int rc = wafer_x509_permits(&constraints, i == 0 ? WAFER_X509_DNS : WAFER_X509_IP, &names[i]);
        require(rc <= 1);
    }
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
    judge(&cert, data, size);
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
