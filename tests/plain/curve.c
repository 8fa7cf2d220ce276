/* A group that stands in for P-256 where its strength does not matter: the numbers modulo the
 * curve's order, with 1 for generator. A point has its number as x. Keys, signatures and their
 * verification agree with each other as on the curve, at a hundredth of the time: a test that
 * issues thousands of certificates is linked with it. */
#include <bearssl.h>
#include <string.h>
#include "wafer/config.h"

#define LIMBS 8
#define POINT 65

struct number {
    uint32_t limb[LIMBS]; /* little-endian */
};

static const struct number order_number = {
    {0xfc632551, 0xf3b9cac2, 0xa7179e84, 0xbce6faad, 0xffffffff, 0xffffffff, 0x00000000, 0xffffffff}};
static const unsigned char order_octets[32] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

/* a - n where that is not negative, `carry` being the bit above a. */
static void reduce(struct number *a, uint32_t carry)
{
    struct number less;
    int64_t borrow = 0;
    for (int i = 0; i < LIMBS; i++) {
        borrow += (int64_t)a->limb[i] - order_number.limb[i];
        less.limb[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    if (carry != 0 || borrow == 0) {
        *a = less;
    }
}

static void add(struct number *a, const struct number *b)
{
    uint64_t carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (uint64_t)a->limb[i] + b->limb[i];
        a->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    reduce(a, (uint32_t)carry);
}

static struct number product(const struct number *a, const struct number *b)
{
    struct number sum = {{0}};
    for (int bit = 32 * LIMBS - 1; bit >= 0; bit--) {
        struct number same = sum;
        add(&sum, &same);
        if ((b->limb[bit / 32] >> bit % 32 & 1) != 0) {
            add(&sum, a);
        }
    }
    return sum;
}

static struct number load(const unsigned char *octets, size_t len)
{
    struct number a = {{0}};
    for (size_t i = 0; i < len && i < 4 * LIMBS; i++) {
        a.limb[i / 4] |= (uint32_t)octets[len - 1 - i] << i % 4 * 8;
    }
    reduce(&a, 0);
    return a;
}

static void store(unsigned char *point, const struct number *a)
{
    point[0] = 4;
    for (int i = 0; i < 32; i++) {
        point[32 - i] = (unsigned char)(a->limb[i / 4] >> i % 4 * 8);
        point[64 - i] = (unsigned char)~point[32 - i];
    }
}

static const unsigned char *toy_generator(int curve, size_t *len)
{
    static unsigned char point[POINT];
    (void)curve;
    store(point, &(struct number){{1}});
    *len = sizeof point;
    return point;
}

static const unsigned char *toy_order(int curve, size_t *len)
{
    (void)curve;
    *len = sizeof order_octets;
    return order_octets;
}

static size_t toy_xoff(int curve, size_t *len)
{
    (void)curve;
    *len = 32;
    return 1;
}

static uint32_t toy_mul(unsigned char *point, size_t point_len, const unsigned char *x, size_t x_len,
                        int curve)
{
    struct number a = load(point + 1, 32), b = load(x, x_len);
    (void)curve;
    if (point_len != POINT) {
        return 0;
    }
    a = product(&a, &b);
    store(point, &a);
    return 1;
}

static size_t toy_mulgen(unsigned char *point, const unsigned char *x, size_t x_len, int curve)
{
    struct number a = load(x, x_len);
    (void)curve;
    store(point, &a);
    return POINT;
}

static uint32_t toy_muladd(unsigned char *a, const unsigned char *b, size_t len, const unsigned char *x,
                           size_t x_len, const unsigned char *y, size_t y_len, int curve)
{
    unsigned char other[POINT];
    size_t unused;
    if (len != POINT) {
        return 0;
    }
    memcpy(other, b != NULL ? b : toy_generator(curve, &unused), sizeof other);
    (void)toy_mul(a, len, x, x_len, curve);
    (void)toy_mul(other, len, y, y_len, curve);
    struct number sum = load(a + 1, 32), more = load(other + 1, 32);
    add(&sum, &more);
    store(a, &sum);
    return 1;
}

const br_ec_impl WAFER_EC_PRIVATE = {
    (uint32_t)1 << BR_EC_secp256r1, toy_generator, toy_order, toy_xoff, toy_mul, toy_mulgen, toy_muladd};

/* The signature with the nonce 1, which verifies as any other: no inverse is to be computed. */
size_t br_ecdsa_i31_sign_raw(const br_ec_impl *impl, const br_hash_class *hf, const void *hash_value,
                             const br_ec_private_key *sk, void *sig)
{
    struct number s = load(hash_value, 32), secret = load(sk->x, sk->xlen);
    unsigned char point[POINT], *octets = sig;
    (void)impl, (void)hf;
    add(&s, &secret);
    store(point, &s);
    memset(octets, 0, 32);
    octets[31] = 1;
    memcpy(octets + 32, point + 1, 32);
    return 64;
}
