// The parts of mbedTLS that Crypto, and Crypto alone, calls. Name the low-level headers (aes.h, sha256.h): the tables
// behind cipher.h and md.h bring every cipher and hash there is into the binary.
#pragma once
#include <mbedtls/aes.h>
#include <mbedtls/bignum.h>
#include <mbedtls/des.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md5.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <mbedtls/version.h>

// mbedTLS 2 has these as …_ret, 3 without: Swift sees one name.
#if MBEDTLS_VERSION_MAJOR < 3
#define CMBEDTLS_NAMED(name) name##_ret
#else
#define CMBEDTLS_NAMED(name) name
#endif

static inline int cmbedtls_md5_starts(mbedtls_md5_context *c) { return CMBEDTLS_NAMED(mbedtls_md5_starts)(c); }
static inline int cmbedtls_md5_update(mbedtls_md5_context *c, const unsigned char *bytes, size_t count) {
    return CMBEDTLS_NAMED(mbedtls_md5_update)(c, bytes, count);
}
static inline int cmbedtls_md5_finish(mbedtls_md5_context *c, unsigned char out[16]) {
    return CMBEDTLS_NAMED(mbedtls_md5_finish)(c, out);
}
static inline int cmbedtls_sha1_starts(mbedtls_sha1_context *c) { return CMBEDTLS_NAMED(mbedtls_sha1_starts)(c); }
static inline int cmbedtls_sha1_update(mbedtls_sha1_context *c, const unsigned char *bytes, size_t count) {
    return CMBEDTLS_NAMED(mbedtls_sha1_update)(c, bytes, count);
}
static inline int cmbedtls_sha1_finish(mbedtls_sha1_context *c, unsigned char out[20]) {
    return CMBEDTLS_NAMED(mbedtls_sha1_finish)(c, out);
}
static inline int cmbedtls_sha256_starts(mbedtls_sha256_context *c) {
    return CMBEDTLS_NAMED(mbedtls_sha256_starts)(c, 0);
}
static inline int cmbedtls_sha256_update(mbedtls_sha256_context *c, const unsigned char *bytes, size_t count) {
    return CMBEDTLS_NAMED(mbedtls_sha256_update)(c, bytes, count);
}
static inline int cmbedtls_sha256_finish(mbedtls_sha256_context *c, unsigned char out[32]) {
    return CMBEDTLS_NAMED(mbedtls_sha256_finish)(c, out);
}
// SHA-384 is SHA-512 begun elsewhere and cut short.
static inline int cmbedtls_sha512_starts(mbedtls_sha512_context *c, int is384) {
    return CMBEDTLS_NAMED(mbedtls_sha512_starts)(c, is384);
}
static inline int cmbedtls_sha512_update(mbedtls_sha512_context *c, const unsigned char *bytes, size_t count) {
    return CMBEDTLS_NAMED(mbedtls_sha512_update)(c, bytes, count);
}
/// Writes 64 octets, also where 48 count.
static inline int cmbedtls_sha512_finish(mbedtls_sha512_context *c, unsigned char out[64]) {
    return CMBEDTLS_NAMED(mbedtls_sha512_finish)(c, out);
}

#include "Instructions.h"
