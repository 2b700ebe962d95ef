// What Embedded Swift and the C parts expect of libc and musl 1.2.3 lacks. Empty where glibc has it.
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

// Where a copy is checked that may be longer than there is room (_FORTIFY_SOURCE). In here the names are those of musl's own.
#undef memcpy
#undef memmove
#undef memset
void *__memcpy_chk(void *to, const void *from, size_t length, size_t room) {
    if (length > room) __builtin_trap();
    return memcpy(to, from, length);
}
void *__memmove_chk(void *to, const void *from, size_t length, size_t room) {
    if (length > room) __builtin_trap();
    return memmove(to, from, length);
}
void *__memset_chk(void *to, int byte, size_t length, size_t room) {
    if (length > room) __builtin_trap();
    return memset(to, byte, length);
}
#endif
