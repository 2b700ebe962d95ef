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

#if defined(__x86_64__)
#include "InstructionsX86.h"
#else
// No such instructions, or nobody has written them down yet.
#define CMBEDTLS_NONE { __builtin_trap(); }
static inline int cmbedtls_has_aes(void) { return 0; }
static inline int cmbedtls_has_sha(void) { return 0; }
static inline void cmbedtls_aes_ctr(const mbedtls_aes_context *, const uint8_t[16], uint8_t *, size_t) CMBEDTLS_NONE
static inline void cmbedtls_aes_cbc_encrypt(const mbedtls_aes_context *, const uint8_t[16], uint8_t *, size_t) CMBEDTLS_NONE
static inline void cmbedtls_aes_cbc_decrypt(const mbedtls_aes_context *, const uint8_t[16], uint8_t *, size_t) CMBEDTLS_NONE
static inline void cmbedtls_ghash_start(const uint8_t[16], uint8_t[64]) CMBEDTLS_NONE
static inline void cmbedtls_ghash(uint8_t[16], const uint8_t[64], const uint8_t *, size_t) CMBEDTLS_NONE
static inline void cmbedtls_sha1_blocks(mbedtls_sha1_context *, const uint8_t *, size_t) CMBEDTLS_NONE
static inline void cmbedtls_sha256_blocks(mbedtls_sha256_context *, const uint8_t *, size_t) CMBEDTLS_NONE
#endif
