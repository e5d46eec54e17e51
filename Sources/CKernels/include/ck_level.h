// The instruction set in use.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Counts, strides and positions; `Int` in Swift.
typedef ptrdiff_t ck_size;

/// Level in use: 2, 3 or 4 for x86-64-v2, v3, v4; 1 for a plain build on another processor.
int ck_level(void);
/// Best level that this processor has.
int ck_best_level(void);
/// Uses `level` if the processor has it and returns the level now in use; 0 asks for the best.
/// For tests; not to be called while kernels run.
int ck_select(int level);
