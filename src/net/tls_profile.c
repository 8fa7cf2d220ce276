/* The algorithms of the TLS client: the engine gets what is named here and no more. */
#include "net/tls_profile.h"

#include "wafer/config.h"

/* Implementations for the target's word size. Each may be set on the compiler's
 * command line:
 *
 *  WAFER_TLS_EC_P384      P-384, for signatures and for ECDHE with an ephemeral key
 *  WAFER_TLS_ECDSA_VRFY   ECDSA verification; its arithmetic is that of the group order
 *  WAFER_TLS_RSA_VRFY     RSA verification: public data, so it need not be constant-time
 *  WAFER_TLS_AES, _GHASH, _POLY1305
 *
 * P-256 is WAFER_EC_PRIVATE (config.h). The defaults take the same time for all
 * operands: on 32 bits i15, ctmul32 and m15 do without the 32x32->64 multiplication
 * whose time varies on Cortex-M3 and ARM9. */
#if defined(__LP64__) || defined(_WIN64)
#define PICK(on_64, on_32) on_64
#else
#define PICK(on_64, on_32) on_32
#endif

#ifndef WAFER_TLS_EC_P384
#define WAFER_TLS_EC_P384 PICK(br_ec_prime_i31, br_ec_prime_i15)
#endif
#ifndef WAFER_TLS_ECDSA_VRFY
#define WAFER_TLS_ECDSA_VRFY PICK(br_ecdsa_i31_vrfy_asn1, br_ecdsa_i15_vrfy_asn1)
#endif
#ifndef WAFER_TLS_RSA_VRFY
#if defined(__ARM_ARCH_6M__) /* has no 32x32->64 multiplication at all */
#define WAFER_TLS_RSA_VRFY br_rsa_i15_pkcs1_vrfy
#else
#define WAFER_TLS_RSA_VRFY br_rsa_i31_pkcs1_vrfy
#endif
#endif
#ifndef WAFER_TLS_AES
#define WAFER_TLS_AES PICK(br_aes_ct64_ctr_vtable, br_aes_ct_ctr_vtable)
#endif
#ifndef WAFER_TLS_GHASH
#define WAFER_TLS_GHASH PICK(br_ghash_ctmul64, br_ghash_ctmul32)
#endif
#ifndef WAFER_TLS_POLY1305
#define WAFER_TLS_POLY1305 PICK(br_poly1305_ctmul_run, br_poly1305_ctmul32_run)
#endif

/* The two curves of the public CAs behind one interface. BearSSL's own br_ec_all_*
 * would link Curve25519 as well, which no CA needs. */
static const br_ec_impl *curve_impl(int curve)
{
    return curve == BR_EC_secp384r1 ? &WAFER_TLS_EC_P384 : &WAFER_EC_PRIVATE;
}

static const unsigned char *curve_generator(int curve, size_t *len)
{
    return curve_impl(curve)->generator(curve, len);
}

static const unsigned char *curve_order(int curve, size_t *len)
{
    return curve_impl(curve)->order(curve, len);
}

static size_t curve_xoff(int curve, size_t *len)
{
    return curve_impl(curve)->xoff(curve, len);
}

static uint32_t curve_mul(unsigned char *point, size_t point_len, const unsigned char *x, size_t x_len,
                          int curve)
{
    return curve_impl(curve)->mul(point, point_len, x, x_len, curve);
}

static size_t curve_mulgen(unsigned char *point, const unsigned char *x, size_t x_len, int curve)
{
    return curve_impl(curve)->mulgen(point, x, x_len, curve);
}

static uint32_t curve_muladd(unsigned char *a, const unsigned char *b, size_t len, const unsigned char *x,
                             size_t x_len, const unsigned char *y, size_t y_len, int curve)
{
    return curve_impl(curve)->muladd(a, b, len, x, x_len, y, y_len, curve);
}

static const br_ec_impl curves = {(uint32_t)1 << BR_EC_secp256r1 | (uint32_t)1 << BR_EC_secp384r1,
                                  curve_generator,
                                  curve_order,
                                  curve_xoff,
                                  curve_mul,
                                  curve_mulgen,
                                  curve_muladd};

/* ChaCha20 first: in software it is the fastest of them. */
static const uint16_t suites[] = {
    BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
#if WAFER_TLS_GCM
    BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,       BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,       BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
#endif
};

static void set_hashes(br_ssl_engine_context *engine, br_x509_minimal_context *x509)
{
    br_ssl_engine_set_hash(engine, br_sha256_ID, &br_sha256_vtable);
    br_ssl_engine_set_hash(engine, br_sha384_ID, &br_sha384_vtable);
    br_ssl_engine_set_hash(engine, br_sha512_ID, &br_sha512_vtable); /* offered: chains may have it */
    br_ssl_engine_set_prf_sha256(engine, br_tls12_sha256_prf);
    br_ssl_engine_set_prf_sha384(engine, br_tls12_sha384_prf);
    br_x509_minimal_set_hash(x509, br_sha256_ID, &br_sha256_vtable);
    br_x509_minimal_set_hash(x509, br_sha384_ID, &br_sha384_vtable);
    br_x509_minimal_set_hash(x509, br_sha512_ID, &br_sha512_vtable);
}

static void set_ciphers(br_ssl_engine_context *engine)
{
#if WAFER_TLS_GCM
    br_ssl_engine_set_aes_ctr(engine, &WAFER_TLS_AES);
    br_ssl_engine_set_ghash(engine, WAFER_TLS_GHASH);
    br_ssl_engine_set_gcm(engine, &br_sslrec_in_gcm_vtable, &br_sslrec_out_gcm_vtable);
#endif
    br_ssl_engine_set_chacha20(engine, br_chacha20_ct_run);
    br_ssl_engine_set_poly1305(engine, WAFER_TLS_POLY1305);
    br_ssl_engine_set_chapol(engine, &br_sslrec_in_chapol_vtable, &br_sslrec_out_chapol_vtable);
}

void wafer_tls_profile(br_ssl_client_context *client, br_x509_minimal_context *x509,
                       const br_x509_trust_anchor *anchors, size_t count)
{
    br_ssl_engine_context *engine = &client->eng;

    br_ssl_client_zero(client);
    br_x509_minimal_init(x509, &br_sha256_vtable, anchors, count);
    br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
    br_ssl_engine_set_suites(engine, suites, sizeof suites / sizeof suites[0]);
    br_ssl_engine_add_flags(engine, BR_OPT_NO_RENEGOTIATION);
    set_hashes(engine, x509);
    set_ciphers(engine);
    br_ssl_engine_set_ec(engine, &curves);
    br_ssl_engine_set_ecdsa(engine, WAFER_TLS_ECDSA_VRFY);
    br_ssl_engine_set_rsavrfy(engine, WAFER_TLS_RSA_VRFY);
    br_x509_minimal_set_ecdsa(x509, &curves, WAFER_TLS_ECDSA_VRFY);
    br_x509_minimal_set_rsa(x509, WAFER_TLS_RSA_VRFY);
}
