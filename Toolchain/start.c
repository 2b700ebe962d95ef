// The start of a static position-independent program: it relocates its own pointers, and makes them read-only.
// musl 1.2.3 has such a start only for relocations of 24 octets each; here they take a bit each (RELR).
#include <elf.h>
#include <stddef.h>
#include <sys/mman.h>

#if __SIZEOF_POINTER__ == 8
typedef Elf64_Dyn Dynamic;
typedef Elf64_Ehdr Header;
typedef Elf64_Phdr Segment;
#else
typedef Elf32_Dyn Dynamic;
typedef Elf32_Ehdr Header;
typedef Elf32_Phdr Segment;
#endif
enum { relrSize = 35, relr = 36 };

__attribute__((visibility("hidden"))) extern const Dynamic _DYNAMIC[];
__attribute__((visibility("hidden"))) extern const Header __ehdr_start;

int main(int, char **, char **);
void _init(void);
void _fini(void);
int __libc_start_main(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void));

#if defined(__x86_64__)
__asm__(".text\n.global _start\n.type _start,%function\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call cygnet_start\n hlt\n");
#elif defined(__aarch64__)
__asm__(".text\n.global _start\n.type _start,%function\n_start:\n mov x29,#0\n mov x30,#0\n mov x0,sp\n and sp,x0,#-16\n b cygnet_start\n");
#elif defined(__thumb2__)
__asm__(".text\n.syntax unified\n.thumb\n.thumb_func\n.global _start\n.type _start,%function\n_start:\n mov fp,#0\n mov lr,#0\n"
        " mov r0,sp\n bic r1,r0,#15\n mov sp,r1\n b cygnet_start\n");
#endif

// No function may be called, and no stack protector used, before the pointers are relocated.
__attribute__((used, visibility("hidden"), noreturn)) void cygnet_start(long *stack) {
    const size_t base = (size_t)&__ehdr_start;
    const size_t *entry = NULL;
    size_t octets = 0;
    for (const Dynamic *tag = _DYNAMIC; tag->d_tag; tag++) {
        if (tag->d_tag == relr) entry = (const size_t *)(base + tag->d_un.d_ptr);
        if (tag->d_tag == relrSize) octets = tag->d_un.d_val;
    }
    // An even entry is the address of a pointer; an odd one has a bit for each of the words after the last one.
    size_t *word = NULL;
    for (; octets; octets -= sizeof *entry, entry++) {
        if (!(*entry & 1)) {
            word = (size_t *)(base + *entry);
            *word++ += base;
        } else {
            for (size_t bits = *entry >> 1, i = 0; bits; bits >>= 1, i++)
                if (bits & 1) word[i] += base;
            word += 8 * sizeof *word - 1;
        }
    }
    __libc_start_main(main, (int)stack[0], (char **)(stack + 1), _init, _fini, NULL);
    __builtin_unreachable();
}

// Called when libc works.
__attribute__((constructor)) static void protect(void) {
    const size_t base = (size_t)&__ehdr_start, page = 4096;
    const Segment *segment = (const Segment *)(base + __ehdr_start.e_phoff);
    for (int i = 0; i < __ehdr_start.e_phnum; i++) {
        if (segment[i].p_type != PT_GNU_RELRO) continue;
        const size_t from = (base + segment[i].p_vaddr) & -page;
        const size_t to = (base + segment[i].p_vaddr + segment[i].p_memsz) & -page;
        mprotect((void *)from, to - from, PROT_READ);
    }
}
