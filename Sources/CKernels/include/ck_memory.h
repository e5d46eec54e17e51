// Memory for elements: aligned to 64 bytes, counted, and bounded by a limit. Safe to use from any thread.
#pragma once
#include "ck_level.h"

/// `bytes` (≥ 0) of uninitialised memory, or NULL where the limit forbids it or the system has none.
void *ck_allocate(ck_size bytes);
/// The same whatever the limit; NULL only where the system has none.
void *ck_allocate_beyond_limit(ck_size bytes);
/// Makes zeros of memory that was allocated with so many bytes and never written to; much of it is zeros already.
void ck_clear(void *memory, ck_size bytes);
/// Gives back what an allocation of `bytes` returned.
void ck_release(void *memory, ck_size bytes);

/// Bytes in use, and the most that were ever in use.
ck_size ck_memory_in_use(void);
ck_size ck_memory_peak(void);
/// Number of allocations so far; tests use it to show that a step allocates nothing.
ck_size ck_memory_allocations(void);
/// Most bytes that `ck_allocate` lets be in use; without limit at first.
ck_size ck_memory_limit(void);
void ck_set_memory_limit(ck_size bytes);
