/* A certification request, written backwards and signed in one buffer. */
#include "wafer/csr.h"

#include <bearssl.h>
#include <string.h>
#include "base/name.h"
#include "format/x509.h"

/*  CertificationRequest ::= SEQUENCE {               -- RFC 2986 4.2
 *      CertificationRequestInfo ::= SEQUENCE {       -- RFC 2986 4.1
 *          version       INTEGER 0,
 *          subject       Name {},
 *          subjectPKInfo SubjectPublicKeyInfo,
 *          attributes    [0] {
 *              SEQUENCE { extensionRequest, SET {    -- RFC 2985 5.4.2
 *                  Extensions ::= SEQUENCE {
 *                      SEQUENCE { subjectAltName, OCTET STRING {
 *                          GeneralNames ::= SEQUENCE {
 *                              [2] dNSName | [7] iPAddress ... }}}}}}}},
 *      signatureAlgorithm SEQUENCE { ecdsa-with-SHA256 },
 *      signature BIT STRING { SEQUENCE { r INTEGER, s INTEGER }}}
 */
static const uint8_t version_and_subject[] = {0x02, 0x01, 0x00, 0x30, 0x00};
static const uint8_t ecdsa_with_sha256[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                            0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

#define DNS_NAME   WAFER_X509_DNS
#define IP_ADDRESS WAFER_X509_IP

static void write_name(struct wafer_der_writer *w, const char *name, wafer_ip_reader ip)
{
    uint8_t address[16];
    size_t ip_len = wafer_name_address(ip, name, address);

    if (ip_len > 0) {
        wafer_der_primitive(w, IP_ADDRESS, address, ip_len);
    } else {
        wafer_der_primitive(w, DNS_NAME, name, strlen(name));
    }
}

/* What stands around the names, from the inside out: a tag that encloses all so far, how
 * many octets come in front of it then, and these. */
/* clang-format off */
static const uint8_t frames[] = {
    WAFER_DER_SEQUENCE, 0,                                    /* GeneralNames */
    WAFER_DER_OCTET_STRING, 5, WAFER_DER_OID, 3, 0x55, 0x1d, 0x11, /* subjectAltName */
    WAFER_DER_SEQUENCE, 0,
    WAFER_DER_SEQUENCE, 0,                                    /* Extensions */
    WAFER_DER_SET, 11, WAFER_DER_OID, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e, /* extensionRequest */
    WAFER_DER_SEQUENCE, 0,
    WAFER_DER_CONTEXT_CONSTRUCTED(0), 0,                      /* attributes */
};
/* clang-format on */

/* Writes at the end of the buffer. */
static void write_attributes(struct wafer_der_writer *w, const char *const *names, size_t count,
                             wafer_ip_reader ip)
{
    while (count > 0) {
        write_name(w, names[--count], ip);
    }
    for (size_t i = 0; i < sizeof frames; i += 2u + frames[i + 1]) {
        wafer_der_wrap(w, frames[i], w->size);
        wafer_der_raw(w, frames + i + 2, frames[i + 1]);
    }
}

/* Writes at the end of the buffer. */
static void write_signature(struct wafer_der_writer *w, const uint8_t signature[WAFER_SIGNATURE_SIZE])
{
    static const uint8_t unused_bits = 0;

    wafer_der_unsigned(w, signature + 32, 32);
    wafer_der_unsigned(w, signature, 32);
    wafer_der_wrap(w, WAFER_DER_SEQUENCE, w->size);
    wafer_der_raw(w, &unused_bits, 1);
    wafer_der_wrap(w, WAFER_DER_BIT_STRING, w->size);
    wafer_der_raw(w, ecdsa_with_sha256, sizeof ecdsa_with_sha256);
}

/* Writes the CertificationRequestInfo; returns as wafer_der_end. */
static int write_info(uint8_t *out, size_t size, const char *const *names, size_t count,
                      wafer_ip_reader ip, const uint8_t point[WAFER_POINT_SIZE])
{
    struct wafer_der_writer w;

    wafer_der_begin(&w, out, size);
    write_attributes(&w, names, count, ip);
    wafer_der_raw(&w, point, WAFER_POINT_SIZE);
    wafer_der_raw(&w, wafer_spki_p256, WAFER_SPKI_P256_SIZE);
    wafer_der_raw(&w, version_and_subject, sizeof version_and_subject);
    wafer_der_wrap(&w, WAFER_DER_SEQUENCE, size);
    return wafer_der_end(&w);
}

/* Puts the signature behind the info, which stands at the start of the buffer: it goes to the
 * end, the info is moved before it. Where they would overlap, moving the info overflows. */
static int finish_request(uint8_t *out, size_t size, size_t info_len,
                          const uint8_t signature[WAFER_SIGNATURE_SIZE])
{
    struct wafer_der_writer w;

    wafer_der_begin(&w, out, size);
    write_signature(&w, signature);
    wafer_der_raw(&w, out, info_len);
    wafer_der_wrap(&w, WAFER_DER_SEQUENCE, size);
    return wafer_der_end(&w);
}

int wafer_csr_write(uint8_t *out, size_t size, const char *const *names, size_t count,
                    const struct wafer_signer *signer, wafer_ip_reader ip)
{
    br_sha256_context sha256;
    uint8_t point[WAFER_POINT_SIZE]; /* also takes the signature, which is one octet less */
    uint8_t hash[br_sha256_SIZE];

    int rc = signer->public_key(signer->ctx, point);
    if (rc != 0) {
        return WAFER_E_KEY;
    }
    int info_len = write_info(out, size, names, count, ip, point);
    if (info_len < 0) {
        return info_len;
    }
    br_sha256_init(&sha256);
    br_sha256_update(&sha256, out, (size_t)info_len);
    br_sha256_out(&sha256, hash);
    rc = signer->sign(signer->ctx, hash, point);
    if (rc != 0) {
        return WAFER_E_KEY;
    }
    return finish_request(out, size, (size_t)info_len, point);
}
