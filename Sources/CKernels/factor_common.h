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
/// Exponent of 2, an even one, to take out of numbers so large that a few sums of them, or so small that products of them,
/// leave the range of f64; 0 for others. What is large is brought down by a little only, for small numbers beside it.
int ck_factor_extreme_exponent(const double *a, ck_size count);
/// a ← 2^exponent a
void ck_factor_scale(double *a, ck_size count, int exponent);
/// x (n × columns) ← op(t)⁻¹ x, reading one triangle of t; `unit`: its diagonal is 1, whatever stands there.
void ck_factor_substitute(int lower, int transposed, int unit, ck_size n, ck_size columns, const double *t, double *x);
