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
