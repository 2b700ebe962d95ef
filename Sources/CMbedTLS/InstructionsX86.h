// Instructions.h for x86: AES-NI, PCLMULQDQ, the SHA extensions.
#pragma once
#include <cpuid.h>
#include <immintrin.h>

#define CMBEDTLS_AES __attribute__((target("aes,pclmul,sse4.1"))) static inline
#define CMBEDTLS_SHA __attribute__((target("sha,sse4.1"))) static inline
// Eight blocks at once keep the AES unit busy: each instruction waits some four cycles for its own block's last.
#define CMBEDTLS_EACH(count) _Pragma("clang loop unroll(full)") for (int i = 0; i < (count); i++)

static inline int cmbedtls_has_aes(void) {
    unsigned a, b, c = 0, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_AES) && (c & bit_PCLMUL) && (c & bit_SSE4_1);
}

static inline int cmbedtls_has_sha(void) {
    unsigned a, b = 0, c, d;
    return cmbedtls_has_aes() && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

static inline __m128i cmbedtls_load(const void *from) { return _mm_loadu_si128((const __m128i *)from); }
static inline void cmbedtls_store(void *to, __m128i x) { _mm_storeu_si128((__m128i *)to, x); }

CMBEDTLS_AES __m128i cmbedtls_reversed(__m128i x) {
    return _mm_shuffle_epi8(x, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

// AES. `aes` holds a key schedule for encryption, or for CBC's decryption one for that.

CMBEDTLS_AES __m128i cmbedtls_encrypted(const uint8_t *keys, int rounds, __m128i block) {
    block = _mm_xor_si128(block, cmbedtls_load(keys));
    for (int round = 1; round < rounds; round++) block = _mm_aesenc_si128(block, cmbedtls_load(keys + 16 * round));
    return _mm_aesenclast_si128(block, cmbedtls_load(keys + 16 * rounds));
}

CMBEDTLS_AES void cmbedtls_aes_encrypt(const mbedtls_aes_context *aes, uint8_t block[16]) {
    cmbedtls_store(block, cmbedtls_encrypted(cmbedtls_round_keys(aes), cmbedtls_rounds(aes), cmbedtls_load(block)));
}

/// XORs the key stream that begins with `counter` to `blocks` blocks; the counter's last 32 bits count.
CMBEDTLS_AES void cmbedtls_aes_ctr(
    const mbedtls_aes_context *aes, const uint8_t counter[16], uint8_t *bytes, size_t blocks
) {
    const uint8_t *keys = cmbedtls_round_keys(aes);
    const int rounds = cmbedtls_rounds(aes);
    const __m128i one = _mm_set_epi32(0, 0, 0, 1);
    __m128i next = cmbedtls_reversed(cmbedtls_load(counter));
    for (; blocks >= 8; blocks -= 8, bytes += 128) {
        __m128i b[8], key = cmbedtls_load(keys);
        CMBEDTLS_EACH(8) {
            b[i] = _mm_xor_si128(cmbedtls_reversed(next), key);
            next = _mm_add_epi32(next, one);
        }
        for (int round = 1; round < rounds; round++) {
            key = cmbedtls_load(keys + 16 * round);
            CMBEDTLS_EACH(8) b[i] = _mm_aesenc_si128(b[i], key);
        }
        key = cmbedtls_load(keys + 16 * rounds);
        CMBEDTLS_EACH(8) {
            b[i] = _mm_aesenclast_si128(b[i], key);
            cmbedtls_store(bytes + 16 * i, _mm_xor_si128(cmbedtls_load(bytes + 16 * i), b[i]));
        }
    }
    for (; blocks > 0; blocks--, bytes += 16) {
        __m128i stream = cmbedtls_encrypted(keys, rounds, cmbedtls_reversed(next));
        next = _mm_add_epi32(next, one);
        cmbedtls_store(bytes, _mm_xor_si128(cmbedtls_load(bytes), stream));
    }
}

CMBEDTLS_AES void cmbedtls_aes_cbc_encrypt(
    const mbedtls_aes_context *aes, const uint8_t iv[16], uint8_t *bytes, size_t blocks
) {
    const uint8_t *keys = cmbedtls_round_keys(aes);
    const int rounds = cmbedtls_rounds(aes);
    __m128i last = cmbedtls_load(iv);
    for (; blocks > 0; blocks--, bytes += 16) {
        last = cmbedtls_encrypted(keys, rounds, _mm_xor_si128(last, cmbedtls_load(bytes)));
        cmbedtls_store(bytes, last);
    }
}

CMBEDTLS_AES void cmbedtls_aes_cbc_decrypt(
    const mbedtls_aes_context *aes, const uint8_t iv[16], uint8_t *bytes, size_t blocks
) {
    const uint8_t *keys = cmbedtls_round_keys(aes);
    const int rounds = cmbedtls_rounds(aes);
    __m128i last = cmbedtls_load(iv);
    while (blocks > 0) {
        // The last few blocks go through the same eight; the spare ones are never stored.
        const int count = blocks < 8 ? (int)blocks : 8;
        __m128i b[8], key = cmbedtls_load(keys);
        CMBEDTLS_EACH(8) b[i] = i < count ? _mm_xor_si128(cmbedtls_load(bytes + 16 * i), key) : key;
        for (int round = 1; round < rounds; round++) {
            key = cmbedtls_load(keys + 16 * round);
            CMBEDTLS_EACH(8) b[i] = _mm_aesdec_si128(b[i], key);
        }
        key = cmbedtls_load(keys + 16 * rounds);
        CMBEDTLS_EACH(8) if (i < count) {
            const __m128i cipher = cmbedtls_load(bytes + 16 * i);
            cmbedtls_store(bytes + 16 * i, _mm_xor_si128(_mm_aesdeclast_si128(b[i], key), last));
            last = cipher;
        }
        blocks -= (size_t)count;
        bytes += 16 * count;
    }
}

// GHASH. Its octets reversed, an element of GF(2^128) is a 128-bit integer whose lowest bit is the highest power. Keys are
// kept shifted up by one bit, which the product of two such integers lacks.

typedef struct {
    __m128i low, middle, high;
} cmbedtls_product;

CMBEDTLS_AES void cmbedtls_add_product(cmbedtls_product *sum, __m128i x, __m128i key) {
    const __m128i crossed = _mm_xor_si128(_mm_clmulepi64_si128(x, key, 0x01), _mm_clmulepi64_si128(x, key, 0x10));
    sum->low = _mm_xor_si128(sum->low, _mm_clmulepi64_si128(x, key, 0x00));
    sum->middle = _mm_xor_si128(sum->middle, crossed);
    sum->high = _mm_xor_si128(sum->high, _mm_clmulepi64_si128(x, key, 0x11));
}

/// The sum modulo x^128 + x^7 + x^2 + x + 1: its lowest 64 bits are folded upwards, twice.
CMBEDTLS_AES __m128i cmbedtls_reduced(cmbedtls_product sum) {
    const __m128i polynomial = _mm_set_epi64x(0, (long long)0xc200000000000000);
    __m128i fold = _mm_xor_si128(_mm_clmulepi64_si128(sum.low, polynomial, 0x00), _mm_shuffle_epi32(sum.low, 0x4e));
    sum.middle = _mm_xor_si128(sum.middle, fold);
    fold = _mm_xor_si128(_mm_clmulepi64_si128(sum.middle, polynomial, 0x00), _mm_shuffle_epi32(sum.middle, 0x4e));
    return _mm_xor_si128(sum.high, fold);
}

/// Fills `powers` with the first to fourth power of GHASH's key.
CMBEDTLS_AES void cmbedtls_ghash_start(const uint8_t key[16], uint8_t powers[64]) {
    __m128i h = cmbedtls_reversed(cmbedtls_load(key));
    // Up by one bit, modulo the polynomial; no branch on the key.
    const __m128i carried = _mm_cmpgt_epi32(_mm_setzero_si128(), _mm_shuffle_epi32(h, 0xff));
    h = _mm_or_si128(_mm_slli_epi64(h, 1), _mm_slli_si128(_mm_srli_epi64(h, 63), 8));
    h = _mm_xor_si128(h, _mm_and_si128(carried, _mm_set_epi64x((long long)0xc200000000000000, 1)));
    __m128i power = h;
    for (int i = 0; i < 4; i++) {
        cmbedtls_store(powers + 16 * i, power);
        cmbedtls_product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
        cmbedtls_add_product(&sum, power, h);
        power = cmbedtls_reduced(sum);
    }
}

/// Hashes `blocks` blocks into `sum`, four with one reduction.
CMBEDTLS_AES void cmbedtls_ghash(uint8_t sum[16], const uint8_t powers[64], const uint8_t *bytes, size_t blocks) {
    __m128i y = cmbedtls_reversed(cmbedtls_load(sum));
    while (blocks > 0) {
        const int count = blocks < 4 ? 1 : 4;
        cmbedtls_product product = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
        for (int i = 0; i < count; i++) {
            const __m128i x = _mm_xor_si128(y, cmbedtls_reversed(cmbedtls_load(bytes + 16 * i)));
            cmbedtls_add_product(&product, x, cmbedtls_load(powers + 16 * (count - 1 - i)));
            y = _mm_setzero_si128();
        }
        y = cmbedtls_reduced(product);
        blocks -= (size_t)count;
        bytes += 16 * count;
    }
    cmbedtls_store(sum, cmbedtls_reversed(y));
}

// SHA-1 and SHA-256 (FIPS 180). The context holds no part of a block.

// Rounds 4 * group on, with the words they take; `function` is 0 to 3.
#define CMBEDTLS_SHA1_FOUR(group, function) \
    { \
        if ((group) >= 4) { \
            const __m128i mixed = _mm_sha1msg1_epu32(w[(group) & 3], w[((group) + 1) & 3]); \
            w[(group) & 3] = _mm_sha1msg2_epu32(_mm_xor_si128(mixed, w[((group) + 2) & 3]), w[((group) + 3) & 3]); \
        } \
        const __m128i words = (group) == 0 ? _mm_add_epi32(e, w[0]) : _mm_sha1nexte_epu32(e, w[(group) & 3]); \
        e = abcd; \
        abcd = _mm_sha1rnds4_epu32(abcd, words, function); \
    }
#define CMBEDTLS_SHA1_TWENTY(function) \
    CMBEDTLS_SHA1_FOUR(5 * function, function) \
    CMBEDTLS_SHA1_FOUR(5 * function + 1, function) \
    CMBEDTLS_SHA1_FOUR(5 * function + 2, function) \
    CMBEDTLS_SHA1_FOUR(5 * function + 3, function) \
    CMBEDTLS_SHA1_FOUR(5 * function + 4, function)

CMBEDTLS_SHA void cmbedtls_sha1_blocks(mbedtls_sha1_context *c, const uint8_t *bytes, size_t blocks) {
    uint32_t *state = c->CMBEDTLS_FIELD(state);
    cmbedtls_count(c->CMBEDTLS_FIELD(total), blocks);
    const __m128i reversed = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
    __m128i abcd = _mm_shuffle_epi32(cmbedtls_load(state), 0x1b), e = _mm_set_epi32((int)state[4], 0, 0, 0);
    for (; blocks > 0; blocks--, bytes += 64) {
        const __m128i abcd_before = abcd, e_before = e;
        __m128i w[4];
        CMBEDTLS_EACH(4) w[i] = _mm_shuffle_epi8(cmbedtls_load(bytes + 16 * i), reversed);
        CMBEDTLS_SHA1_TWENTY(0)
        CMBEDTLS_SHA1_TWENTY(1)
        CMBEDTLS_SHA1_TWENTY(2)
        CMBEDTLS_SHA1_TWENTY(3)
        e = _mm_sha1nexte_epu32(e, e_before);
        abcd = _mm_add_epi32(abcd, abcd_before);
    }
    cmbedtls_store(state, _mm_shuffle_epi32(abcd, 0x1b));
    state[4] = (uint32_t)_mm_extract_epi32(e, 3);
}

CMBEDTLS_SHA void cmbedtls_sha256_blocks(mbedtls_sha256_context *c, const uint8_t *bytes, size_t blocks) {
    uint32_t *state = c->CMBEDTLS_FIELD(state);
    cmbedtls_count(c->CMBEDTLS_FIELD(total), blocks);
    const __m128i swapped = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    // The instructions want a, b, e, f in one register and c, d, g, h in the other.
    const __m128i cdab = _mm_shuffle_epi32(cmbedtls_load(state), 0xb1);
    const __m128i efgh = _mm_shuffle_epi32(cmbedtls_load(state + 4), 0x1b);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
    for (; blocks > 0; blocks--, bytes += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];
        CMBEDTLS_EACH(4) w[i] = _mm_shuffle_epi8(cmbedtls_load(bytes + 16 * i), swapped);
        CMBEDTLS_EACH(16) {
            if (i >= 4) {
                const __m128i before = _mm_alignr_epi8(w[(i + 3) & 3], w[(i + 2) & 3], 4);
                const __m128i mixed = _mm_add_epi32(_mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]), before);
                w[i & 3] = _mm_sha256msg2_epu32(mixed, w[(i + 3) & 3]);
            }
            const __m128i words = _mm_add_epi32(w[i & 3], cmbedtls_load(cmbedtls_sha256_constants + 4 * i));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, words);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(words, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    cmbedtls_store(state, _mm_blend_epi16(feba, dchg, 0xf0));
    cmbedtls_store(state + 4, _mm_alignr_epi8(dchg, feba, 8));
}
