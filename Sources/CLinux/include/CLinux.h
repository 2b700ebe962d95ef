// What the kernel and libc give us, as one module. Works with glibc's and musl's headers alike; holds no logic.
//
// The functions beside this header hide what Swift cannot import (errno, variadic functions, _IOW-style and W… macros)
// and what glibc and musl declare differently (SOCK_RAW is an enum in one, a macro in the other: Swift sees two types).
// System headers stay out of here as far as they can: with _GNU_SOURCE their types are not those of Swift's own modules,
// and a test that imports Foundation as well would not compile.
#pragma once
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "CLinuxFiles.h"
#include "CLinuxProcess.h"
#include "CLinuxSockets.h"
#include "CLinuxTerminal.h"

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
