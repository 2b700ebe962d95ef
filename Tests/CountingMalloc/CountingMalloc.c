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
#else
// glibc's own, under the names that it keeps for whoever stands in front of it.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

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

void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}
void *realloc(void *old, size_t size) {
    allocations++;
    return __libc_realloc(old, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
    allocations++;
    return __libc_memalign(alignment, size);
}
int posix_memalign(void **out, size_t alignment, size_t size) {
    allocations++;
    *out = __libc_memalign(alignment, size);
    return *out ? 0 : ENOMEM;
}
#endif
