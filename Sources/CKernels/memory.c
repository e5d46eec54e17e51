// Memory for elements.
#include "ck_memory.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static atomic_ptrdiff_t inUse, peak, allocations, limit = PTRDIFF_MAX;

static ck_size rounded(ck_size bytes) { return bytes <= 0 ? 64 : (bytes + 63) / 64 * 64; }

/// From here on memory is pages of its own, which the system hands out as zeros and when they are first touched; malloc
/// would do no other.
static const ck_size mapped = 32 << 20;

/// What is freed at the end of malloc's memory stays for the next array: given back to the system at once, as arrays of a
/// loop would be, each turn waits for new pages. Up to `mapped` malloc maps nothing of its own.
__attribute__((constructor)) static void keep_freed_memory(void) {
  mallopt(M_MMAP_THRESHOLD, (int)mapped);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

/// Memory at a multiple of 64, with the address that malloc gave before it.
///
/// Not posix_memalign: glibc before 2.38 finds no room for an aligned block where one of the same size was freed, so that
/// a loop over arrays kept what all its turns had taken.
static void *take_aligned(ck_size size) {
  char *given = malloc((size_t)size + 64);
  if (!given) return NULL;
  void **memory = (void **)(((uintptr_t)given + 64) & ~(uintptr_t)63);
  memory[-1] = given;
  return memory;
}

/// Pages of large arrays are to be large: rows that are read here and there find their places sooner, and first use asks
/// the system for fewer. Only pages that lie within the array, so that it takes no more memory.
static void ask_for_large_pages(void *memory, ck_size size) {
  const ck_size large = 4 << 20, page = 2 << 20;
  if (size < large) return;
  uintptr_t first = ((uintptr_t)memory + page - 1) & ~(uintptr_t)(page - 1);
  uintptr_t end = ((uintptr_t)memory + (uintptr_t)size) & ~(uintptr_t)(page - 1);
  if (first < end) madvise((void *)first, end - first, MADV_HUGEPAGE);  // where there are none, nothing is lost
}

static void *take(ck_size size) {
  void *memory = NULL;
  if (size < mapped) {
    memory = take_aligned(size);
  } else {
    memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
  }
  if (memory) ask_for_large_pages(memory, size);
  return memory;
}

static void *allocate(ck_size bytes, ck_size most) {
  if (bytes > PTRDIFF_MAX - 64) return NULL;
  ck_size size = rounded(bytes), before = atomic_load(&inUse);
  do {
    if (size > most - before) return NULL;
  } while (!atomic_compare_exchange_weak(&inUse, &before, before + size));
  void *memory = take(size);
  if (!memory) {
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

void ck_clear(void *memory, ck_size bytes) {
  if (rounded(bytes) < mapped) memset(memory, 0, (size_t)bytes);
}

void ck_release(void *memory, ck_size bytes) {
  if (!memory) return;
  ck_size size = rounded(bytes);
  if (size < mapped)
    free(((void **)memory)[-1]);
  else
    munmap(memory, (size_t)size);
  atomic_fetch_sub(&inUse, size);
}

ck_size ck_memory_in_use(void) { return atomic_load(&inUse); }

ck_size ck_memory_peak(void) { return atomic_load(&peak); }

ck_size ck_memory_allocations(void) { return atomic_load(&allocations); }

ck_size ck_memory_limit(void) { return atomic_load(&limit); }

void ck_set_memory_limit(ck_size bytes) { atomic_store(&limit, bytes < 0 ? 0 : bytes); }
