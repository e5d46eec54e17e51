// Breaking long kernels off.
#pragma once
#include "ck_level.h"

/// What the kernels of this thread watch: where it is set and not 0, long ones return early and what they were to
/// write means nothing. Read and written by `ck_watch` and the kernels alone.
extern _Thread_local const volatile int32_t *ck_watched_flag;

/// Lets the kernels that this thread calls watch a flag, or nothing, until it is called again; returns what they
/// watched before. Blocks of `ck_parallel` watch what its caller does.
const volatile int32_t *ck_watch(const volatile int32_t *flag);

/// Whether a kernel is to return early.
static inline int ck_stopped(void) { return ck_watched_flag && *ck_watched_flag; }

/// A call of a foreign function that watches nothing, on up to four arrays of numbers.
struct ck_call {
  int (*work)(const struct ck_call *);
  ck_size m, n, k;
  double *memory[4];
  ck_size length[4];  // 0 where there is no array
};

/// What a call returns that was abandoned; no status of LAPACK.
enum { CK_ABANDONED = -1002 };

/// Does the work and returns its result. Where a flag is watched and the work is `long`, it is done by a thread of its
/// own on copies of the arrays; when the flag is set it is left to itself, and frees them at its end.
int ck_call_watched(const struct ck_call *call, int isLong);
