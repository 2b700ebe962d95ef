// Instructions.h for 64-bit ARM: the cryptographic extension of ARMv8, which a processor may lack (the Raspberry Pi 3 and 4 do).
#pragma once
#include <arm_neon.h>
#include <sys/auxv.h>

#define CMBEDTLS_AES __attribute__((target("aes"))) static inline
#define CMBEDTLS_SHA __attribute__((target("sha2"))) static inline
// A call would save the vectors that its caller holds.
#define CMBEDTLS_AES_PART __attribute__((target("aes"), always_inline)) static inline
// Eight blocks at once keep the AES unit busy: each instruction waits some cycles for its own block's last.
#define CMBEDTLS_EACH(count) _Pragma("clang loop unroll(full)") for (int i = 0; i < (count); i++)

/// Whether the kernel says that the processor has all of these, HWCAP_….
static inline int cmbedtls_hwcap(unsigned long wanted) { return (getauxval(AT_HWCAP) & wanted) == wanted; }
static inline int cmbedtls_has_aes(void) { return cmbedtls_hwcap(HWCAP_AES | HWCAP_PMULL); }
static inline int cmbedtls_has_sha(void) { return cmbedtls_hwcap(HWCAP_SHA1 | HWCAP_SHA2); }

// AES. An instruction adds its round key before the round, so that the last key remains. `aes` holds a key schedule for encryption,
// or for CBC's decryption one for that.

/// The key schedule in vectors: those of the nine rounds that every key has, of the four that a longer one has as well, and of
/// the end.
typedef struct {
    uint8x16_t nine[9], more[4], last[2];
    int rounds;
} cmbedtls_keys;

CMBEDTLS_AES_PART cmbedtls_keys cmbedtls_loaded(const mbedtls_aes_context *aes) {
    const uint8_t *keys = cmbedtls_round_keys(aes);
    cmbedtls_keys result = {.rounds = cmbedtls_rounds(aes)};
    CMBEDTLS_EACH(9) result.nine[i] = vld1q_u8(keys + 16 * i);
    CMBEDTLS_EACH(4) result.more[i] = 9 + i < result.rounds - 1 ? vld1q_u8(keys + 16 * (9 + i)) : vdupq_n_u8(0);
    CMBEDTLS_EACH(2) result.last[i] = vld1q_u8(keys + 16 * (result.rounds - 1 + i));
    return result;
}

// All rounds of `count` blocks b[0], b[1], …; `step` is one round but the last, and `end` what the last one begins with.
#define CMBEDTLS_ROUND(count, step, key) CMBEDTLS_EACH(count) b[i] = step(b[i], key);
#define CMBEDTLS_ROUNDS(count, step, end) \
    { \
        CMBEDTLS_ROUND(count, step, keys.nine[0]) \
        CMBEDTLS_ROUND(count, step, keys.nine[1]) \
        CMBEDTLS_ROUND(count, step, keys.nine[2]) \
        CMBEDTLS_ROUND(count, step, keys.nine[3]) \
        CMBEDTLS_ROUND(count, step, keys.nine[4]) \
        CMBEDTLS_ROUND(count, step, keys.nine[5]) \
        CMBEDTLS_ROUND(count, step, keys.nine[6]) \
        CMBEDTLS_ROUND(count, step, keys.nine[7]) \
        CMBEDTLS_ROUND(count, step, keys.nine[8]) \
        if (keys.rounds > 10) { \
            CMBEDTLS_ROUND(count, step, keys.more[0]) \
            CMBEDTLS_ROUND(count, step, keys.more[1]) \
        } \
        if (keys.rounds > 12) { \
            CMBEDTLS_ROUND(count, step, keys.more[2]) \
            CMBEDTLS_ROUND(count, step, keys.more[3]) \
        } \
        CMBEDTLS_EACH(count) b[i] = veorq_u8(end(b[i], keys.last[0]), keys.last[1]); \
    }
#define CMBEDTLS_ENCRYPTING(block, key) vaesmcq_u8(vaeseq_u8(block, key))
#define CMBEDTLS_DECRYPTING(block, key) vaesimcq_u8(vaesdq_u8(block, key))

CMBEDTLS_AES void cmbedtls_aes_encrypt(const mbedtls_aes_context *aes, uint8_t block[16]) {
    const cmbedtls_keys keys = cmbedtls_loaded(aes);
    uint8x16_t b[1] = {vld1q_u8(block)};
    CMBEDTLS_ROUNDS(1, CMBEDTLS_ENCRYPTING, vaeseq_u8)
    vst1q_u8(block, b[0]);
}

/// XORs the key stream that begins with `counter` to `blocks` blocks; the counter's last 32 bits count.
CMBEDTLS_AES void cmbedtls_aes_ctr(
    const mbedtls_aes_context *aes, const uint8_t counter[16], uint8_t *bytes, size_t blocks
) {
    const cmbedtls_keys keys = cmbedtls_loaded(aes);
    const uint32x4_t one = vsetq_lane_u32(1, vdupq_n_u32(0), 3);
    uint32x4_t next = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(counter)));
    while (blocks > 0) {
        // The last few blocks go through the same eight; the spare ones are never stored.
        const int count = blocks < 8 ? (int)blocks : 8;
        uint8x16_t b[8];
        CMBEDTLS_EACH(8) {
            b[i] = vrev32q_u8(vreinterpretq_u8_u32(next));
            next = vaddq_u32(next, one);
        }
        CMBEDTLS_ROUNDS(8, CMBEDTLS_ENCRYPTING, vaeseq_u8)
        if (count == 8) {
            CMBEDTLS_EACH(8) vst1q_u8(bytes + 16 * i, veorq_u8(vld1q_u8(bytes + 16 * i), b[i]));
        } else {
            CMBEDTLS_EACH(7) if (i < count) vst1q_u8(bytes + 16 * i, veorq_u8(vld1q_u8(bytes + 16 * i), b[i]));
        }
        blocks -= (size_t)count;
        bytes += 16 * count;
    }
}

CMBEDTLS_AES void cmbedtls_aes_cbc_encrypt(
    const mbedtls_aes_context *aes, const uint8_t iv[16], uint8_t *bytes, size_t blocks
) {
    const cmbedtls_keys keys = cmbedtls_loaded(aes);
    uint8x16_t b[1] = {vld1q_u8(iv)};
    for (; blocks > 0; blocks--, bytes += 16) {
        b[0] = veorq_u8(b[0], vld1q_u8(bytes));
        CMBEDTLS_ROUNDS(1, CMBEDTLS_ENCRYPTING, vaeseq_u8)
        vst1q_u8(bytes, b[0]);
    }
}

CMBEDTLS_AES void cmbedtls_aes_cbc_decrypt(
    const mbedtls_aes_context *aes, const uint8_t iv[16], uint8_t *bytes, size_t blocks
) {
    const cmbedtls_keys keys = cmbedtls_loaded(aes);
    uint8x16_t last = vld1q_u8(iv);
    while (blocks > 0) {
        const int count = blocks < 8 ? (int)blocks : 8;
        uint8x16_t b[8];
        CMBEDTLS_EACH(8) b[i] = i < count ? vld1q_u8(bytes + 16 * i) : last;
        CMBEDTLS_ROUNDS(8, CMBEDTLS_DECRYPTING, vaesdq_u8)
        CMBEDTLS_EACH(8) if (i < count) {
            const uint8x16_t cipher = vld1q_u8(bytes + 16 * i);
            vst1q_u8(bytes + 16 * i, veorq_u8(b[i], last));
            last = cipher;
        }
        blocks -= (size_t)count;
        bytes += 16 * count;
    }
}

// GHASH. Its octets reversed, an element of GF(2^128) is a 128-bit integer whose lowest bit is the highest power. Keys are
// kept shifted up by one bit, which the product of two such integers lacks.

typedef struct {
    uint8x16_t low, middle, high;
} cmbedtls_product;

/// The 64-bit halves of a vector exchanged.
CMBEDTLS_AES_PART uint8x16_t cmbedtls_exchanged(uint8x16_t x) { return vextq_u8(x, x, 8); }

CMBEDTLS_AES_PART uint8x16_t cmbedtls_reversed(uint8x16_t x) { return cmbedtls_exchanged(vrev64q_u8(x)); }

CMBEDTLS_AES_PART uint8x16_t cmbedtls_low_product(uint8x16_t x, uint8x16_t y) {
    const poly64x2_t a = vreinterpretq_p64_u8(x), b = vreinterpretq_p64_u8(y);
    return vreinterpretq_u8_p128(vmull_p64(vgetq_lane_p64(a, 0), vgetq_lane_p64(b, 0)));
}

CMBEDTLS_AES_PART uint8x16_t cmbedtls_high_product(uint8x16_t x, uint8x16_t y) {
    return vreinterpretq_u8_p128(vmull_high_p64(vreinterpretq_p64_u8(x), vreinterpretq_p64_u8(y)));
}

CMBEDTLS_AES_PART void cmbedtls_add_product(cmbedtls_product *sum, uint8x16_t x, uint8x16_t key) {
    const uint8x16_t crossed = cmbedtls_exchanged(key);
    sum->low = veorq_u8(sum->low, cmbedtls_low_product(x, key));
    sum->middle = veorq_u8(sum->middle, cmbedtls_low_product(x, crossed));
    sum->middle = veorq_u8(sum->middle, cmbedtls_high_product(x, crossed));
    sum->high = veorq_u8(sum->high, cmbedtls_high_product(x, key));
}

/// The sum modulo x^128 + x^7 + x^2 + x + 1: its lowest 64 bits are folded upwards, twice.
CMBEDTLS_AES_PART uint8x16_t cmbedtls_reduced(cmbedtls_product sum) {
    const uint8x16_t polynomial = vreinterpretq_u8_u64(vdupq_n_u64(0xc200000000000000));
    uint8x16_t fold = veorq_u8(cmbedtls_low_product(sum.low, polynomial), cmbedtls_exchanged(sum.low));
    sum.middle = veorq_u8(sum.middle, fold);
    fold = veorq_u8(cmbedtls_low_product(sum.middle, polynomial), cmbedtls_exchanged(sum.middle));
    return veorq_u8(sum.high, fold);
}

/// `count` more blocks of the hash, with one reduction. `powers` are those of `cmbedtls_ghash_start`.
#define CMBEDTLS_HASH(count) \
    { \
        cmbedtls_product product = {vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0)}; \
        CMBEDTLS_EACH(count) { \
            const uint8x16_t x = cmbedtls_reversed(vld1q_u8(bytes + 16 * i)); \
            cmbedtls_add_product(&product, i ? x : veorq_u8(x, y), power[(count) - 1 - i]); \
        } \
        y = cmbedtls_reduced(product); \
        blocks -= (count); \
        bytes += 16 * (count); \
    }

/// Fills `powers` with the first to fourth power of GHASH's key.
CMBEDTLS_AES void cmbedtls_ghash_start(const uint8_t key[16], uint8_t powers[64]) {
    const uint64x2_t h = vreinterpretq_u64_u8(cmbedtls_reversed(vld1q_u8(key)));
    // Up by one bit, modulo the polynomial; no branch on the key. Each half's highest bit goes to the other half.
    const uint64x2_t tops = vreinterpretq_u64_u8(cmbedtls_exchanged(vreinterpretq_u8_u64(vshrq_n_u64(h, 63))));
    const uint64x2_t carried = vdupq_n_u64(0 - vgetq_lane_u64(tops, 0));
    const uint64x2_t polynomial = vcombine_u64(vcreate_u64(0), vcreate_u64(0xc200000000000000));
    uint8x16_t shifted = vreinterpretq_u8_u64(veorq_u64(vaddq_u64(h, h), tops));
    shifted = veorq_u8(shifted, vreinterpretq_u8_u64(vandq_u64(carried, polynomial)));
    uint8x16_t power = shifted;
    for (int i = 0; i < 4; i++) {
        vst1q_u8(powers + 16 * i, power);
        cmbedtls_product sum = {vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0)};
        cmbedtls_add_product(&sum, power, shifted);
        power = cmbedtls_reduced(sum);
    }
}

/// Hashes `blocks` blocks into `sum`, four with one reduction.
CMBEDTLS_AES void cmbedtls_ghash(uint8_t sum[16], const uint8_t powers[64], const uint8_t *bytes, size_t blocks) {
    uint8x16_t y = cmbedtls_reversed(vld1q_u8(sum)), power[4];
    CMBEDTLS_EACH(4) power[i] = vld1q_u8(powers + 16 * i);
    while (blocks >= 4) CMBEDTLS_HASH(4)
    while (blocks > 0) CMBEDTLS_HASH(1)
    vst1q_u8(sum, cmbedtls_reversed(y));
}

// SHA-1 and SHA-256 (FIPS 180). The context holds no part of a block.

// Four rounds, with the four words of `group`; `function` is c, p or m.
#define CMBEDTLS_SHA1_FOUR(group, function, constant) \
    { \
        if ((group) >= 4) { \
            const uint32x4_t mixed = vsha1su0q_u32(w[(group) & 3], w[((group) + 1) & 3], w[((group) + 2) & 3]); \
            w[(group) & 3] = vsha1su1q_u32(mixed, w[((group) + 3) & 3]); \
        } \
        const uint32x4_t words = vaddq_u32(w[(group) & 3], vdupq_n_u32(constant)); \
        const uint32_t next = vsha1h_u32(vgetq_lane_u32(abcd, 0)); \
        abcd = vsha1##function##q_u32(abcd, e, words); \
        e = next; \
    }
#define CMBEDTLS_SHA1_TWENTY(first, function, constant) \
    CMBEDTLS_SHA1_FOUR(first, function, constant) \
    CMBEDTLS_SHA1_FOUR(first + 1, function, constant) \
    CMBEDTLS_SHA1_FOUR(first + 2, function, constant) \
    CMBEDTLS_SHA1_FOUR(first + 3, function, constant) \
    CMBEDTLS_SHA1_FOUR(first + 4, function, constant)

CMBEDTLS_SHA void cmbedtls_sha1_blocks(mbedtls_sha1_context *c, const uint8_t *bytes, size_t blocks) {
    uint32_t *state = c->CMBEDTLS_FIELD(state);
    cmbedtls_count(c->CMBEDTLS_FIELD(total), blocks);
    uint32x4_t abcd = vld1q_u32(state);
    uint32_t e = state[4];
    for (; blocks > 0; blocks--, bytes += 64) {
        const uint32x4_t abcd_before = abcd;
        const uint32_t e_before = e;
        uint32x4_t w[4];
        CMBEDTLS_EACH(4) w[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(bytes + 16 * i)));
        CMBEDTLS_SHA1_TWENTY(0, c, 0x5a827999)
        CMBEDTLS_SHA1_TWENTY(5, p, 0x6ed9eba1)
        CMBEDTLS_SHA1_TWENTY(10, m, 0x8f1bbcdc)
        CMBEDTLS_SHA1_TWENTY(15, p, 0xca62c1d6)
        abcd = vaddq_u32(abcd, abcd_before);
        e += e_before;
    }
    vst1q_u32(state, abcd);
    state[4] = e;
}

CMBEDTLS_SHA void cmbedtls_sha256_blocks(mbedtls_sha256_context *c, const uint8_t *bytes, size_t blocks) {
    uint32_t *state = c->CMBEDTLS_FIELD(state);
    cmbedtls_count(c->CMBEDTLS_FIELD(total), blocks);
    uint32x4_t abcd = vld1q_u32(state), efgh = vld1q_u32(state + 4);
    for (; blocks > 0; blocks--, bytes += 64) {
        const uint32x4_t abcd_before = abcd, efgh_before = efgh;
        uint32x4_t w[4];
        CMBEDTLS_EACH(4) w[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(bytes + 16 * i)));
        CMBEDTLS_EACH(16) {
            if (i >= 4) {
                const uint32x4_t mixed = vsha256su0q_u32(w[i & 3], w[(i + 1) & 3]);
                w[i & 3] = vsha256su1q_u32(mixed, w[(i + 2) & 3], w[(i + 3) & 3]);
            }
            const uint32x4_t words = vaddq_u32(w[i & 3], vld1q_u32(cmbedtls_sha256_constants + 4 * i));
            const uint32x4_t abcd_now = abcd;
            abcd = vsha256hq_u32(abcd, efgh, words);
            efgh = vsha256h2q_u32(efgh, abcd_now, words);
        }
        abcd = vaddq_u32(abcd, abcd_before);
        efgh = vaddq_u32(efgh, efgh_before);
    }
    vst1q_u32(state, abcd);
    vst1q_u32(state + 4, efgh);
}
