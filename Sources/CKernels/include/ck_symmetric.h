// Matrices times their own transposes, and symmetric matrices times themselves.
#pragma once
#include "ck_level.h"

/// C (n × n, row stride ldc) ← op(A) op(A) with op(A) n × k on the left and k × n on the right, as in `ck_gemm`, where
/// that is symmetric for a reason that is seen: one of ta and tb is set, or A is symmetric bit for bit. C is symmetric
/// bit for bit then, which a product of the library need not be. Returns 1, or 0 with C untouched where it is not, or where
/// n is small. OpenBLAS has been loaded.
int ck_symmetric_product_f64(int ta, int tb, ck_size n, ck_size k, const double *A, ck_size lda, double *C,
                             ck_size ldc);
int ck_symmetric_product_f32(int ta, int tb, ck_size n, ck_size k, const float *A, ck_size lda, float *C, ck_size ldc);
