// What the files of factorisations share.
#pragma once
#include "ck_level.h"
#include "ck_reduce.h"

/// Whether a matrix of this size goes to LAPACK.
int ck_factor_by_library(ck_size size);
/// Marks a result that does not exist.
void ck_factor_fail(double *out, ck_size count);
/// out ← (a + aᵀ)/2
void ck_factor_symmetrise(ck_size n, const double *a, double *out);
