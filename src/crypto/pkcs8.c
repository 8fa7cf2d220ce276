/* A software key in the form that servers read. */
#include "wafer/signer.h"

#include <string.h>

/* All lengths are fixed, so the DER is a frame around the two values:
 *
 *  PrivateKeyInfo ::= SEQUENCE {                   -- RFC 5958 2
 *      version    INTEGER 0,
 *      algorithm  SEQUENCE { id-ecPublicKey, prime256v1 },
 *      privateKey OCTET STRING {
 *          ECPrivateKey ::= SEQUENCE {             -- RFC 5915 3
 *              version    INTEGER 1,
 *              privateKey OCTET STRING (SIZE(32)),
 *              publicKey  [1] BIT STRING }}}       -- the uncompressed point
 */
/* clang-format off */
static const uint8_t before_secret[] = {
    0x30, 0x81, 0x87,
    0x02, 0x01, 0x00,
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
    0x04, 0x6d,
    0x30, 0x6b,
    0x02, 0x01, 0x01,
    0x04, 0x20};
/* clang-format on */
static const uint8_t before_point[] = {0xa1, 0x44, 0x03, 0x42, 0x00};

#define PKCS8_SIZE (sizeof before_secret + WAFER_KEY_SIZE + sizeof before_point + WAFER_POINT_SIZE)
typedef char pkcs8_fits[PKCS8_SIZE == WAFER_KEY_PKCS8_MAX ? 1 : -1];

int wafer_key_to_pkcs8(const struct wafer_key *key, uint8_t *der, size_t size)
{
    if (size < PKCS8_SIZE) {
        return WAFER_E_SPACE;
    }
    memcpy(der, before_secret, sizeof before_secret);
    der += sizeof before_secret;
    memcpy(der, key->secret, WAFER_KEY_SIZE);
    der += WAFER_KEY_SIZE;
    memcpy(der, before_point, sizeof before_point);
    der += sizeof before_point;
    memcpy(der, key->point, WAFER_POINT_SIZE);
    return (int)PKCS8_SIZE;
}
