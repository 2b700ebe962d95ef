// What Embedded Swift and Debian's mbedTLS archives expect of libc and musl 1.2.3 lacks. Empty where glibc has it.
#include <features.h>
#ifndef __GLIBC__
#include <stddef.h>
#include <string.h>
#include <sys/random.h>

#ifndef GRND_INSECURE
#define GRND_INSECURE 0x0004
#endif

// Swift's hash seeds, and nothing else: it must not hang at early boot, so it may be weak there. Never for keys.
void arc4random_buf(void *buffer, size_t length) {
    unsigned char *next = buffer;
    while (length) {
        ssize_t got = getrandom(next, length, GRND_INSECURE);
        if (got < 0) got = getrandom(next, length, GRND_NONBLOCK);
        if (got <= 0) return;
        next += got;
        length -= (size_t)got;
    }
}

// The _FORTIFY_SOURCE entry points that libmbedcrypto.a was compiled against.
void *__memcpy_chk(void *to, const void *from, size_t length, size_t room) {
    if (length > room) __builtin_trap();
    return memcpy(to, from, length);
}
void *__memset_chk(void *to, int byte, size_t length, size_t room) {
    if (length > room) __builtin_trap();
    return memset(to, byte, length);
}
// Self-tests that come along with what we call are the only ones to print: no printf for them.
int __printf_chk(int flag, const char *format, ...) {
    (void)flag;
    (void)format;
    return 0;
}
int puts(const char *text) {
    (void)text;
    return 0;
}
int putchar(int character) { return character; }
int __snprintf_chk(char *to, size_t length, int flag, size_t room, const char *format, ...) {
    (void)flag;
    (void)room;
    (void)format;
    if (length) to[0] = 0;
    return 0;
}

// ecp.c blinds with a generator of its own, over every hash there is, when its caller hands in no random source, and
// constant_time.c holds a MAC of TLS's. We always hand one in and speak no TLS; ending these calls here keeps 27 KB out of
// the binary, and one that came all the same would stop the program.
#define NEVER_CALLED(name) void name(void) { __builtin_trap(); }
void mbedtls_hmac_drbg_init(void *context) { (void)context; }
void mbedtls_hmac_drbg_free(void *context) { (void)context; }
NEVER_CALLED(mbedtls_hmac_drbg_seed_buf)
NEVER_CALLED(mbedtls_hmac_drbg_random)
NEVER_CALLED(mbedtls_md_info_from_type)
NEVER_CALLED(mbedtls_md_list)
NEVER_CALLED(mbedtls_md_init)
NEVER_CALLED(mbedtls_md_free)
NEVER_CALLED(mbedtls_md_setup)
NEVER_CALLED(mbedtls_md_clone)
NEVER_CALLED(mbedtls_md_get_size)
NEVER_CALLED(mbedtls_md_get_type)
NEVER_CALLED(mbedtls_md_starts)
NEVER_CALLED(mbedtls_md_update)
NEVER_CALLED(mbedtls_md_finish)
NEVER_CALLED(mbedtls_md_hmac_reset)
#endif
