// Factorisations and solutions of linear systems, f64, row-major. Matrices above 32 × 32 go to LAPACK where
// it can be loaded; smaller ones, and all of them without it, are computed here. Signs are fixed by rules that
// determine the result, so both give the same but for rounding.
#pragma once
#include "ck_level.h"

/// 0: done. Positive p: the pth pivot (from 1) is not positive or 0, or so many values did not converge.
enum { CK_NO_MEMORY = -1001 };

/// l (n × n) ← lower triangular with l lᵀ = (a + aᵀ)/2. On failure all of l is NaN.
int ck_cholesky(ck_size n, const double *a, double *l);
/// x (n × columns) ← the solution of a x = b by elimination with row exchanges. On failure all of x is NaN.
int ck_solve(ck_size n, ck_size columns, const double *a, const double *b, double *x);
/// a ← its LU factors, pivot[i] ← row exchanged with row i; *sign ← that of the permutation.
int ck_lu(ck_size n, double *a, int64_t *pivot, int *sign);
/// x ← the solution of op(t) x = b, op(t) = t or tᵀ, reading the lower or the upper triangle of t alone.
void ck_triangular_solve(int lower, int transposed, ck_size n, ck_size columns, const double *t, const double *b,
                         double *x);
/// q (m × k) and r (k × n), k = min(m, n), with a = q r; the diagonal of r is not negative.
int ck_qr(ck_size m, ck_size n, const double *a, double *q, double *r);
/// Eigenvalues of (a + aᵀ)/2, ascending, and eigenvectors in the columns of `vectors`; in each the first
/// component of largest magnitude is positive. On failure all are NaN.
int ck_symmetric_eigen(ck_size n, const double *a, double *values, double *vectors);
/// a = u diag(s) vt with u (m × k), s descending, vt (k × n), k = min(m, n); in each column of u the first
/// component of largest magnitude is positive. On failure all are NaN.
int ck_svd(ck_size m, ck_size n, const double *a, double *u, double *s, double *vt);
