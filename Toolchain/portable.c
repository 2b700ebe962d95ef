// portable [ARGUMENT...] 3<PROGRAM: runs a program that Toolchain/build aarch64 made as on a processor without instructions for
// cryptography, which QEMU does not emulate: it loads the program, and takes the instructions out of what the kernel told
// about the processor. It has no libc.
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

__asm__(".global _start\n_start:\n mov x0,sp\n bl load\n mov sp,x0\n br x1\n");

static long call(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}

static long checked(long result) {
    if (result < 0 && result > -4096) call(SYS_exit, 126, 0, 0, 0, 0, 0);
    return result;
}

static void *map(uintptr_t at, size_t size, int protection, int flags, long file, off_t offset) {
    return (void *)checked(call(SYS_mmap, (long)at, (long)size, protection, MAP_PRIVATE | flags, file, offset));
}

/// Where the program goes on: the stack of its own start, and its entry.
struct Start {
    long *stack;
    void *entry;
};

__attribute__((used)) struct Start load(long *stack) {
    const size_t room = 4 << 20;
    const long file = 3;
    // All of the file, so that its headers can be read, and room for its segments.
    const Elf64_Ehdr *header = map(0, room, PROT_READ, 0, file, 0);
    const Elf64_Phdr *segments = (const Elf64_Phdr *)((const char *)header + header->e_phoff);
    const uintptr_t base = (uintptr_t)map(0, room, PROT_NONE, MAP_ANONYMOUS, -1, 0);
    uintptr_t table = 0;
    for (int i = 0; i < header->e_phnum; i++) {
        const Elf64_Phdr *segment = segments + i;
        if (segment->p_type == PT_PHDR) table = base + segment->p_vaddr;
        if (segment->p_type != PT_LOAD) continue;
        // Copied, not mapped: segments may share a page of the file.
        const uintptr_t from = (base + segment->p_vaddr) & -4096ul, to = base + segment->p_vaddr + segment->p_memsz;
        checked(call(SYS_mprotect, (long)from, (long)(to - from), PROT_READ | PROT_WRITE, 0, 0, 0));
        __builtin_memcpy((void *)(base + segment->p_vaddr), (const char *)header + segment->p_offset, segment->p_filesz);
        int protection = 0;
        if (segment->p_flags & PF_R) protection |= PROT_READ;
        if (segment->p_flags & PF_W) protection |= PROT_WRITE;
        if (segment->p_flags & PF_X) protection |= PROT_EXEC;
        checked(call(SYS_mprotect, (long)from, (long)(to - from), protection, 0, 0, 0));
    }
    // Behind the arguments and the environment.
    long *word = stack + 1 + stack[0] + 1;
    while (*word++) {}
    for (;; word += 2) {
        switch (word[0]) {
        case AT_HWCAP: word[1] &= ~(HWCAP_AES | HWCAP_PMULL | HWCAP_SHA1 | HWCAP_SHA2); break;
        case AT_PHDR: word[1] = (long)table; break;
        case AT_PHNUM: word[1] = header->e_phnum; break;
        case AT_ENTRY: word[1] = (long)(base + header->e_entry); break;
        case AT_NULL: return (struct Start){stack, (void *)(base + header->e_entry)};
        }
    }
}

// A segment's octets: eight at a time, and what remains.
void *memcpy(void *restrict to, const void *restrict from, size_t count) {
    size_t at = 0;
    for (; at + 8 <= count; at += 8) *(volatile uint64_t *)((char *)to + at) = *(const uint64_t *)((const char *)from + at);
    for (; at < count; at++) ((volatile char *)to)[at] = ((const char *)from)[at];
    return to;
}
