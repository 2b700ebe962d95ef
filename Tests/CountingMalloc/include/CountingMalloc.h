// How often this process asked for memory, for tests that hold the data path to asking for none.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// Whether allocations are counted here: a sanitizer has the allocator to itself.
bool counting_malloc_works(void);

/// Starts counting the calling thread's allocations.
void counting_malloc_begin(void);

/// Allocations by the calling thread since `counting_malloc_begin`.
uint64_t counting_malloc_end(void);

/// Octets that the calling thread has asked for and not given back since it began, as the allocator rounds them. What it
/// gives back for another thread counts too: only differences over what one thread does alone mean something.
int64_t counting_malloc_held(void);
