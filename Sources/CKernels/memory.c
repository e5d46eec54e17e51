// Memory for elements.
#include "ck_memory.h"

#include <stdatomic.h>
#include <stdlib.h>

static atomic_ptrdiff_t inUse, peak, allocations, limit = PTRDIFF_MAX;

static ck_size rounded(ck_size bytes) { return bytes <= 0 ? 64 : (bytes + 63) / 64 * 64; }

static void *allocate(ck_size bytes, ck_size most) {
  if (bytes > PTRDIFF_MAX - 64) return NULL;
  ck_size size = rounded(bytes), before = atomic_load(&inUse);
  do {
    if (size > most - before) return NULL;
  } while (!atomic_compare_exchange_weak(&inUse, &before, before + size));
  void *memory = NULL;
  if (posix_memalign(&memory, 64, (size_t)size)) {
    atomic_fetch_sub(&inUse, size);
    return NULL;
  }
  atomic_fetch_add(&allocations, 1);
  ck_size now = before + size, most_so_far = atomic_load(&peak);
  while (now > most_so_far && !atomic_compare_exchange_weak(&peak, &most_so_far, now)) continue;
  return memory;
}

void *ck_allocate(ck_size bytes) { return allocate(bytes, atomic_load(&limit)); }

void *ck_allocate_beyond_limit(ck_size bytes) { return allocate(bytes, PTRDIFF_MAX); }

void ck_release(void *memory, ck_size bytes) {
  if (!memory) return;
  free(memory);
  atomic_fetch_sub(&inUse, rounded(bytes));
}

ck_size ck_memory_in_use(void) { return atomic_load(&inUse); }

ck_size ck_memory_peak(void) { return atomic_load(&peak); }

ck_size ck_memory_allocations(void) { return atomic_load(&allocations); }

ck_size ck_memory_limit(void) { return atomic_load(&limit); }

void ck_set_memory_limit(ck_size bytes) { atomic_store(&limit, bytes < 0 ? 0 : bytes); }
