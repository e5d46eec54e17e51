// Choice of the instruction set.
#include "ck_dispatch.h"

static int best_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
  int v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
  return v4 ? 4 : v3 ? 3 : 2;
#else
  return 1;
#endif
}

int ck_active_level = 2;

__attribute__((constructor)) static void choose_level(void) { ck_active_level = best_level(); }

int ck_level(void) { return ck_active_level; }

int ck_best_level(void) { return best_level(); }

int ck_select(int level) {
  int best = best_level();
  if (level == 0) level = best;
  if (best == 1) level = 1;
  if (level >= 1 && level <= best) ck_active_level = level < 2 && best > 1 ? 2 : level;
  return ck_active_level;
}
