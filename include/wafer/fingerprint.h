/* One number for all that application and library must agree on before they share a struct:
 * version, knobs, and the sizes that compiler and flags give. Included by wafer.h, whose
 * wafer_init compares the application's number with the library's.
 *
 * Not part of it: the knobs that are times, and WAFER_EC_PRIVATE; they change no layout. */
#ifndef WAFER_FINGERPRINT_H
#define WAFER_FINGERPRINT_H

#include <stdint.h>
#include "wafer/config.h"
#include "wafer/version.h"

#define WAFER_FINGERPRINT_PARTS(X) \
    X(WAFER_VERSION_NUMBER) \
    X(WAFER_TLS_BUFFER) \
    X(WAFER_TLS_GCM) \
    X(WAFER_WORK_SIZE) \
    X(WAFER_URL_MAX) \
    X(WAFER_NONCE_MAX) \
    X(WAFER_DIRECTORY_SIZE) \
    X(WAFER_AUTHZ_SIZE) \
    X(WAFER_PROBLEM_SIZE) \
    X(WAFER_TOKEN_MAX) \
    X(WAFER_PROGRAM_UNIT_MAX) \
    X(WAFER_HTTP01_CONNECTIONS) \
    X(WAFER_HTTP01_CHALLENGES) \
    X(sizeof(struct wafer)) \
    X(sizeof(struct wafer_config)) \
    X(sizeof(struct wafer_event)) \
    X(sizeof(struct wafer_flash)) \
    X(sizeof(struct wafer_http01)) \
    X(sizeof(struct wafer_port)) \
    X(sizeof(struct wafer_request)) \
    X(sizeof(struct wafer_signer)) \
    X(sizeof(struct wafer_solver)) \
    X(sizeof(struct wafer_store))

/* FNV-1a over the parts: each step is one to one, so a single difference always shows. A
 * compiler that optimises at all makes a constant of it. */
#define WAFER_FINGERPRINT_MIX(part) mix = (mix ^ (uint32_t)(part)) * 16777619u;

#endif
