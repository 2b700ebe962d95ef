// What Embedded Swift and Debian's mbedTLS archives expect of libc and musl 1.2.3 lacks. Empty where glibc has it.
#include <features.h>
#ifndef __GLIBC__
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
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
int __printf_chk(int flag, const char *format, ...) {
    va_list arguments;
    (void)flag;
    va_start(arguments, format);
    int result = vprintf(format, arguments);
    va_end(arguments);
    return result;
}
int __snprintf_chk(char *to, size_t length, int flag, size_t room, const char *format, ...) {
    va_list arguments;
    (void)flag;
    if (length > room) __builtin_trap();
    va_start(arguments, format);
    int result = vsnprintf(to, length, format, arguments);
    va_end(arguments);
    return result;
}
#endif
