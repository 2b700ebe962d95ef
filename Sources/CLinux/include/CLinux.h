// What the kernel and libc give us, as one module. Works with glibc's and musl's headers alike; holds no logic.
//
// Static inline functions hide what Swift cannot import (errno, variadic functions, _IOW-style and W… macros) and
// what glibc and musl declare differently (SOCK_RAW is an enum in one, a macro in the other: Swift sees two types).
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline int clinux_errno(void) { return errno; }

// Linux 5.6: never blocks, whatever the pool holds.
#ifndef GRND_INSECURE
#define GRND_INSECURE 0x0004
#endif

/// Zeros that the compiler may not leave out.
static inline void clinux_wipe(void *bytes, size_t count) {
    memset(bytes, 0, count);
    __asm__ __volatile__("" : : "r"(bytes) : "memory");
}
