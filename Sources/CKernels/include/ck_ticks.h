// A counter that goes forward at one rate: what instructions took is a difference of two readings.
#pragma once
#include <stdint.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#else
#include <time.h>
#endif

/// The counter of the processor, or nanoseconds where there is none. Its rate is for the caller to find out.
static inline uint64_t ck_ticks(void) {
#if defined(__x86_64__)
  return __rdtsc();
#else
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}
