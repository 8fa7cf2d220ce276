/* Any octets as the chain of a server, in pieces of any size: nothing outside is read or written, and without an
 * anchor no chain is trusted. */
#include <stdlib.h>
#include <string.h>
#include "net/tls_validator.h"
#include "wafer/ip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth) {
        abort();
    }
}

/* One certificate: two octets of length and the rest, in pieces of at most 256 as the engine hands it on. Returns
 * the octets taken. */
static size_t show(const br_x509_class **ctx, const uint8_t *data, size_t size)
{
    size_t len = (size_t)(data[0] << 8 | data[1]), at = 2;

    if (len > size - at) {
        len = size - at;
    }
    (*ctx)->start_cert(ctx, (uint32_t)len);
    while (len > 0) {
        size_t piece = len > 256 ? 256 : len;
        (*ctx)->append(ctx, data + at, piece);
        at += piece;
        len -= piece;
    }
    (*ctx)->end_cert(ctx);
    return at;
}

/* The first octet: size of the memory, in steps of 16; the second: what is wanted. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const hosts[] = {"ca.example", "192.0.2.1", "2001:db8::1"};
    struct wafer_tls_validator validator;
    br_x509_minimal_context minimal;
    int64_t youngest;

    if (size < 2) {
        return 0;
    }
    const char *host = hosts[data[1] % 3];
    size_t memory_size = data[0] * 16u;
    uint8_t *memory = malloc(memory_size + 1);
    const br_x509_class **ctx = &validator.vtable;
    br_x509_minimal_init(&minimal, &br_sha256_vtable, NULL, 0);
    br_x509_minimal_set_hash(&minimal, br_sha256_ID, &br_sha256_vtable);
    br_x509_minimal_set_rsa(&minimal, br_rsa_i31_pkcs1_vrfy);
    br_x509_minimal_set_ecdsa(&minimal, &br_ec_p256_m31, br_ecdsa_i31_vrfy_asn1);
    br_x509_minimal_set_time(&minimal, 719528 + 20600, 0); /* 2026-05-27 */
    wafer_tls_validator_init(&validator, &minimal, host, wafer_ip_parse, (int64_t)20600 * 86400, memory,
                             memory_size);
    (*ctx)->start_chain(ctx, host);
    for (size_t at = 2; at + 2 <= size;) {
        at += show(ctx, data + at, size - at);
    }
    require((*ctx)->end_chain(ctx) != BR_ERR_OK);
    if (wafer_tls_validator_not_before(&validator, &youngest) == 0) {
        require(youngest >= validator.not_before);
    }
    free(memory);
    return 0;
}
