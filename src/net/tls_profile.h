/* Which algorithms wafer's TLS client has: ECDHE with ECDSA or RSA certificates,
 * AES-128-GCM, ChaCha20-Poly1305, AES-256-GCM; P-256 and P-384; SHA-256, SHA-384, SHA-512. */
#ifndef WAFER_TLS_PROFILE_H
#define WAFER_TLS_PROFILE_H

#include <bearssl.h>

/* Zeroes client and validator and sets suites, versions, hashes, ciphers, curves
 * and signature checks. Only what is named here is linked. */
void wafer_tls_profile(br_ssl_client_context *client, br_x509_minimal_context *x509,
                       const br_x509_trust_anchor *anchors, size_t count);

#endif
