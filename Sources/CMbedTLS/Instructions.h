// Instructions that Swift has no name for, and that mbedTLS uses not at all or one block at a time: AES, carry-less
// multiplication, SHA-1 and SHA-256. Each function here is one bulk operation over whole blocks; what the blocks mean is
// Crypto's business. Where `cmbedtls_has_…` answers 0 the functions must not be called.
//
// They work on mbedTLS's own contexts, so that every operation can go one way or the other, and Crypto's tests compare
// the two.
#pragma once
#include <mbedtls/aes.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>
#include <stddef.h>
#include <stdint.h>

// mbedTLS 3 names the fields of its contexts otherwise, and counts to the round keys where 2 points at them.
#if MBEDTLS_VERSION_MAJOR < 3
#define CMBEDTLS_FIELD(name) name
#define CMBEDTLS_ROUND_KEYS(aes) (aes)->rk
#else
#define CMBEDTLS_FIELD(name) MBEDTLS_PRIVATE(name)
#define CMBEDTLS_ROUND_KEYS(aes) ((aes)->MBEDTLS_PRIVATE(buf) + (aes)->MBEDTLS_PRIVATE(rk_offset))
#endif

/// An AES key as mbedTLS expanded it: `rounds` + 1 keys of 16 octets, in the order of use.
static inline const uint8_t *cmbedtls_round_keys(const mbedtls_aes_context *aes) {
    return (const uint8_t *)CMBEDTLS_ROUND_KEYS(aes);
}
static inline int cmbedtls_rounds(const mbedtls_aes_context *aes) { return aes->CMBEDTLS_FIELD(nr); }

/// Whether the hash holds no part of a block, so that whole ones may follow.
static inline int cmbedtls_sha1_is_whole(const mbedtls_sha1_context *c) { return (c->CMBEDTLS_FIELD(total)[0] & 63) == 0; }
static inline int cmbedtls_sha256_is_whole(const mbedtls_sha256_context *c) {
    return (c->CMBEDTLS_FIELD(total)[0] & 63) == 0;
}

/// Adds whole blocks to the number of octets that a hash was given.
static inline void cmbedtls_count(uint32_t total[2], size_t blocks) {
    const uint64_t octets = ((uint64_t)total[1] << 32 | total[0]) + 64 * (uint64_t)blocks;
    total[0] = (uint32_t)octets;
    total[1] = (uint32_t)(octets >> 32);
}

static const uint32_t cmbedtls_sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#if defined(__x86_64__)
#include "InstructionsX86.h"
#elif defined(__aarch64__)
#include "InstructionsARM.h"
#else
// 32-bit ARM and MIPS have no such instructions.
#define CMBEDTLS_NONE { __builtin_trap(); }
static inline int cmbedtls_has_aes(void) { return 0; }
static inline int cmbedtls_has_sha(void) { return 0; }
static inline void cmbedtls_aes_encrypt(const mbedtls_aes_context *, uint8_t[16]) CMBEDTLS_NONE
static inline void cmbedtls_aes_ctr(const mbedtls_aes_context *, const uint8_t[16], uint8_t *, size_t) CMBEDTLS_NONE
static inline void cmbedtls_aes_cbc_encrypt(const mbedtls_aes_context *, const uint8_t[16], uint8_t *, size_t) CMBEDTLS_NONE
static inline void cmbedtls_aes_cbc_decrypt(const mbedtls_aes_context *, const uint8_t[16], uint8_t *, size_t) CMBEDTLS_NONE
static inline void cmbedtls_ghash_start(const uint8_t[16], uint8_t[64]) CMBEDTLS_NONE
static inline void cmbedtls_ghash(uint8_t[16], const uint8_t[64], const uint8_t *, size_t) CMBEDTLS_NONE
static inline void cmbedtls_sha1_blocks(mbedtls_sha1_context *, const uint8_t *, size_t) CMBEDTLS_NONE
static inline void cmbedtls_sha256_blocks(mbedtls_sha256_context *, const uint8_t *, size_t) CMBEDTLS_NONE
#endif

// The end of a message: 0x80, zeros, and its length in bits. The last octets and these make one block or two, in the context's buffer.

#define CMBEDTLS_LAST(name, words) \
    /** Hashes what remains and writes the result. */ \
    static inline void cmbedtls_##name##_last(mbedtls_##name##_context *c, uint8_t *out) { \
        uint8_t *block = c->CMBEDTLS_FIELD(buffer); \
        const uint32_t *total = c->CMBEDTLS_FIELD(total); \
        const uint32_t length[2] = { \
            __builtin_bswap32(total[1] << 3 | total[0] >> 29), __builtin_bswap32(total[0] << 3)}; \
        const size_t used = total[0] & 63; \
        block[used] = 0x80; \
        __builtin_memset(block + used + 1, 0, 63 - used); \
        if (used >= 56) { \
            cmbedtls_##name##_blocks(c, block, 1); \
            __builtin_memset(block, 0, 56); \
        } \
        __builtin_memcpy(block + 56, length, 8); \
        cmbedtls_##name##_blocks(c, block, 1); \
        for (int i = 0; i < (words); i++) { \
            const uint32_t word = __builtin_bswap32(c->CMBEDTLS_FIELD(state)[i]); \
            __builtin_memcpy(out + 4 * i, &word, 4); \
        } \
    }
CMBEDTLS_LAST(sha1, 5)
CMBEDTLS_LAST(sha256, 8)
