// _FORTIFY_SOURCE for the C parts, which musl has no headers for: where the compiler knows how much room there is, and not that it is
// enough, the copy is checked while the program runs, and traps (Sources/CLinux/runtime.c).
#pragma once
#include <string.h>

#define memcpy(to, from, length) __builtin___memcpy_chk(to, from, length, __builtin_object_size(to, 0))
#define memmove(to, from, length) __builtin___memmove_chk(to, from, length, __builtin_object_size(to, 0))
#define memset(to, byte, length) __builtin___memset_chk(to, byte, length, __builtin_object_size(to, 0))
