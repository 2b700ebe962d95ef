#include "CountingMalloc.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
bool counting_malloc_works(void) { return false; }
void counting_malloc_begin(void) {}
uint64_t counting_malloc_end(void) { return 0; }
int64_t counting_malloc_held(void) { return 0; }
#else
#include <malloc.h>
// glibc's own, under the names that it keeps for whoever stands in front of it.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

// Where Swift Testing learns of every error thrown, and allocates to note it: a cost of being tested, not of what is
// tested. It looks away while a thread counts; all that other tests lose is where an error came from.
extern _Atomic(void *) _swift_willThrowTypedImpl __attribute__((weak));

static void look_away(void) {}
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int counters;
static void *hook;

static _Thread_local uint64_t allocations;

bool counting_malloc_works(void) { return true; }

void counting_malloc_begin(void) {
    pthread_mutex_lock(&lock);
    if (&_swift_willThrowTypedImpl && counters++ == 0)
        hook = atomic_exchange(&_swift_willThrowTypedImpl, (void *)look_away);
    pthread_mutex_unlock(&lock);
    allocations = 0;
}

uint64_t counting_malloc_end(void) {
    uint64_t counted = allocations;
    pthread_mutex_lock(&lock);
    if (&_swift_willThrowTypedImpl && --counters == 0) atomic_store(&_swift_willThrowTypedImpl, hook);
    pthread_mutex_unlock(&lock);
    return counted;
}

// What this thread asked for less what it gave back, as the allocator rounds it; its own header of each piece too.
static _Thread_local int64_t held;
static void *note(void *memory, int64_t before) {
    allocations++;
    held += (memory ? (int64_t)malloc_usable_size(memory) + 8 : 0) - before;
    return memory;
}
int64_t counting_malloc_held(void) { return held; }

void *malloc(size_t size) { return note(__libc_malloc(size), 0); }
void *calloc(size_t count, size_t size) { return note(__libc_calloc(count, size), 0); }
void *realloc(void *old, size_t size) {
    int64_t before = old ? (int64_t)malloc_usable_size(old) + 8 : 0;
    void *new = __libc_realloc(old, size);
    return note(new, new || size == 0 ? before : 0);
}
void free(void *memory) {
    if (memory) held -= (int64_t)malloc_usable_size(memory) + 8;
    __libc_free(memory);
}
void *aligned_alloc(size_t alignment, size_t size) { return note(__libc_memalign(alignment, size), 0); }
int posix_memalign(void **out, size_t alignment, size_t size) {
    *out = note(__libc_memalign(alignment, size), 0);
    return *out ? 0 : ENOMEM;
}
#endif
