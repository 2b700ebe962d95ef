// _FORTIFY_SOURCE for the C parts, since musl has no headers for it. If the compiler knows the size of the destination, and cannot prove that it
// suffices, the copy is checked at run time, and traps (Sources/CLinux/runtime.c).
#pragma once
#include <string.h>

#define memcpy(to, from, length) __builtin___memcpy_chk(to, from, length, __builtin_object_size(to, 0))
#define memmove(to, from, length) __builtin___memmove_chk(to, from, length, __builtin_object_size(to, 0))
#define memset(to, byte, length) __builtin___memset_chk(to, byte, length, __builtin_object_size(to, 0))
